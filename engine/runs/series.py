"""A run's curves and standing, gathered from its events: the one source of every number shown."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from engine.events import (
    BEFORE,
    Advised,
    BaselineScored,
    CheckpointSaved,
    CleaningCounted,
    Continued,
    Event,
    JobEnded,
    JobStarted,
    NetworkUsed,
    Notice,
    Paused,
    Planned,
    Progress,
    RateSuggested,
    RateTried,
    SampleWritten,
    SpeedChanged,
    StageDone,
    StageStarted,
    StepDone,
    Validated,
)


@dataclass
class RunSeries:
    """Feeds on events, in order and in any portions; after a restart, what was logged beyond that step is dropped."""

    plan: Planned | None = None
    steps: list[StepDone] = field(default_factory=list)
    validations: list[Validated] = field(default_factory=list)
    baselines: list[BaselineScored] = field(default_factory=list)
    samples: list[SampleWritten] = field(default_factory=list)
    checkpoints: list[CheckpointSaved] = field(default_factory=list)
    advice: list[Advised] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    stages: list[StageDone] = field(default_factory=list)
    stage: str = ""
    progress: Progress | None = None
    cleaning: CleaningCounted | None = None
    """What cleaning has left so far, while that is the stage."""
    is_paused: bool = False
    restarts: list[Continued] = field(default_factory=list)
    speeds: list[SpeedChanged] = field(default_factory=list)
    keeps_awake: bool = False
    """Whether the job keeps the machine from falling asleep."""
    speed: str = ""
    """Quiet, balanced or full; nothing until training began."""
    started: JobStarted | None = None
    ended: JobEnded | None = None
    rates: list[RateTried] = field(default_factory=list)
    suggested: RateSuggested | None = None
    """Of a search for a learning rate."""
    network: str = ""
    """The host of the connection that is open; empty without one."""
    generation: int = 0

    def feed(self, events: Iterable[Event]) -> None:
        """Take in new events. `generation` grows whenever points already taken in were dropped or replaced."""
        for event in events:
            self._feed_one(event)

    @property
    def counted(self) -> list[BaselineScored]:
        """The baselines that were counted: not the earlier model that this run began with."""
        return [each for each in self.baselines if each.title != BEFORE]

    @property
    def best(self) -> Validated | None:
        """The validation with the lowest loss; one that was no number (null in the log) is passed over."""
        numbers = [each for each in self.validations if each.loss is not None]
        return min(numbers, key=lambda each: each.loss, default=None)

    @property
    def fraction(self) -> float | None:
        """Share of the planned steps that are done."""
        if self.plan is None or not self.steps or not self.plan.steps:
            return None
        return min(1.0, self.steps[-1].step / self.plan.steps)

    def _feed_one(self, event: Event) -> None:
        lists = {StepDone: self.steps, Validated: self.validations, BaselineScored: self.baselines,
                 CheckpointSaved: self.checkpoints, Advised: self.advice, Notice: self.notices,
                 StageDone: self.stages, RateTried: self.rates}
        if type(event) in lists:
            lists[type(event)].append(event)  # type: ignore[attr-defined]
        elif isinstance(event, SampleWritten):
            self._feed_sample(event)
        elif isinstance(event, Planned):
            self.plan = event
        elif isinstance(event, Progress):
            self.progress = event
        elif isinstance(event, StageStarted):
            self.stage, self.progress, self.cleaning = event.stage, None, None
        elif isinstance(event, CleaningCounted):
            self.cleaning = event
        elif isinstance(event, JobStarted):
            self.started, self.ended, self.is_paused = event, None, False
        elif isinstance(event, SpeedChanged):
            self.speed, self.keeps_awake = event.speed, event.keeps_awake
            self.speeds.append(event)
        elif isinstance(event, Paused):
            self.is_paused = True
        elif isinstance(event, Continued):
            self._continue(event)
        elif isinstance(event, JobEnded):
            self.ended, self.is_paused, self.network = event, False, ""
        elif isinstance(event, RateSuggested):
            self.suggested = event
        elif isinstance(event, NetworkUsed):
            self.network = event.host

    def _feed_sample(self, event: SampleWritten) -> None:
        last = self.samples[-1] if self.samples else None
        if last and not last.done and (last.step, last.prompt) == (event.step, event.prompt):
            self.samples[-1] = event
        else:
            self.samples.append(event)

    def _continue(self, event: Continued) -> None:
        self.is_paused = False
        if event.after_restart:
            self.generation += 1
            if not event.went_back:
                self.restarts.append(event)
            self.steps = [old for old in self.steps if old.step <= event.step]
            self.validations = [old for old in self.validations if old.step <= event.step]
            self.samples = [old for old in self.samples if old.step <= event.step]
            self.checkpoints = [old for old in self.checkpoints if old.step <= event.step]
            self.notices = [old for old in self.notices if (old.step or 0) <= event.step]


def series_of(events: Iterable[Event]) -> RunSeries:
    """The series of a whole log."""
    series = RunSeries()
    series.feed(events)
    return series
