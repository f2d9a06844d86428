"""The foot of the settings: Train tokenizer, how far it is, and what went wrong."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from engine.events import JobEnded
from studio.i18n import tr
from studio.i18n.numbers import duration
from studio.shell.status import JobStatus
from studio.widgets import Bar, Line, PrimaryButton, QuietButton, Spinner, Text, bare, row, set_shown


class TrainingFoot(QWidget):
    """One button at rest; while the engine works on the tokenizer, its progress and Cancel."""

    train_asked = Signal()
    stop_asked = Signal()
    next_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("tokenizer.foot")
        self._next = PrimaryButton(tr("Go on to the model"), "arrow-right", self.next_asked.emit, "tokenizer.next")
        self.train = PrimaryButton(tr("Train tokenizer"), "play", self.train_asked.emit, "tokenizer.train")
        self._error = Text("", "caption", "error", wrap=True, name="tokenizer.error")
        self._note = Text("", "caption", wrap=True, name="tokenizer.foot-note")
        self._title, self._detail = Text("", "strong", wrap=True, name="tokenizer.job"), Text("", "caption")
        self._spinner, self._bar = Spinner(), Bar(name="tokenizer.progress")
        self._cancel = QuietButton(tr("Cancel"), "x", self.stop_asked.emit, "tokenizer.cancel", size="small")
        head = row(self._spinner, self._title)
        head.setStretch(1, 1)
        self._busy_rows = [bare(head), self._bar, bare(row(self._detail, None, self._cancel))]
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(Line())
        for widget in (self._error, self._note, *self._busy_rows):
            layout.addWidget(widget)
        layout.addLayout(row(self.train, self._next, None))
        self.show_rest("nothing", can_train=False)

    def show_rest(self, result: Literal["nothing", "older", "done"], can_train: bool, note: str = "",
                  failed: JobEnded | None = None) -> None:
        """Nothing is under way; `note` says how things stand, or why the button cannot be pressed."""
        for widget in self._busy_rows:
            set_shown(widget, False)
        self.train.say(tr("Train again") if result == "older" else tr("Train tokenizer"))
        self.train.setEnabled(can_train)
        set_shown(self.train, result != "done")
        set_shown(self._next, result == "done")
        self._note.say(note)
        set_shown(self._note, bool(note))
        if failed is not None:
            self._error.say(tr("{what} {expected} {fix}", what=tr(failed.what), expected=tr(failed.expected),
                               fix=tr(failed.fix)))
        set_shown(self._error, failed is not None)

    def show_busy(self, job: JobStatus, can_cancel: bool) -> None:
        """The engine works on the text or the tokenizer."""
        set_shown(self.train, False)
        set_shown(self._next, False)
        set_shown(self._error, False)
        set_shown(self._note, False)
        for widget in self._busy_rows:
            set_shown(widget, True)
        self._title.say(job.title)
        self._bar.set_fraction(job.fraction or 0.0)
        set_shown(self._bar, job.fraction is not None)
        left = job.seconds_left
        self._detail.say(job.detail if left is None else
                         tr("{detail} · {time} left", detail=job.detail, time=lambda: duration(left)))
        set_shown(self._cancel, can_cancel)
        self._cancel.setEnabled(job.state != "stopping")
