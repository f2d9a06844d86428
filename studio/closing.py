"""What happens to a job when the window closes: it goes on by itself, or it saves and stops, or the window stays."""

from __future__ import annotations

import contextlib
import signal
import socket

from PySide6.QtCore import QObject, QSocketNotifier, Qt, QTimer, Signal
from PySide6.QtWidgets import QDialog, QVBoxLayout, QWidget

from engine.events import JobEnded
from studio.guard import guarded
from studio.i18n import tr, words
from studio.i18n.numbers import grouped
from studio.session import Session
from studio.widgets import Button, DangerButton, PrimaryButton, Text, row

STOP_SECONDS = 4.0
"""The window waits so long for a job to save; one that needs longer ends by itself after the window is gone."""


class ClosingQuestion(QDialog):
    """Asks once; `answered` carries keep, stop or cancel."""

    answered = Signal(str)

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("closing")
        self.setWindowModality(Qt.WindowModality.WindowModal)
        words(self.setWindowTitle, "Close Wenlu")
        self._what = Text(_question(session), "card", wrap=True, name="closing.question")
        self._more = Text(_consequence(session), "body", "text2", wrap=True, name="closing.more")
        training = session.job_verb() == "train"
        self.cancel = Button(tr("Cancel"), "", self.reject, "closing.cancel")
        self.stop = Button(tr("Save and stop") if training else tr("Stop"), "", lambda: self.answered.emit("stop"),
                           "closing.stop")
        self.keep = PrimaryButton(tr("Keep training in the background") if training else tr("Keep working"), "",
                                  lambda: self.answered.emit("keep"), "closing.keep")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(22, 20, 22, 18)
        layout.setSpacing(12)
        layout.addWidget(self._what)
        layout.addWidget(self._more)
        layout.addLayout(row(None, self.cancel, self.stop, self.keep))
        self.setMinimumWidth(460)
        self.rejected.connect(lambda: self.answered.emit("cancel"))
        self.keep.setFocus()

    def show_stopping(self) -> None:
        """Nothing can be chosen any more."""
        self._what.say(tr("Saving and stopping"))
        self._more.say(tr("The window closes as soon as that is done."))
        for button in (self.cancel, self.stop, self.keep):
            button.setEnabled(False)


class UnsavedQuestion(QDialog):
    """Asks whether to close although changes cannot be written; `answered` is emitted for yes."""

    answered = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("unsaved")
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        words(self.setWindowTitle, "Close Wenlu")
        stay = PrimaryButton(tr("Cancel"), "", self.reject, "unsaved.cancel")
        leave = DangerButton(tr("Close without saving"), "", self.answered.emit, "unsaved.leave")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(22, 20, 22, 18)
        layout.setSpacing(12)
        layout.addWidget(Text(tr("Your last changes could not be saved."), "card", wrap=True))
        layout.addWidget(Text(tr("The window says why. Mend that and close again, or close without these changes."),
                              "body", "text2", wrap=True))
        layout.addLayout(row(None, leave, stay))
        self.setMinimumWidth(460)
        stay.setFocus()


class Closing(QObject):
    """Decides whether the window may close; asked again and again, it asks the user once."""

    def __init__(self, session: Session, window: QWidget) -> None:
        super().__init__(window)
        self._session = session
        self._window = window
        self._question: ClosingQuestion | None = None
        self._unsaved: UnsavedQuestion | None = None
        self._is_stopping = False
        self._even_unsaved = False
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
            self._may_close = self._leave()
            return self._may_close
        self._ask()
        return False

    def close_now(self) -> None:
        """Save, stop and close without a question: the system asks for it."""
        if self._session.queue.current is None or self._session.read_only_because:
            self._finish(even_unsaved=True)
        else:
            self._even_unsaved = True
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
        if answer == "keep":
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

    def _on_job_ended(self, _verb: str, _name: str, word: JobEnded) -> None:
        if self._is_stopping:
            QTimer.singleShot(0, self._finish)
        elif self._question is not None and word.status != "failed" and not self._session.queue.waiting:
            self._finish()  # the window was to be closed, and nothing is left to ask about
        else:  # what failed must be seen, and what waits goes on
            self._forget_question()

    def _forget_question(self) -> None:
        if self._question is not None:
            question, self._question = self._question, None
            question.hide()
            question.deleteLater()

    def _leave(self, even_unsaved: bool = False) -> bool:
        """Close the project; where its changes cannot be written, ask and stay for now."""
        if self._session.close(even_unsaved or self._even_unsaved):
            return True
        if self._unsaved is None:
            self._unsaved = UnsavedQuestion(self._window)
            self._unsaved.answered.connect(lambda: self._finish(even_unsaved=True))
            self._unsaved.rejected.connect(self._on_stay)
            self._unsaved.open()
        return False

    def _on_stay(self) -> None:
        self._unsaved = None

    def _finish(self, even_unsaved: bool = False) -> None:
        if self._may_close:
            return
        self._timer.stop()
        self._is_stopping = False
        self._forget_question()
        if not self._leave(even_unsaved):
            return
        if self._unsaved is not None:
            self._unsaved.hide()
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
