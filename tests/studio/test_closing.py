"""Closing the window while a job works: asked once, nothing lost, gone within five seconds."""

from __future__ import annotations

import os
import signal
import time

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QAbstractButton, QLabel, QMainWindow

from engine.errors import EngineError
from engine.events import JobEnded
from engine.project import Project
from engine.storage import is_alive
from studio.closing import Closing, SignalEar
from studio.guard import guarded
from studio.preferences import PreferenceFile
from studio.session import Session
from studio.unsaved import UnsavedQuestion, ask_unsaved
from tests.studio.jobs_of_tests import small_task

WAIT = 30_000


class Frame(QMainWindow):
    may_close = None
    is_closed = False

    @guarded()
    def closeEvent(self, event: QCloseEvent) -> None:
        self.is_closed = bool(self.may_close())
        event.setAccepted(self.is_closed)


@pytest.fixture
def frame(qtbot, tmp_path):
    """A window over a session with a project."""
    made = Frame()
    qtbot.addWidget(made)
    made.session = Session(PreferenceFile())
    made.session.new(tmp_path / "tea", "Tea-house stories")
    made.closing = Closing(made.session, made)
    made.may_close = made.closing.may_close
    made.show()
    children = []
    made.children_to_end = children
    yield made
    made.session.close(asking=False)
    made.is_closed = True
    made.may_close = lambda: True
    for child in children:
        child.kill()
        child.wait()


@pytest.fixture
def training(frame, qtbot):
    """The window with a job at work; gives its process."""
    session = frame.session
    session.queue.add(small_task(session.project.runs_folder / "run-1", "long"))
    qtbot.waitUntil(lambda: bool(session.job_series().steps), timeout=WAIT)
    child = session.queue._thread._child
    frame.children_to_end.append(child)
    return child


def test_an_idle_window_closes_at_once_and_is_saved(frame):
    frame.session.edit("training.seed", 7)
    frame.close()
    assert frame.is_closed and frame.session.project is None


def test_a_window_with_a_job_asks_once_however_often_it_is_closed(frame, training, qtbot):
    frame.close()
    question = frame.closing.question()
    frame.close()
    assert not frame.is_closed and frame.closing.question() is question and question.isVisible()
    assert "Training is at step" in question._what.text()


def test_cancel_keeps_the_window_and_the_job(frame, training, qtbot):
    frame.close()
    qtbot.keyClick(frame.closing.question(), Qt.Key.Key_Escape)
    assert frame.closing.question() is None and not frame.is_closed
    assert is_alive(training.pid) and frame.session.job().state == "running"
    frame.close()
    assert frame.closing.question() is not None


def test_a_job_kept_in_the_background_outlives_the_window(frame, training, qtbot):
    frame.close()
    frame.closing.question().keep.click()
    assert frame.is_closed and frame.session.project is None and is_alive(training.pid)


def test_save_and_stop_ends_the_job_and_closes_within_five_seconds(frame, training, qtbot):
    frame.close()
    began = time.monotonic()
    frame.closing.question().stop.click()
    frame.close()  # a second click does no harm
    qtbot.waitUntil(lambda: frame.is_closed, timeout=WAIT)
    assert time.monotonic() - began < 5
    assert training.wait(timeout=30) == 3


def test_a_job_that_needs_longer_than_the_window_waits_ends_by_itself(frame, training, qtbot):
    frame.closing._timer.setInterval(0)
    frame.closing.close_now()
    qtbot.waitUntil(lambda: frame.is_closed, timeout=WAIT)
    assert training.wait(timeout=30) == 3


def test_a_job_that_ends_while_the_question_stands_open_lets_the_user_decide(frame, training, qtbot):
    frame.close()
    question = frame.closing.question()
    frame.session.stop()
    qtbot.waitUntil(lambda: question.close_button.isVisible(), timeout=WAIT)
    assert not frame.is_closed and "has ended" in question._what.text() and not question.keep.isVisible()
    question.close_button.click()
    assert frame.is_closed


def test_a_job_that_fails_while_the_question_stands_open_leaves_the_window_to_be_read(frame, training, qtbot):
    frame.close()
    question = frame.closing.question()
    frame.session.job_ended.emit("train", "run-1", JobEnded(status="failed", what="The disk is full."))
    assert not frame.is_closed and "The disk is full." in question._more.text()
    qtbot.keyClick(question, Qt.Key.Key_Escape)
    assert frame.closing.question() is None and not frame.is_closed


def test_a_job_that_fails_while_it_is_saved_and_stopped_leaves_the_window_to_be_read(frame, training, qtbot):
    frame.close()
    question = frame.closing.question()
    question.stop.click()
    frame.session.job_ended.emit("train", "run-1", JobEnded(status="failed", what="The disk is full."))
    qtbot.wait(20)
    assert not frame.is_closed and "The disk is full." in question._more.text() and question.cancel.isEnabled()


def test_the_question_follows_the_steps_of_the_training(frame, training, qtbot):
    frame.close()
    first = frame.closing.question()._what.text()
    qtbot.waitUntil(lambda: frame.closing.question()._what.text() != first, timeout=WAIT)


