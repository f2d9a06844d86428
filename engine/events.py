"""Everything a job says, as frozen values, one JSON line each: this is the protocol between engine and window."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

from engine.errors import EngineError


@dataclass(frozen=True, kw_only=True)
class Event:
    """Base of all events. `seconds` is job time: seconds of work since the job began, pauses and gaps left out."""

    name: ClassVar[str] = ""
    seconds: float = 0.0

    def __init_subclass__(cls, name: str, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.name = name
        _BY_NAME[name] = cls


_BY_NAME: dict[str, type[Event]] = {}


@dataclass(frozen=True, kw_only=True)
class JobStarted(Event, name="job-started"):
    """The first word of a job, also after each resume. `time` is the wall clock in seconds since 1970, for display."""

    verb: str
    process: int
    time: float
    version: str
    threads: int = 0
    device: str = "cpu"


@dataclass(frozen=True, kw_only=True)
class StageStarted(Event, name="stage-started"):
    """A stage (fetch, read, clean, tokenizer, tokens, plan, baseline, rate, train, check) begins."""

    stage: str


@dataclass(frozen=True, kw_only=True)
class Progress(Event, name="progress"):
    """How far a stage is; `total` None means the length is not known. At most 10 a second."""

    stage: str
    done: int
    total: int | None
    unit: str
    seconds_left: float | None = None
    detail: str = ""


@dataclass(frozen=True, kw_only=True)
class StageDone(Event, name="stage-done"):
    """A stage has its result in `folder` (relative to the project); `reused` when it was there already."""

    stage: str
    folder: str = ""
    reused: bool = False
    summary: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class CleaningCounted(Event, name="cleaning-counted"):
    """What cleaning has left so far: at most twice a second, and at the end.

    `left` has [documents, characters] for the corpus before any step, under "", and for each step by its kind, in
    order; `documents` and `characters` are those of the whole corpus.
    """

    documents: int
    characters: int
    left: dict[str, list[int]]


@dataclass(frozen=True, kw_only=True)
class CleaningMeasured(Event, name="cleaning-measured"):
    """Bits per character of clean text by a 5-gram of `raw` and of `cleaned` text; see engine.training.effect."""

    raw: float
    cleaned: float
    characters: int
    held_out: int


@dataclass(frozen=True, kw_only=True)
class Advised(Event, name="advised"):
    """Something chosen for the user: the setting's path, the value, and why, with `values` for the placeholders."""

    path: str
    value: Any
    reason: str
    values: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Notice(Event, name="notice"):
    """A plain sentence for the user, with {placeholders} filled from `values`; `code` names the rule that spoke."""

    level: Literal["info", "ok", "warn", "error"]
    code: str
    text: str
    values: dict[str, Any] = field(default_factory=dict)
    step: int | None = None


@dataclass(frozen=True, kw_only=True)
class Planned(Event, name="planned"):
    """What the run is about to do, after all choices are made."""

    model: str
    parameters: int
    steps: int
    tokens_per_step: int
    training_tokens: int
    bytes_per_token: float
    memory_bytes: int
    expected_seconds: float | None = None
    learning_parameters: int | None = None
    """Those that learn, where others are frozen."""


BEFORE = "Before"
"""The title of an earlier model that was scored before it went on learning."""


@dataclass(frozen=True, kw_only=True)
class BaselineScored(Event, name="baseline-scored"):
    """A simple model, or an earlier one before it goes on learning, scored on the same validation tokens.

    It is a dashed line in the plot.
    """

    title: str
    loss: float  # nats per token
    bits_per_byte: float


@dataclass(frozen=True, kw_only=True)
class StepDone(Event, name="step-done"):
    """Means since the last such event, at most 20 a second. Loss in nats per token."""

    step: int
    tokens: int
    loss: float
    bits_per_byte: float
    learning_rate: float
    gradient_norm: float
    tokens_per_second: float
    memory_bytes: int
    seconds_left: float | None = None
    epoch: float = 0.0


