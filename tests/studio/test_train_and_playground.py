"""The Train page's buttons are about the run that trains; the Playground lets go of a project that is closed."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from PySide6.QtCore import QObject, Qt, Signal

from engine.events import StepDone
from engine.runs.series import RunSeries
from studio.i18n import language
from studio.pages.playground.manuscript import Writing
from studio.pages.playground.page import PlaygroundPage
from studio.pages.train import TrainPage
from studio.preferences import PreferenceFile
from studio.run_cards import RunCard
from studio.session import Session


class RunningSession(QObject):
    """What the Train page asks of a session in which run-2 trains and run-1 is done."""

    happened, job_started = Signal(str, list), Signal(str, str)
    job_ended, job_changed = Signal(str, str, object), Signal()
    stages_changed, opened, closed, changed = Signal(), Signal(), Signal(), Signal()
    told = Signal(str, object, object)

    def __init__(self, tmp_path) -> None:
        super().__init__()
        step = StepDone(step=3, tokens=3, loss=2.0, bits_per_byte=1.0, learning_rate=0.1, gradient_norm=1.0,
                        tokens_per_second=5.0, memory_bytes=1)
        self.series = {"run-1": RunSeries(steps=[step]), "run-2": RunSeries(steps=[step])}
        self.cards = (RunCard("run-1", tmp_path, "done"), RunCard("run-2", tmp_path, "running"))
        self.living = "run-2"
        self.queries = SimpleNamespace(look_up=lambda *_: None, cancel=lambda *_: None)
        self.asked: list[str] = []

    def runs(self):
        return self.cards

    def job_verb(self):
        return "train" if self.living else ""

    def job_name(self):
        return self.living

    def job_series(self):
        return self.series["run-2"]

    def ask_series(self, name, receiver):
        receiver(self.series[name])

    def run_folder(self, name):
        return None

    def __getattr__(self, name):
        if name in ("train", "pause", "resume", "stop", "sample_now", "save_now", "continue_run", "set_speed"):
            return lambda *_: self.asked.append(name)
        raise AttributeError(name)


@pytest.fixture
def running(qtbot, tmp_path):
    session = RunningSession(tmp_path)
    page = TrainPage(session)
    qtbot.addWidget(page)
    page._focus_on("run-1")
    page._redraw()
    return SimpleNamespace(session=session, page=page)


def test_looking_at_an_older_run_leaves_the_buttons_to_the_one_that_trains(running):
    assert running.page._start.text() == "Pause"
    assert not running.page._stop.isHidden()
    running.page._start.click()
    assert running.session.asked == ["pause"]
    running.session.series["run-2"].is_paused = True
    running.page._redraw()
    assert running.page._start.text() == "Resume"
    running.page._start.click()
    assert running.session.asked == ["pause", "resume"]


def test_the_pause_key_never_starts_a_run(running):
    running.session.living = ""
    running.page._pause_or_go_on()
    assert running.session.asked == []
    running.page._redraw()
    assert running.page._start.text() == "New run"


def test_runs_are_named_in_the_language_of_the_window(running):
    language.use("zh")
    assert running.page._shelf.title("run-2") == "第 2 次训练"
    assert running.page._shelf.title("dry-run-2") == "dry-run-2"


def test_a_closed_project_leaves_nothing_under_way_in_the_playground(qtbot, tmp_path):
    session = Session(PreferenceFile(tmp_path))
    page = PlaygroundPage(session)
    qtbot.addWidget(page)
    page.writer.page.show_writing(Writing("secret of the old project"))
    page.writer._request = page.scorer._request = 7
    page.scorer.map.setPlainText("more of it")
    session.closed.emit()
    assert not page.writer.is_writing() and page.writer.go_button.text() == "Generate"
    assert page.writer.page.toPlainText() == page.scorer.map.toPlainText() == ""
    assert not page.scorer._request


def test_a_failure_keeps_the_way_back_to_what_was_replaced(qtbot, tmp_path):
    page = PlaygroundPage(Session(PreferenceFile(tmp_path)))
    qtbot.addWidget(page)
    writer = page.writer
    before = Writing("a", (1,), " b", ({"id": 1, "piece": " b", "start": 0, "end": 2, "bits": 1.0, "rank": 1},))
    writer._before, writer._request = [before], 3
    writer.page.show_writing(Writing("a"))
    writer._on_failed(3, {"what": "It ended.", "expected": "", "fix": ""})
    writer.undo()
    assert writer.page.toPlainText() == "a b"


def test_space_pauses_the_run_but_stays_with_buttons_and_fields(running, qtbot):
    page = running.page
    page.show()
    page.entered()
    page._redraw()
    assert page.hasFocus() or page.focusWidget() in (None, page)
    qtbot.keyClick(page, Qt.Key.Key_Space)
    assert running.session.asked == ["pause"]
    page._samples.prompt.setEnabled(True)
    qtbot.keyClick(page._samples.prompt, Qt.Key.Key_Space)
    assert page._samples.prompt.text() == " " and running.session.asked == ["pause"]
    qtbot.keyClick(page._stop, Qt.Key.Key_Space)
    assert running.session.asked == ["pause", "stop"]
    running.session.living = ""
    qtbot.keyClick(page, Qt.Key.Key_Space)
    assert running.session.asked == ["pause", "stop"]


def test_the_speed_of_the_run_can_be_changed_while_it_trains(running):
    page = running.page
    assert not page._speed.isHidden() and page._speed.value() == "balanced"
    page._speed.setCurrentIndex(0)
    page._speed.activated.emit(0)
    page._redraw()
    assert running.session.asked == ["set_speed"] and page._speed.value() == "quiet"
    series = running.session.series["run-2"]
    for told in ("quiet", "full"):  # it is the run that has the last word
        series.speed = told
        page._redraw()
        assert page._speed.value() == told
    running.session.living = ""
    page._redraw()
    assert page._speed.isHidden()


@pytest.mark.parametrize("name", ["loss.png", "loss.csv"])
def test_a_curve_that_cannot_be_saved_says_so_and_one_that_can_as_well(running, tmp_path, name):
    told = []
    running.session.told.connect(lambda level, text, more: told.append((level, f"{text} {more}")))
    running.page._loss.save_to(tmp_path / "no such folder" / name)
    running.page._loss.save_to(tmp_path / name)
    assert [level for level, _ in told] == ["error", "ok"]
    assert "no such folder" in told[0][1] and (tmp_path / name).stat().st_size > 20