def changed_elsewhere(frame) -> None:
    """Another program changes the project's files, so that saving must refuse."""
    path = frame.session.project.path / "recipe.toml"
    path.write_text(path.read_text() + "\n# changed by hand\n")
    frame.session.edit("training.seed", 7)


def answering(frame, *answers: str) -> list[EngineError | None]:
    """Answer the question about unsaved changes; gives what it was told of drafts that cannot be kept."""
    told, left = [], list(answers)
    frame.session.ask_unsaved = lambda _problem, no_draft: told.append(no_draft) or (left.pop(0) if left else "lose")
    return told


def test_a_window_whose_changes_cannot_be_saved_asks_before_they_are_lost(frame):
    changed_elsewhere(frame)
    asked = answering(frame, "stay")
    frame.close()
    assert len(asked) == 1 and not frame.is_closed and frame.session.recipe.training.seed == 7
    answering(frame, "lose")
    frame.close()
    assert frame.is_closed and frame.session.project is None


def test_changes_are_saved_when_trying_again_works(frame, monkeypatch):
    path = frame.session.project.path
    save, refusals = Project.save, [OSError(28, "No space left on device")]

    def refusing(*arguments, **values):
        if refusals:
            raise refusals.pop()
        save(*arguments, **values)

    monkeypatch.setattr(Project, "save", refusing)
    asked = answering(frame, "again")
    frame.session.edit("training.seed", 7)
    frame.close()
    assert frame.is_closed and len(asked) == 1 and Project.open(path).recipe.training.seed == 7


def test_changes_kept_as_a_draft_are_back_when_the_project_opens_again(frame):
    path = frame.session.project.path
    changed_elsewhere(frame)
    answering(frame, "draft")
    assert frame.session.close() and Project.open(path).recipe.training.seed == 42
    told = []
    frame.session.told.connect(lambda _level, text, _more: told.append(text))
    assert frame.session.open(path) and frame.session.recipe.training.seed == 7
    assert told == ["Changes that could not be saved last time are back."]
    frame.session.undo()
    assert frame.session.recipe.training.seed == 42
    frame.session.redo()
    assert frame.session.close() and Project.open(path).recipe.training.seed == 7
    assert not list(frame.session.kept_drafts.folder.iterdir())


def test_where_no_draft_can_be_kept_the_question_says_so_and_asks_again(frame):
    changed_elsewhere(frame)
    folder = frame.session.kept_drafts.folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.write_text("a file stands in the way")
    asked = answering(frame, "draft", "stay")
    assert not frame.session.close() and frame.session.project is not None
    assert asked[0] is None and isinstance(asked[1], EngineError)


def test_a_damaged_draft_is_told_once_and_the_project_opens(frame):
    path = frame.session.project.path
    changed_elsewhere(frame)
    answering(frame, "draft")
    frame.session.close()
    next(frame.session.kept_drafts.folder.iterdir()).write_text('{"file": 3}')
    told = []
    frame.session.told.connect(lambda _level, text, _more: told.append(text))
    for _ in range(2):
        assert frame.session.open(path) and frame.session.recipe.training.seed == 42
        frame.session.close()
    assert told == ["Changes that were kept as a draft cannot be read."]


@pytest.mark.parametrize("name", ["again", "draft", "stay"])
def test_the_question_about_unsaved_changes_gives_the_answer_that_was_pressed(frame, qtbot, name):
    def press() -> None:
        frame.findChild(QAbstractButton, f"unsaved.{name}").click()

    QTimer.singleShot(0, press)
    problem = EngineError("The disk is full: project.toml was not written.", "3 MB are free.", "Free some space.")
    assert ask_unsaved(problem, None, frame) == name


def test_a_draft_that_cannot_be_kept_makes_room_for_closing_without_it(frame, qtbot):
    question = UnsavedQuestion(EngineError("The disk is full."), EngineError("That disk is full, too."), frame)
    assert question.findChild(QAbstractButton, "unsaved.draft") is None
    question.findChild(QAbstractButton, "unsaved.lose").click()
    assert question.answer == "lose"
    assert question.findChild(QLabel, "unsaved.no-draft").text().startswith("That disk is full, too.")


def test_a_signal_of_the_system_keeps_what_cannot_be_saved_as_a_draft(frame):
    path = frame.session.project.path
    changed_elsewhere(frame)
    frame.closing.close_now()
    assert frame.is_closed and frame.session.kept_drafts.find(path).recipe.training.seed == 7


def test_another_project_is_not_opened_over_changes_that_cannot_be_saved(frame, tmp_path):
    here = frame.session.project.path
    changed_elsewhere(frame)
    asked = answering(frame, "stay", "draft")
    assert not frame.session.new(tmp_path / "other")
    assert not (tmp_path / "other").exists()
    assert frame.session.project.path == here and frame.session.recipe.training.seed == 7
    assert frame.session.new(tmp_path / "another") and len(asked) == 2


def test_a_signal_of_the_system_saves_and_closes_without_a_question(frame, training, qtbot):
    ear = SignalEar(frame)
    try:
        ear.heard.connect(frame.closing.close_now)
        os.kill(os.getpid(), signal.SIGTERM)
        qtbot.waitUntil(lambda: frame.is_closed, timeout=WAIT)
        assert frame.closing.question() is None and training.wait(timeout=30) == 3
    finally:
        ear.shut()
