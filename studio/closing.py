"""What happens to a job when the window closes: it goes on by itself, or it saves and stops, or the window stays."""

from __future__ import annotations

import contextlib
import signal
import socket

from PySide6.QtCore import QObject, QSocketNotifier, Qt, QTimer, Signal
from PySide6.QtWidgets import QDialog, QVBoxLayout, QWidget

from engine.events import JobEnded
from studio.guard import guarded
from studio.i18n import said, tr, words
from studio.i18n.numbers import grouped
from studio.session import Session
from studio.widgets import Button, PrimaryButton, Text, row, set_shown

STOP_SECONDS = 4.0
"""The window waits so long for a job to save; one that needs longer ends by itself after the window is gone."""


class ClosingQuestion(QDialog):
    """Asks once, and follows what the job does meanwhile; `answered` carries keep, stop, close or cancel."""

    answered = Signal(str)

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("closing")
        self.setWindowModality(Qt.WindowModality.WindowModal)
        words(self.setWindowTitle, "Close Wenlu")
        self._session = session
        self._is_final = False
        self._what = Text("", "card", wrap=True, name="closing.question")
        self._more = Text("", "body", "text2", wrap=True, name="closing.more")
        self.cancel = Button(tr("Cancel"), "", self.reject, "closing.cancel")
        self.stop = Button("", "", lambda: self.answered.emit("stop"), "closing.stop")
        self.keep = PrimaryButton("", "", lambda: self.answered.emit("keep"), "closing.keep")
        self.close_button = PrimaryButton(tr("Close Wenlu"), "", lambda: self.answered.emit("close"), "closing.close")
        set_shown(self.close_button, False)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(22, 20, 22, 18)
        layout.setSpacing(12)
        layout.addWidget(self._what)
        layout.addWidget(self._more)
        layout.addLayout(row(None, self.cancel, self.stop, self.keep, self.close_button))
        self.setMinimumWidth(460)
        self.rejected.connect(lambda: self.answered.emit("cancel"))
        session.job_changed.connect(self._show_job)
        self._show_job()
        self.keep.setFocus()

    def show_stopping(self) -> None:
        """Nothing can be chosen any more."""
        self._is_final = True
        self._what.say(tr("Saving and stopping"))
        self._more.say(tr("The window closes as soon as that is done."))
        for button in (self.cancel, self.stop, self.keep):
            button.setEnabled(False)

    def show_ended(self, verb: str, word: JobEnded) -> None:
        """The job is over, well or not: what happened stands here, and the user decides whether to close."""
        self._is_final = True
        if word.status == "failed":
            self._what.say(tr("Training has failed.") if verb == "train" else tr("The task has failed."))
            self._more.say(said(word.what, word.expected, word.fix))
        else:
            self._what.say(tr("Training has ended.") if verb == "train" else tr("The task has ended."))
            self._more.say(tr("Nothing is running any more. All results are saved."))
        for button in (self.stop, self.keep):
            set_shown(button, False)
        self.cancel.setEnabled(True)
        set_shown(self.close_button, True)
        self.close_button.setFocus()

    def _show_job(self) -> None:
        if self._is_final or self._session.queue.current is None:
            return
        training = self._session.job_verb() == "train"
        self._what.say(_question(self._session))
        self._more.say(_consequence(self._session))
        self.stop.say(tr("Save and stop") if training else tr("Stop"))
        self.keep.say(tr("Keep training in the background") if training else tr("Keep working"))


class Closing(QObject):
    """Decides whether the window may close; asked again and again, it asks the user once."""

    def __init__(self, session: Session, window: QWidget) -> None:
        super().__init__(window)
        self._session = session
        self._window = window
        self._question: ClosingQuestion | None = None
        self._is_stopping = False
        self._is_told_to = False
        self._may_close = False
        self._timer = QTimer(self, singleShot=True, interval=round(STOP_SECONDS * 1000))
        self._timer.timeout.connect(self._finish)
        session.job_ended.connect(self._on_job_ended)

    def may_close(self) -> bool:
        """Whether the window may close now; otherwise the user is asked, or a job is saving."""
        if self._may_close:
            return True
        if self._is_stopping:
            return False
        if self._session.queue.current is None or self._session.read_only_because:
            self._may_close = self._session.close(asking=not self._is_told_to)
            return self._may_close
        self._ask()
        return False

    def close_now(self) -> None:
        """Save, stop and close without a question: the system asks for it."""
        self._is_told_to = True
        if self._session.queue.current is None or self._session.read_only_because:
            self._finish()
        else:
            self._stop()

    def question(self) -> ClosingQuestion | None:
        """The question that is open, or None."""
        return self._question

    def _ask(self) -> None:
        if self._question is None:
            self._question = ClosingQuestion(self._session, self._window)
            self._question.answered.connect(self._on_answered)
            self._question.open()
        self._question.raise_()

    def _on_answered(self, answer: str) -> None:
        if answer in ("keep", "close"):
            self._finish()
        elif answer == "stop":
            self._stop()
        elif not self._is_stopping:
            self._forget_question()

    def _stop(self) -> None:
        if self._is_stopping:
            return
        self._is_stopping = True
        self._session.queue.waiting.clear()
        self._session.stop()
        self._timer.start()
        if self._question is not None:
            self._question.show_stopping()

    def _on_job_ended(self, verb: str, _name: str, word: JobEnded) -> None:
        asks = self._question is not None and not self._is_told_to
        if self._is_stopping and not (asks and word.status == "failed"):
            QTimer.singleShot(0, self._finish)
        elif self._question is not None and not self._session.queue.waiting:
            self._timer.stop()
            self._is_stopping = False
            self._question.show_ended(verb, word)

    def _forget_question(self) -> None:
        if self._question is not None:
            question, self._question = self._question, None
            question.hide()
            question.deleteLater()

    def _finish(self) -> None:
        if self._may_close:
            return
        self._timer.stop()
        self._is_stopping = False
        self._forget_question()
        if self._session.close(asking=not self._is_told_to):
            self._may_close = True
            self._window.close()


class SignalEar(QObject):
    """Emits `heard` when the system asks the program to end: SIGTERM, SIGINT or SIGHUP."""

    heard = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._ear, self._mouth = socket.socketpair()
        self._mouth.setblocking(False)
        self._ear.setblocking(False)
        signal.set_wakeup_fd(self._mouth.fileno())
        numbers = [getattr(signal, name) for name in ("SIGTERM", "SIGINT", "SIGHUP") if hasattr(signal, name)]
        self._before = {number: signal.signal(number, lambda _number, _frame: None) for number in numbers}
        self._notifier = QSocketNotifier(self._ear.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._on_byte)

    def shut(self) -> None:
        """Give the signals back."""
        self._notifier.setEnabled(False)
        signal.set_wakeup_fd(-1)
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._ear.close()
        self._mouth.close()

    @guarded()
    def _on_byte(self) -> None:
        with contextlib.suppress(BlockingIOError):
            self._ear.recv(64)
        self.heard.emit()


def _question(session: Session) -> str:
    series = session.job_series()
    if session.job_verb() == "train" and series.steps:
        return tr("Training is at step {step}.", step=grouped(series.steps[-1].step))
    return tr("The engine is still at work: {task}.", task=session.job().title)


def _consequence(session: Session) -> str:
    if session.queue.waiting:
        return tr("In the background it goes on without the window, and is shown again at the next start. "
                  "Tasks that wait are forgotten.")
    return tr("In the background it goes on without the window, and is shown again at the next start.")