@dataclass(frozen=True, kw_only=True)
class RateTried(Event, name="rate-tried"):
    """One step of a search for a learning rate: the loss (nats per token) before it, plain and smoothed."""

    step: int
    learning_rate: float
    loss: float
    smoothed: float


@dataclass(frozen=True, kw_only=True)
class RateSuggested(Event, name="rate-suggested"):
    """What a search for a learning rate came to, and why, with `values` for the placeholders.

    `optimizer` is the optimizer of the search with all its rates as suggested, as plain settings.
    """

    learning_rate: float
    reason: str
    values: dict[str, Any] = field(default_factory=dict)
    optimizer: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Validated(Event, name="validated"):
    """Loss on the validation split (nats per token) with the weights as they are at `step`.

    `dead_units` is the share of inner units that never acted on it, `unused_rows` that of table rows that were never
    learnt; None where the model has none.
    """

    step: int
    loss: float
    bits_per_byte: float
    is_best: bool
    tokens: int = 0
    dead_units: float | None = None
    unused_rows: float | None = None


@dataclass(frozen=True, kw_only=True)
class SampleWritten(Event, name="sample-written"):
    """A piece of a sample: `text` is all of it so far; the last piece has `done`."""

    step: int
    prompt: str
    text: str
    seed: int
    done: bool


@dataclass(frozen=True, kw_only=True)
class CheckpointSaved(Event, name="checkpoint-saved"):
    """A checkpoint is whole and durable. `why`: time, best, asked, stop or last."""

    step: int
    file: str
    is_best: bool
    why: str
    size_bytes: int = 0


@dataclass(frozen=True, kw_only=True)
class Paused(Event, name="paused"):
    """The job waits; it goes on at `Continued`."""

    step: int


@dataclass(frozen=True, kw_only=True)
class SpeedChanged(Event, name="speed-changed"):
    """How much of the machine training takes from now on: quiet, balanced or full. Also said when it begins.

    `keeps_awake` whether the machine is kept from falling asleep meanwhile.
    """

    speed: str
    keeps_awake: bool = False


@dataclass(frozen=True, kw_only=True)
class Continued(Event, name="continued"):
    """The job goes on from `step`: after a pause, or after a restart, when everything logged after it is void.

    `exact` False means that not all needed to repeat the run was there; `missing` says what. `went_back` when no
    restart was the reason, but a loss that jumped or was no number; what was logged after that step is void as well.
    """

    step: int
    after_restart: bool
    exact: bool = True
    missing: tuple[str, ...] = ()
    went_back: bool = False


@dataclass(frozen=True, kw_only=True)
class NetworkUsed(Event, name="network-used"):
    """A connection to `host` was opened; with an empty `host`, the last one was closed."""

    host: str = ""


@dataclass(frozen=True, kw_only=True)
class JobEnded(Event, name="job-ended"):
    """The last word, exactly once. A job without one was cut off."""

    status: Literal["done", "stopped", "failed"]
    what: str = ""
    expected: str = ""
    fix: str = ""
    details: str = ""
    summary: dict[str, Any] = field(default_factory=dict)


def to_line(event: Event) -> dict[str, Any]:
    """An event as a plain object for one JSON line."""
    return {"event": event.name, **{f.name: getattr(event, f.name) for f in dataclasses.fields(event)}}


def from_line(line: dict[str, Any]) -> Event | None:
    """An event read back; None for a name that this version does not know, so that newer logs can still be read."""
    known = _BY_NAME.get(str(line.get("event")))
    if known is None:
        return None
    names = {f.name for f in dataclasses.fields(known)}
    values: Any = {key: tuple(value) if key == "missing" else value for key, value in line.items() if key in names}
    try:
        return known(**values)
    except TypeError as error:
        raise EngineError(f"The log has a damaged line: {error}.", "A line written by Wenlu was expected.",
                          "The rest of the log can still be read.") from error


