"""The window around the pages: keys, folding, status, find, preferences."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from studio.frame import Frame
from studio.i18n import language, tr
from studio.pages import PAGES, Command, Page, PageEntry
from studio.preferences import PreferenceFile
from studio.shell.status import JobStatus, StageStatus
from studio.theme import theme
from studio.widgets import PrimaryButton
from studio.window import Window

pressed: list[str] = []


class TrialPage(Page):
    def __init__(self, session) -> None:
        super().__init__(tr("Corpus"), actions=[PrimaryButton(tr("Copy"), on=lambda: pressed.append(self.key))])
        self.seen: list[str] = []
        self.body.addWidget(QLineEdit())

    def commands(self):
        return [Command(tr("Copy"), lambda: pressed.append("command"), "Ctrl+O")]

    def entered(self) -> None:
        self.seen.append("entered")

    def left(self) -> None:
        self.seen.append("left")


ENTRIES = [PageEntry(entry.key, entry.title, entry.icon, entry.purpose, f"{__name__}:TrialPage") for entry in PAGES]


@pytest.fixture
def window(qtbot, plain_session):
    pressed.clear()
    frame = Frame()
    made = Window(plain_session, ENTRIES, PreferenceFile())
    frame.fill(made)
    made.keep = frame
    qtbot.addWidget(frame)
    frame.show()
    frame.activateWindow()
    made.go("home")
    qtbot.waitUntil(frame.isActiveWindow)
    return made


def press(qtbot, window, key, modifiers=Qt.KeyboardModifier.ControlModifier) -> None:
    qtbot.keyClick(window, key, modifiers)


SHIFT = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier


def test_pages_are_made_at_their_first_visit_and_kept(window) -> None:
    assert list(window._pages) == ["home"]
    window.go("train")
    page = window.page()
    window.go("home")
    window.go("train")
    assert window.page() is page
    assert page.seen == ["entered", "left", "entered"]


def test_control_and_a_figure_go_to_a_page(window, qtbot) -> None:
    for figure, key in enumerate(["home", "corpus", "clean", "tokenizer", "model", "train", "playground"]):
        press(qtbot, window, Qt.Key(Qt.Key.Key_0.value + figure))
        assert window.page_key() == key


def test_language_and_theme_are_switched_by_key_and_remembered(window, qtbot) -> None:
    press(qtbot, window, Qt.Key.Key_L, SHIFT)
    assert language.current() == "zh"
    press(qtbot, window, Qt.Key.Key_D, SHIFT)
    assert theme.is_dark()
    kept = PreferenceFile().value
    assert (kept.language, kept.theme) == ("zh", "dark")
    assert window.rail.findChild(QWidget, "rail.train").text() == "训练"


def test_control_enter_presses_the_primary_button_of_the_page(window, qtbot) -> None:
    window.go("clean")
    press(qtbot, window, Qt.Key.Key_Return)
    press(qtbot, window, Qt.Key.Key_O)
    assert pressed == ["clean", "command"]


def test_undo_redo_and_stop_reach_the_session(window, qtbot, plain_session) -> None:
    press(qtbot, window, Qt.Key.Key_Z)
    press(qtbot, window, Qt.Key.Key_Z, SHIFT)
    press(qtbot, window, Qt.Key.Key_Period)
    assert plain_session.asked == ["undo", "redo", "stop"]


def test_f6_walks_through_the_regions(window, qtbot) -> None:
    seen = []
    for _ in range(3):
        press(qtbot, window, Qt.Key.Key_F6, Qt.KeyboardModifier.NoModifier)
        focused = window.focusWidget()
        seen.append(next(name for name in ("top_bar", "rail", "_stack") if getattr(window, name).isAncestorOf(focused)))
    assert sorted(seen) == ["_stack", "rail", "top_bar"]


def test_find_runs_a_command_typed_in_either_language(window, qtbot) -> None:
    for typed in ("go model", "前往 train"):
        language.use("zh")
        press(qtbot, window, Qt.Key.Key_K)
        field = window.findChild(QLineEdit, "palette.field")
        assert window.palette_of_commands.isVisible()
        field.setText(typed)
        qtbot.keyClick(field, Qt.Key.Key_Return)
        assert not window.palette_of_commands.isVisible()
    assert window.page_key() == "train"


def test_escape_closes_find(window, qtbot) -> None:
    press(qtbot, window, Qt.Key.Key_K)
    qtbot.keyClick(window.findChild(QLineEdit, "palette.field"), Qt.Key.Key_Escape)
    assert not window.palette_of_commands.isVisible()


def test_help_lists_the_keys_of_the_page(window, qtbot) -> None:
    window.go("corpus")
    press(qtbot, window, Qt.Key.Key_F1, Qt.KeyboardModifier.NoModifier)
    sheet = window.findChild(QWidget, "help")
    texts = {label.text() for label in sheet.findChildren(QWidget) if hasattr(label, "text")}
    assert {"Ctrl+O", "Ctrl+K"} <= texts
    sheet.reject()


def test_the_rail_and_the_pages_fold_as_the_window_narrows(window) -> None:
    page = window.page()
    told = []
    page.narrowed.connect(told.append)
    widths = {}
    for width in (1360, 1200, 1120, 1360):
        window.window().resize(width, 760)
        widths[width] = (window.rail.width(), page.narrow)
    assert widths == {1360: (236, False), 1200: (236, True), 1120: (64, True)}
    assert told == [True, False]
    assert window.window().minimumWidth() == 1120


@pytest.mark.parametrize("code", ["en", "zh"])
def test_nothing_forces_the_window_wider_than_its_minimum(window, plain_session, code) -> None:
    plain_session.name = "A very long name of a project that somebody typed without thinking of top bars at all"
    plain_session.work = JobStatus("running", tr("Engine idle"), "x" * 30, 0.4, 7800, 12, True)
    language.use(code)
    plain_session.changed.emit()
    theme.use_text_size(115)
    window.window().resize(1120, 720)
    assert window.width() == 1120
    assert window.minimumSizeHint().width() <= 1120


def test_the_status_bar_follows_the_job_and_asks(window, plain_session) -> None:
    bar = window.status_bar
    plain_session.work = JobStatus("running", "Training", "step 1", 0.41, 1020, 0, True)
    plain_session.job_changed.emit()
    assert bar.findChild(QWidget, "status.left").text().replace("\u202f", " ") == "41 % · 17 min left"
    bar.findChild(QWidget, "status.pause").click()
    plain_session.work = JobStatus("paused", "Training", "", 0.41, None, 0, True)
    plain_session.job_changed.emit()
    bar.findChild(QWidget, "status.pause").click()
    bar.findChild(QWidget, "status.cancel").click()
    assert plain_session.asked == ["pause", "resume", "stop"]
    plain_session.work = JobStatus()
    plain_session.job_changed.emit()
    assert bar.findChild(QWidget, "status.title").text() == "Engine idle"
    assert not bar.findChild(QWidget, "status.cancel").isVisible()


def test_the_rail_shows_marks_and_lines_of_the_session(window, plain_session) -> None:
    plain_session.name = "Tea"
    plain_session.statuses = {"corpus": StageStatus("done", None, "6 sources"), "train": StageStatus("running", 0.4)}
    plain_session.stages_changed.emit()
    corpus = window.rail.findChild(QWidget, "rail.corpus")
    assert corpus.accessibleName() == "Corpus, done"
    assert corpus.accessibleDescription() == "6 sources"
    assert window.rail.findChild(QWidget, "rail.train").accessibleDescription() == "Let it read"


def test_files_dropped_anywhere_are_told(window, tmp_path) -> None:
    told = []
    window.dropped.connect(told.append)
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(tmp_path))])
    copy, left, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    window.dragEnterEvent(QDragEnterEvent(QPoint(5, 5), copy, data, left, none))
    window.dropEvent(QDropEvent(QPointF(5, 5), copy, data, left, none))
    assert told[0].paths == (Path(tmp_path),)


@pytest.mark.faults
def test_a_page_that_cannot_be_made_says_so_and_the_others_work(qtbot, plain_session) -> None:
    broken = PageEntry("corpus", tr("Corpus"), "library", tr("Bring text in"), f"{__name__}:NoSuchPage")
    window = Window(plain_session, [ENTRIES[0], broken], PreferenceFile())
    qtbot.addWidget(window)
    window.go("corpus")
    window.go("home")
    assert window.page_key() == "home"


def test_the_window_stays_when_closing_is_refused(window) -> None:
    frame = window.window()
    frame.may_close = lambda: False
    assert not frame.close()
    frame.may_close = lambda: True
    assert frame.close()


def test_damaged_preferences_give_the_defaults_and_are_told(qtbot, plain_session) -> None:
    file = PreferenceFile()
    file.change(theme="dark", recent_projects=("/a", "/b"))
    file.remember_project(Path("/b"))
    assert PreferenceFile().value.recent_projects == ("/b", "/a")
    file.path.write_bytes(b"{\xff")
    damaged = PreferenceFile()
    assert damaged.value.theme == "system" and damaged.problem is not None
    assert file.path.with_name("preferences.damaged.json").read_bytes() == b"{\xff"
    window = Window(plain_session, ENTRIES, damaged)
    qtbot.addWidget(window)
    assert window.strip.property("strip") == "warn"


@pytest.mark.parametrize("content", ["[]", '{"theme": "purple"}', "null", '{"recent_projects": 3}'])
def test_preferences_of_a_wrong_shape_give_the_defaults(content: str) -> None:
    file = PreferenceFile()
    file.path.parent.mkdir(parents=True, exist_ok=True)
    file.path.write_text(content)
    assert PreferenceFile().value.theme == "system"
    assert file.path.with_name("preferences.damaged.json").read_text() == content


@pytest.mark.parametrize("wrong", ['"theme": "purple"', '"text_size": "large"', '"folds": {"a": "open"}',
                                   '"geometry": null', '"stronger_outlines": 1'])
def test_one_wrong_preference_leaves_the_others(wrong: str) -> None:
    file = PreferenceFile()
    file.path.parent.mkdir(parents=True, exist_ok=True)
    file.path.write_text('{"language": "zh", "recent_projects": ["/a", 7, "/b"], "from_a_newer_one": 3, ' + wrong + "}")
    kept = PreferenceFile()
    assert kept.problem is not None
    assert kept.value.language == "zh" and kept.value.recent_projects == ("/a", "/b")


def test_preferences_that_cannot_be_written_are_told_once_until_they_can_be_again(tmp_path) -> None:
    way = tmp_path / "home"
    way.write_text("a file stands where the folder should be")
    file = PreferenceFile(way)
    told = []
    file.on_problem = told.append
    file.change(theme="dark")
    file.change(theme="light")
    assert len(told) == 1 and file.value.theme == "light"
    way.unlink()
    file.change(theme="dark")
    assert file.problem is None and PreferenceFile(way).value.theme == "dark"
