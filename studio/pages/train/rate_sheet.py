"""The search for a learning rate: a job of the engine with its plot, and a button that takes the suggestion."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QStackedWidget, QVBoxLayout, QWidget

from engine.events import JobEnded, RateSuggested
from engine.runs.series import RunSeries
from studio.i18n import said, show, tr, words
from studio.i18n.numbers import significant
from studio.job_words import stage_title
from studio.plots.rate_plot import RatePlot
from studio.widgets import BusyBar, Button, PrimaryButton, Text, row, set_shown

VERB = "lr-find"


class RateSheet(QDialog):
    """Goes on listening while it is closed; `used` after the suggestion became the setting of the next run."""

    used = Signal()

    def __init__(self, session: Any, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("train.rate-sheet")
        self.setMinimumSize(600, 460)
        show(self.setWindowTitle, tr("Find a learning rate"))
        self._session = session
        self._series: RunSeries | None = None
        self._word: JobEnded | None = None
        self._is_asked = False
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 16, 20, 16)
        layout.setSpacing(10)
        layout.addWidget(Text(tr("Find a learning rate"), "card"))
        layout.addWidget(Text(tr("A fresh copy of the model makes a hundred steps with a rate that grows from far too "
                                 "low to far too high. Nothing else is changed; no run is made."), "label", wrap=True))
        self.plot = RatePlot("train.rate-plot")
        words(self.plot.setAccessibleName, "Loss over the learning rate")
        self._empty = Text(tr("The curve appears here: the loss should fall, then rise."), "body", "text3", wrap=True)
        self._stack = QStackedWidget()
        self._stack.addWidget(self._empty)
        self._stack.addWidget(self.plot)
        layout.addWidget(self._stack, 1)
        self._legend = Text(tr("across: learning rate · upwards: loss in nats per token · thin: each step · "
                               "thick: smoothed"), "caption", wrap=True)
        layout.addWidget(self._legend)
        self.busy = BusyBar(tr("Trying learning rates"), "train.rate-busy")
        self.busy.cancelled.connect(self._on_cancel)
        layout.addWidget(self.busy)
        self._said = Text("", "body", wrap=True, name="train.rate-said")
        layout.addWidget(self._said)
        self.search = Button(tr("Start the search"), "search", self.begin, "train.rate-search")
        self.use = PrimaryButton(tr("Use it"), "check", self._on_use, "train.rate-use")
        close = Button(tr("Close"), "", self.accept, "train.rate-close")
        layout.addLayout(row(self.search, None, close, self.use))
        session.job_started.connect(self._on_started)
        session.happened.connect(self._on_happened)
        session.job_ended.connect(self._on_ended)
        for left in (session.opened, session.closed):
            left.connect(self._forget)
        words(self._reword, "suggested {rate}")

    def _reword(self, _text: str) -> None:
        """Words inside the plot do not follow the language by themselves."""
        self._show()

    def begin(self) -> None:
        """Start the search, or put it in the line behind what works now."""
        self._is_asked = True  # a job that starts at once tells so before `run` returns
        self._word = None
        self._series = None
        self._is_asked = bool(self._session.run(VERB))
        self._show()

    def _on_started(self, verb: str, _name: str) -> None:
        if verb == VERB:
            self._series, self._word, self._is_asked = self._session.job_series(), None, True
            self._show()

    def _on_happened(self, _name: str, _events: list[Any]) -> None:
        if self._session.job_verb() == VERB:
            self._series = self._session.job_series()
            self._show()

    def _on_ended(self, verb: str, _name: str, word: JobEnded) -> None:
        if verb == VERB:
            self._word, self._is_asked = word, False
            self._show()

    def _forget(self) -> None:
        self._series = self._word = None
        self._is_asked = False
        self._show()

    def _on_cancel(self) -> None:
        if self._session.job_verb() == VERB:
            self._session.stop()
        else:
            for task in [each for each in self._session.queue.waiting if each.verb == VERB]:
                self._session.queue.drop_waiting(task)
            self._is_asked = False
            self._show()

    def _on_use(self) -> None:
        found = self._found()
        if found is not None and self._session.edit("training.optimizer", found.optimizer):
            rate = significant(found.learning_rate, 2)
            self._session.told.emit("ok", tr("The next run uses a learning rate of {rate}.", rate=rate),
                                    tr("Undo takes it back."))
            self.used.emit()
            self.accept()

    def _found(self) -> RateSuggested | None:
        return self._series.suggested if self._series is not None else None

    def _show(self) -> None:
        series, found = self._series, self._found()
        tried = [(each.learning_rate, each.loss, each.smoothed) for each in series.rates] if series else []
        self._stack.setCurrentIndex(1 if tried else 0)
        self.plot.show_search(tried, found.learning_rate if found else None)
        self._show_progress(series)
        set_shown(self._legend, bool(tried))
        set_shown(self.busy, self._is_asked)
        set_shown(self.search, not self._is_asked)
        set_shown(self.use, found is not None and not self._is_asked)
        word = self._word
        if found is not None:
            self._said.say(tr(found.reason, **found.values))
        elif word is not None and word.status == "failed":
            self._said.say(said(word.what, word.fix))
        elif word is not None and word.status == "stopped":
            self._said.say(tr("The search was stopped; nothing was changed."))
        else:
            self._said.say("")
        set_shown(self._said, bool(self._said.text()))

    def _show_progress(self, series: RunSeries | None) -> None:
        if series is None:
            waits = self._is_asked and self._session.job_verb() not in ("", VERB)
            self.busy.say(tr("Waits for the task before it") if waits else tr("Starting the engine"))
            self.busy.set_progress(0, None)
            return
        self.busy.say(stage_title(series.stage) if series.stage else tr("Starting the engine"))
        progress = series.progress
        if progress is not None and progress.stage == series.stage:
            self.busy.set_progress(progress.done, progress.total, progress.seconds_left)
        else:
            self.busy.set_progress(0, None)
