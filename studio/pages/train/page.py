"""The Train page: watch it learn, and act when needed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QSplitter, QStackedLayout, QWidget

from engine.runs.series import RunSeries
from engine.training.finding import Fix
from studio.guard import guarded
from studio.i18n import tr
from studio.i18n.numbers import size_bytes
from studio.pages import Command, Page
from studio.pages.train.choices import Choices
from studio.pages.train.diagnosis import Diagnosis, fix_title
from studio.pages.train.ending import Ending
from studio.pages.train.loss_card import LossCard
from studio.pages.train.novelty import Novelty
from studio.pages.train.numbers import Numbers
from studio.pages.train.rate_sheet import RateSheet
from studio.pages.train.run_actions import RunActions
from studio.pages.train.runs_card import RunsCard
from studio.pages.train.samples_card import SamplesCard
from studio.pages.train.settings_sheet import SettingsSheet
from studio.pages.train.shelf import Shelf
from studio.pages.train.small_cards import SmallCards
from studio.pages.train.way import Way
from studio.widgets import Button, EmptyState, Fold, PrimaryButton, QuietButton, bare, column, set_tip
from studio.widgets.combo import Combo

REDRAW_MS = 200


class TrainPage(Page):
    """Shows one run in focus and any others laid over it; everything on it comes from the runs' logs."""

    def __init__(self, session: Any) -> None:
        self.session = session
        self._save = QuietButton(tr("Save now"), "bookmark", self._on_save, "train.save")
        self._start = PrimaryButton(tr("Start"), "play", self._on_start, "train.start")
        self._stop = Button(tr("Stop"), "square", self._on_stop, "train.stop")
        settings = QuietButton(tr("Settings"), "sliders-horizontal", self._on_settings, "train.settings")
        speeds = [("quiet", tr("Quiet")), ("balanced", tr("Balanced")), ("full", tr("Full"))]
        self._speed = Combo(speeds, "balanced", "train.pace", tr("How much of this machine the run may take"))
        set_tip(self._speed, tr("How much of this machine the run may take"))
        self._speed.setFixedWidth(118)
        self._speed.chosen.connect(self._on_speed)
        super().__init__(tr("Train"), tr("Watch it learn."),
                         [settings, self._save, self._speed, self._start, self._stop])
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self._asked_speed = ("", "")
        self._focus = ""
        self._rate_sheet: RateSheet | None = None
        self._overlays: set[str] = set()
        self._is_seen = False
        self._shelf = Shelf(session)
        self._build()
        self._novelty = Novelty(session.queries, self)
        self._novelty.found.connect(self._samples.show_copied)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(REDRAW_MS)
        self._timer.timeout.connect(self._redraw)
        self._rest_timer = QTimer(self, singleShot=True, interval=REDRAW_MS // 2)
        self._rest_timer.timeout.connect(self._redraw_the_rest)
        session.job_started.connect(self._on_job_started)
        session.job_changed.connect(self._schedule)
        self._shelf.grew.connect(self._schedule)
        self.narrowed.connect(self._on_narrowed)
        self._show_buttons()

    def _build(self) -> None:
        self._numbers, self._strip = Numbers(), Diagnosis()
        self._loss, self._small, self._way = LossCard(), SmallCards(), Way()
        self._samples, self._runs, self._choices = SamplesCard(), RunsCard(), Choices()
        self._ending = Ending()
        self._actions = RunActions(self.session, self._shelf, self._runs, self)
        self._actions.undo_shown.connect(self._strip.give_way)
        self._actions.overlay.connect(lambda name: self._on_overlaid(name, True))
        self._fold = Fold(tr("What Wenlu chose"), self._choices, name="train.choices-fold")
        self._left = bare(column(self._loss, self._small, spacing=12))
        self._left.layout().setStretch(0, 1)
        self._small.setFixedHeight(112)
        self._side = QSplitter(Qt.Orientation.Vertical)
        self._side.setObjectName("train.side")
        self._side.addWidget(self._samples)
        self._side.addWidget(self._runs)
        self._side.setStretchFactor(0, 3)
        self._side.setStretchFactor(1, 2)
        self._side.setFixedWidth(308)
        self._main = QWidget()
        self._empty = EmptyState("flame", tr("Nothing trained yet"),
                                 tr("Start reads, cleans and cuts the text, picks a model for the time, and trains."),
                                 [Button(tr("Start"), "play", self._on_start, "train.start-empty")], "train.empty")
        self._stack = QStackedLayout()
        content = bare(column(spacing=0))
        lay = content.layout()
        self._middle = QStackedLayout()
        middle = QWidget()
        middle.setLayout(self._middle)
        self._middle.addWidget(self._left)
        self._middle.addWidget(self._way)
        columns = QSplitter(Qt.Orientation.Horizontal)
        columns.setObjectName("train.columns")
        columns.setChildrenCollapsible(False)
        columns.addWidget(middle)
        columns.addWidget(self._side)
        columns.setStretchFactor(0, 1)
        columns.setHandleWidth(12)
        for widget, stretch in ((self._numbers, 0), (self._strip, 0), (self._actions.undo, 0), (self._ending, 0),
                                (columns, 1), (self._fold, 0)):
            lay.addWidget(widget, stretch)  # type: ignore[union-attr]
        lay.setSpacing(12)  # type: ignore[union-attr]
        holder = QWidget()
        holder.setLayout(self._stack)
        self._stack.addWidget(content)
        self._stack.addWidget(self._empty)
        self.body.addWidget(holder, 1)
        self._loss.cursor_moved.connect(self._on_cursor)
        self._loss.told.connect(self.session.told)
        self._samples.cursor_moved.connect(self._on_cursor)
        self._samples.asked.connect(self.session.sample_now)
        self._runs.focused.connect(self._focus_on)
        self._runs.overlaid.connect(self._on_overlaid)
        self._runs.compare_asked.connect(self._on_compare)
        self._choices.go.connect(self.go)
        self._ending.continue_asked.connect(self._on_continue)
        self._way.busy.cancelled.connect(self.session.stop)
        self._strip.changed.connect(self._schedule)
        self._strip.fix_asked.connect(self._on_fix)
        self._strip.command_asked.connect(self._on_command)

    # what happens

    def entered(self) -> None:
        """Draw what came in while the page was out of sight."""
        self._is_seen = True
        self._schedule()
        self.setFocus()  # so that Space pauses at once, and no button takes it

    def left(self) -> None:
        """Draw no more."""
        self._is_seen = False

    def _on_job_started(self, verb: str, name: str) -> None:
        if verb == "train":
            self._focus_on(name)

    def _schedule(self) -> None:
        if self._is_seen and not self._timer.isActive():
            self._timer.start()

    def _redraw(self) -> None:
        names = self._shelf.names()
        if self._focus not in names:
            self._focus = self._shelf.live() or (names[-1] if names else "")
        series = self._shelf.series(self._focus)
        self._stack.setCurrentIndex(0 if names or self._shelf.is_starting() else 1)
        self._overlays &= set(names)
        status = self._shelf.status(self._focus)
        self._show_buttons()
        if series is None:
            return
        is_live = status == "running"
        self.head.say(self._line(series))
        self._numbers.show_series(series, is_live)
        self._show_findings(series, is_live)
        self._show_ending(status, series)
        self._middle.setCurrentIndex(0 if series.steps or series.validations or not is_live else 1)
        self._way.show_series(series)
        self._show_curves(names, series)
        if not self._rest_timer.isActive():
            self._rest_timer.start()

    def _redraw_the_rest(self) -> None:
        """Half a turn after the loss, so that the two together do not hold up the window."""
        series = self._shelf.series(self._focus)
        if series is None:
            return
        is_live = self._shelf.status(self._focus) == "running"
        self._small.show_series(self._focus, series)
        self._samples.show_series(series, is_live, can_ask=is_live and bool(series.steps))
        folder = self.session.run_folder(self._focus)
        self._novelty.look(folder.path if folder is not None else None, series.samples, is_live)
        self._runs.show_lines(self._shelf.lines(), self._focus, self._overlays)
        self._choices.show_advice(series.advice)
        self._fold.setVisible(bool(series.advice))

    def _show_curves(self, names: list[str], series: RunSeries) -> None:
        shown = [(name, self._shelf.title(name), found) for name in names
                 if (name == self._focus or name in self._overlays) and (found := self._shelf.series(name)) is not None]
        self._loss.show_runs(self._focus, shown)

    def _show_ending(self, status: str, series: RunSeries) -> None:
        folder = self.session.run_folder(self._focus)
        card = self._shelf.card(self._focus)
        self._ending.show_ending(status, series, folder.last_output() if folder and status == "cut-off" else "",
                                 can_continue=bool(card and card.can_continue))

    def _line(self, series: RunSeries) -> str:
        plan = series.plan
        title = self._shelf.title(self._focus)
        if plan is None:
            return title
        read = size_bytes(plan.training_tokens * plan.bytes_per_token)
        return tr("{run} · {model} · reads {size}", run=title, model=plan.model, size=read)

    def _show_buttons(self) -> None:
        """The buttons are about the run that trains, whichever run is looked at."""
        series = self._shelf.live_series()
        is_live = series is not None or self._shelf.is_starting()
        is_paused = series is not None and series.is_paused
        has_begun = series is not None and bool(series.steps)
        self._start.say(tr("Resume") if is_paused else tr("Pause") if is_live else tr("New run")
                        if self._shelf.names() else tr("Start"))
        self._start.set_icon("play" if is_paused or not is_live else "pause")
        self._start.setVisible(not is_live or has_begun)
        self._stop.setVisible(is_live)
        self._save.setVisible(is_live and has_begun)
        self._speed.setVisible(is_live and has_begun)
        self._speed.choose(self._speed_of(self._shelf.live(), series.speed if series is not None else ""))

    def _speed_of(self, name: str, told: str) -> str:
        """What was asked for here until the run tells it; else what it told last, or began with."""
        if self._asked_speed in ((name, told), (name, "")) or self._asked_speed[0] != name:
            self._asked_speed = ("", "")
        card = self._shelf.card(name)
        began = card.recipe.get("training", {}).get("speed", "balanced") if card else "balanced"
        return self._asked_speed[1] or told or began

    def _show_findings(self, series: RunSeries, is_live: bool) -> None:
        card = self._shelf.card(self._focus)
        settings = {"recipe": card.recipe, "resolved": {"model": card.resolved_model}} if card else {}
        finding = self._strip.show_series(self._focus, series, settings, is_live)
        self._loss.show_evidence(finding)

    def _on_fix(self, fix: Fix) -> None:
        if self.session.edit(fix.path, fix.value):
            self.session.told.emit("ok", tr("Set for the next run: {what}.", what=fix_title(fix)),
                                   tr("Undo takes it back."))

    def _on_command(self, command: str) -> None:
        if command == "stop":
            self.session.stop()
        else:
            self._on_speed("full")

    def _on_cursor(self, step: float) -> None:
        series = self._shelf.series(self._focus)
        for part in (self._samples, self._small, self._loss.plot):
            part.set_cursor(step)
        if series is not None:
            self._small.show_values(min(series.steps, key=lambda event: abs(event.step - step), default=None))

    def _focus_on(self, name: str) -> None:
        self._focus = name
        for part in (self._samples, self._small, self._loss.plot):
            part.set_cursor(None)
        self._schedule()

    def _on_overlaid(self, name: str, shown: bool) -> None:
        (self._overlays.add if shown else self._overlays.discard)(name)
        self._schedule()

    def _on_narrowed(self, narrow: bool) -> None:
        self._side.setFixedWidth(252 if narrow else 308)
        self._small.setFixedHeight(106 if narrow else 112)
        self._loss.set_compact(narrow)

    # what the user does

    def _on_start(self) -> None:
        if self._shelf.live():
            self._pause_or_go_on()
        else:
            self.session.train()

    def _pause_or_go_on(self) -> None:
        """Does nothing without a run that trains: a key must not start one."""
        series = self._shelf.live_series()
        if series is not None:
            (self.session.resume if series.is_paused else self.session.pause)()

    def _on_speed(self, speed: str) -> None:
        self._asked_speed = (self._shelf.live(), speed)
        self.session.set_speed(speed)

    @guarded()
    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Space pauses the run that trains and lets it go on; buttons and fields with the focus take it first."""
        if event.key() == Qt.Key.Key_Space and not event.modifiers() and not event.isAutoRepeat():
            self._pause_or_go_on()
        else:
            super().keyPressEvent(event)

    def _on_settings(self) -> None:
        sheet = SettingsSheet(self.session, self)
        sheet.rate_asked.connect(self._on_find_rate)
        sheet.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        sheet.open()

    def _on_compare(self) -> None:
        self._actions.compare([name for name in self._shelf.names() if name == self._focus or name in self._overlays])

    def _on_find_rate(self) -> None:
        if self._rate_sheet is None:
            self._rate_sheet = RateSheet(self.session, self)
        self._rate_sheet.open()

    def _on_save(self) -> None:
        self.session.save_now()

    def _on_stop(self) -> None:
        self.session.stop()

    def _on_continue(self) -> None:
        self.session.continue_run(self._focus)

    def commands(self) -> Sequence[Command]:
        """What can be done here."""
        return (
            Command(tr("Pause or go on"), self._pause_or_go_on, "Ctrl+Space"),  # Space alone presses buttons
            Command(tr("Save a checkpoint now"), self._on_save),
            Command(tr("Training settings"), self._on_settings),
            Command(tr("Find a learning rate"), self._on_find_rate),
            Command(tr("Compare runs"), self._on_compare),
            Command(tr("Sweep over settings"), self._actions.sweep),
            Command(tr("What stands out in this run"), self._strip.open_all),
            Command(tr("Linear or logarithmic loss"), self._toggle_log, "L"),
            Command(tr("Fit the plot"), self._loss.plot.fit, "F"),
            Command(tr("Smooth or not"), self._toggle_smoothing, "S"),
        )

    def _toggle_log(self) -> None:
        key = "linear" if self._loss.scale.value() == "log" else "log"
        self._loss.scale.choose(key)
        self._loss.plot.use(is_log=key == "log")

    def _toggle_smoothing(self) -> None:
        value = 0.0 if self._loss.plot.smoothing else 0.9
        self._loss.smoothing.set_value(value)
        self._loss.plot.use(smoothing=value)
