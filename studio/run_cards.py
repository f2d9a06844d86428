"""A run in a few figures, read from its folder: for lists, sparklines and the rail."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.errors import EngineError
from engine.events import Event, from_line
from engine.runs.folder import RunFolder
from engine.runs.history import About, read_about
from engine.runs.log import LogReader
from engine.runs.series import RunSeries
from engine.storage import read_json

_TOLD = ("job-started", "planned", "validated", "baseline-scored", "checkpoint-saved", "continued", "job-ended")
"""Events that are few; of the many (steps, samples) only the last one is read."""


@dataclass(frozen=True)
class RunCard:
    """What a list shows of a run. `status` is that of `RunFolder.status`; figures are None before there are any."""

    name: str
    path: Path
    status: str
    created: float = 0.0
    title: str = ""
    model: str = ""
    parameters: int | None = None
    step: int = 0
    steps: int | None = None
    best: float | None = None
    """Best bits per byte on the validation text."""
    best_step: int | None = None
    validations: tuple[tuple[int, float], ...] = ()
    """(step, bits per byte) of every check, for a sparkline."""
    baseline: float | None = None
    """Bits per byte of the best baseline."""
    prompt: str = ""
    sample: str = ""
    has_checkpoint: bool = False
    checkpoint_step: int | None = None
    what: str = ""
    """Why it failed, if it did."""
    tokens_per_second: float | None = None
    """Speed of its last step."""
    resolved_model: dict[str, Any] = field(default_factory=dict)
    """The model that was trained, as plain settings."""
    recipe: dict[str, Any] = field(default_factory=dict)
    fingerprints: dict[str, str] = field(default_factory=dict)
    vocab_size: int | None = None
    """Pieces of its tokenizer."""
    is_imported: bool = False
    about: About = field(default_factory=About)
    """Title, note and tags that the user gave it."""
    origin: dict[str, Any] = field(default_factory=dict)
    """What it is a variant of: `changes` ("path=value"), `of` (a run) or `sweep`."""
    settings: dict[str, Any] = field(default_factory=dict)
    """`run.toml` as plain data."""

    @property
    def model_settings(self) -> dict[str, Any]:
        """The model it has, as plain settings: as it was trained, or at least as it was asked for."""
        found: dict[str, Any] = self.resolved_model or self.recipe.get("model") or {}
        return found

    @property
    def can_continue(self) -> bool:
        """Whether it ended before its time and has a checkpoint to go on from."""
        return self.status in ("cut-off", "stopped", "failed") and self.has_checkpoint


def read_card(run: RunFolder, is_living: bool = False) -> RunCard:
    """Read a run's figures; a damaged run gives a card that says so, never an error.

    `is_living` spares asking the lock, which a job that is just starting wants to take.
    """
    try:
        settings = run.settings()
        series = _figures(run.log)
        about = read_about(run, settings)
        status = "running" if is_living else run.status()
    except (EngineError, OSError) as error:
        return RunCard(run.name, run.path, "damaged", what=str(error))
    best, plan, ended = series.best, series.plan, series.ended
    sample = series.samples[-1] if series.samples else None
    checkpoint = series.checkpoints[-1] if series.checkpoints else None
    model = settings.get("resolved", {}).get("model") or settings.get("recipe", {}).get("model") or {}
    return RunCard(
        name=run.name, path=run.path, status=status, created=float(settings.get("created", 0.0)),
        title=about.title, model=plan.model if plan else str(model.get("kind", "")),
        parameters=plan.parameters if plan else None, step=series.steps[-1].step if series.steps else 0,
        steps=plan.steps if plan else None, best=best.bits_per_byte if best else None,
        best_step=best.step if best else None,
        validations=tuple((each.step, each.bits_per_byte) for each in series.validations),
        baseline=min((each.bits_per_byte for each in series.counted), default=None),
        prompt=sample.prompt if sample else "", sample=sample.text if sample else "",
        has_checkpoint=checkpoint is not None or _has_saved(run),
        checkpoint_step=checkpoint.step if checkpoint else None,
        what=ended.what if ended and ended.status == "failed" else "",
        tokens_per_second=series.steps[-1].tokens_per_second if series.steps else None,
        resolved_model=settings.get("resolved", {}).get("model") or {},
        recipe=settings.get("recipe", {}), fingerprints=settings.get("fingerprints", {}),
        vocab_size=_vocab_size(run.path), is_imported="imported" in settings,
        about=about, origin=settings.get("origin", {}), settings=settings)


def _vocab_size(run: Path) -> int | None:
    try:
        return int(read_json(run / "tokenizer" / "tokenizer.json")["vocab_size"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _has_saved(run: RunFolder) -> bool:
    """Whether there is a checkpoint that the log could not tell of any more, as on a full disk."""
    return next(run.checkpoints.glob("step-*.safetensors"), None) is not None


def read_series(run: RunFolder) -> RunSeries:
    """All curves and texts of a run; a million events take a few seconds, so ask for it beside the window."""
    series = RunSeries()
    reader = LogReader(run.log)
    while events := reader.read(4 << 20):
        series.feed(events)
    return series


def _figures(log: Path) -> RunSeries:
    series = RunSeries()
    if log.exists():
        series.feed(_few_events(log))
    return series


def _few_events(log: Path) -> Iterator[Event]:
    """The few telling events of a log in order, with the last step and sample before each of them."""
    last: dict[str, bytes] = {}
    with open(log, "rb") as lines:
        for line in lines:
            name = line[11:32].split(b'"', 2)[0].decode("ascii", "replace") if line.startswith(b'{"event": "') else ""
            if name in ("step-done", "sample-written"):
                last[name] = line
            elif name in _TOLD:
                yield from _parsed(*last.values(), line)
                last.clear()
    yield from _parsed(*last.values())


def _parsed(*lines: bytes) -> Iterator[Event]:
    for line in lines:
        try:
            event = from_line(json.loads(line))
        except (ValueError, EngineError):
            continue
        if event is not None:
            yield event
