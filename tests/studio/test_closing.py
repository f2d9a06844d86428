"""Closing the window while a job works: asked once, nothing lost, gone within five seconds."""

from __future__ import annotations

import os
import signal
import time

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QMainWindow

from engine.events import JobEnded
from engine.storage import is_alive
from studio.closing import Closing, SignalEar, UnsavedQuestion
from studio.guard import guarded
from studio.preferences import PreferenceFile
from studio.session import Session
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
    made.session.close(even_unsaved=True)
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


def test_a_job_that_ends_while_the_question_stands_open_closes_the_window(frame, training, qtbot):
    frame.close()
    frame.session.stop()
    qtbot.waitUntil(lambda: frame.is_closed, timeout=WAIT)


def test_a_job_that_fails_while_the_question_stands_open_leaves_the_window_to_be_read(frame, training, qtbot):
    frame.close()
    assert frame.closing.question() is not None
    frame.session.job_ended.emit("train", "run-1", JobEnded(status="failed", what="The disk is full."))
    assert frame.closing.question() is None and not frame.is_closed


def changed_elsewhere(frame) -> None:
    """Another program changes the project's files, so that saving must refuse."""
    path = frame.session.project.path / "recipe.toml"
    path.write_text(path.read_text() + "\n# changed by hand\n")
    frame.session.edit("training.seed", 7)


def test_a_window_whose_changes_cannot_be_saved_asks_before_they_are_lost(frame, qtbot):
    changed_elsewhere(frame)
    frame.close()
    assert not frame.is_closed and frame.session.recipe.training.seed == 7
    question = frame.findChild(UnsavedQuestion)
    question.reject()
    frame.close()
    assert not frame.is_closed and frame.session.project is not None
    frame.findChildren(UnsavedQuestion)[-1].answered.emit()
    assert frame.is_closed and frame.session.project is None


def test_a_signal_of_the_system_closes_even_what_cannot_be_saved(frame, qtbot):
    changed_elsewhere(frame)
    frame.closing.close_now()
    assert frame.is_closed


def test_another_project_is_not_opened_over_changes_that_cannot_be_saved(frame, qtbot, tmp_path):
    here = frame.session.project.path
    changed_elsewhere(frame)
    assert not frame.session.new(tmp_path / "other")
    assert frame.session.project.path == here and frame.session.recipe.training.seed == 7


def test_a_signal_of_the_system_saves_and_closes_without_a_question(frame, training, qtbot):
    ear = SignalEar(frame)
    try:
        ear.heard.connect(frame.closing.close_now)
        os.kill(os.getpid(), signal.SIGTERM)
        qtbot.waitUntil(lambda: frame.is_closed, timeout=WAIT)
        assert frame.closing.question() is None and training.wait(timeout=30) == 3
    finally:
        ear.shut()
