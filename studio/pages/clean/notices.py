"""What stands above the steps: work in progress, one strip, a failure; and what is shown before there is text."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QSizePolicy, QStackedLayout, QVBoxLayout, QWidget

from engine.cleaning.passing import CONTINUED
from engine.cleaning.step import CleaningStep
from engine.errors import EngineError
from studio.i18n import tr
from studio.i18n.numbers import grouped, percent
from studio.widgets import BusyBar, Button, EmptyState, PrimaryButton, Strip, set_shown


class Notices(QWidget):
    """At most one strip, the most serious one."""

    apply_asked = Signal()
    apply_confirmed = Signal()
    cancelled = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("clean.notices")
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self._busy = BusyBar(tr("Cleaning the text"), "clean.busy")
        self._busy.cancelled.connect(self.cancelled)
        self._strip = Strip(name="clean.strip")
        self._strip.closed.connect(self._on_closed)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self._busy)
        layout.addWidget(self._strip)
        self._told: tuple[object, ...] = ()
        self._closed: tuple[object, ...] = ()
        self._question: tuple[CleaningStep, float] | None = None
        self._error: EngineError | None = None
        self._steps: tuple[CleaningStep, ...] = ()
        self.hide()

    def show_session(self, session: Any, is_busy: bool) -> None:
        """Say how cleaning stands."""
        set_shown(self._busy, is_busy)
        if is_busy:
            self._question = self._error = None
            show_job(self._busy, session)
        steps = session.recipe.cleaning.steps
        if steps != self._steps:  # what was asked or failed was about other steps
            self._steps, self._question, self._error = steps, None, None
        self._choose_strip(session, is_busy)
        set_shown(self, is_busy or not self._strip.isHidden())

    def ask_first(self, step: CleaningStep, share: float) -> None:
        """Ask whether a step may really take so much."""
        self._question = (step, share)
        self._tell(("ask", step.kind), "warn", tr("“{step}” takes away {share} of the sample.", step=tr(step.title),
                                                   share=percent(share)),
                   tr("Look at what is dropped, or apply it all the same."), tr("Apply all the same"),
                   self.apply_confirmed)
        self._closed = ()
        set_shown(self, True)
        set_shown(self._strip, True)

    def show_error(self, error: EngineError) -> None:
        """Say why there is no preview."""
        self._error = error
        self._tell(("error", error.what), "error", tr(error.what), tr(error.fix))
        set_shown(self, True)

    def _choose_strip(self, session: Any, is_busy: bool) -> None:
        failure = session.failure("clean")
        if is_busy:
            self._tell_continued(session)
        elif self._question is not None or self._error is not None:
            return
        elif failure is not None:
            self._tell(("failed", failure.what), "error", tr(failure.what), tr(failure.fix or failure.expected),
                       tr("Try again"), self.apply_asked)
        elif session.standing.is_stale("corpus"):
            self._tell(("corpus",), "warn", tr("The sources changed since they were read."),
                       tr("The preview shows the text as it was."), tr("Run again"), self.apply_asked)
        elif session.standing.is_stale("cleaned"):
            self._tell(("stale",), "warn", tr("The cleaned text is older than the settings."),
                       tr("The preview shows the new settings on a sample."), tr("Run again"), self.apply_asked)
        elif is_waiting_to_go_on(session):
            self._tell(("cut off",), "info", tr("An earlier cleaning with these settings was cut off."),
                       tr("Nothing is done twice."), tr("Go on"), self.apply_asked)
        else:
            self._told = ()
            self._strip.hide()

    def _tell_continued(self, session: Any) -> None:
        """Say that an earlier cleaning goes on, while it does."""
        notice = next((each for each in session.job_series().notices if each.code == CONTINUED), None)
        if notice is not None:
            self._tell(("continued",), "info", tr("Continued"), tr(notice.text, **_grouped(notice.values)))
        else:
            self._told = ()
            self._strip.hide()

    def _tell(self, key: tuple[object, ...], level: str, text: str, more: str, action: str = "",
              signal: Any = None) -> None:
        if key in (self._told, self._closed):
            return
        self._told, self._closed = key, ()
        actions = [Button(action, on=signal.emit, name="clean.strip.action", size="small")] if action else []
        self._strip.tell(level, text, more, actions)

    def _on_closed(self) -> None:
        self._closed, self._told = self._told, ()
        self._question = self._error = None
        set_shown(self, not self._busy.isHidden())


def is_waiting_to_go_on(session: Any) -> bool:
    """Whether a killed or stopped cleaning with the settings as they are can be taken up."""
    stage = session.standing.stages.get("cleaned")
    return stage is not None and not stage.is_done and stage.is_cut_off


def _grouped(values: dict[str, Any]) -> dict[str, str]:
    return {name: grouped(value) for name, value in values.items()}


class Vacancy(QWidget):
    """No text yet, text that was not read yet, or reading in progress."""

    go = Signal(str)
    read_asked = Signal()
    cancelled = Signal()

    def __init__(self) -> None:
        super().__init__()
        to_corpus = PrimaryButton(tr("Go to Corpus"), "library", lambda: self.go.emit("corpus"), "clean.to-corpus")
        read = PrimaryButton(tr("Read the text"), "play", self.read_asked.emit, "clean.read")
        self._busy = BusyBar(tr("Reading the text"), "clean.reading")
        self._busy.cancelled.connect(self.cancelled)
        self._busy.setMaximumWidth(560)
        holder = QWidget()
        layout = QVBoxLayout(holder)
        layout.addWidget(self._busy)
        layout.addStretch(1)
        self._stack = QStackedLayout(self)
        for widget in (
                EmptyState("funnel", tr("Nothing to clean yet"), tr("Add files, a folder or pasted text first."),
                           [to_corpus], "clean.empty"),
                EmptyState("funnel", tr("The text has not been read yet"),
                           tr("Once it is read, every step can be tried on a sample."), [read], "clean.unread"),
                holder, QWidget()):
            self._stack.addWidget(widget)

    def show_session(self, session: Any) -> None:
        """Choose what fits."""
        is_reading = session.job_verb() in ("read", "clean", "tokenize", "train")
        is_known = bool(session.standing.stages) or session.project is None  # else the folder is being looked at
        self._stack.setCurrentIndex(3 if not is_known else 2 if is_reading else 1 if session.sources else 0)
        if is_reading:
            show_job(self._busy, session)


def show_job(bar: BusyBar, session: Any) -> None:
    """Fill a bar from the job at hand."""
    job, progress = session.job(), session.job_series().progress
    bar.say(job.title)
    if progress is not None and progress.total and job.fraction is not None:
        bar.set_progress(progress.done, progress.total, progress.seconds_left)
    else:
        bar.set_progress(progress.done if progress is not None else 0, None)
