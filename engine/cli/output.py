"""What verbs print: JSON lines for programs, short lines for people; nothing else in the engine prints."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable
from typing import Any

from engine.errors import EngineError
from engine.events import (
    Advised,
    BaselineScored,
    CheckpointSaved,
    CleaningMeasured,
    Continued,
    Event,
    JobEnded,
    Notice,
    Planned,
    Progress,
    RateSuggested,
    RateTried,
    SampleWritten,
    SpeedChanged,
    StageDone,
    StepDone,
    Validated,
    to_line,
)


class Output:
    """Standard output of one verb."""

    def __init__(self, as_json: bool) -> None:
        self.as_json = as_json
        self._last_step = float("-inf")
        self._on_progress_line = False

    def object(self, value: dict[str, Any], text: str = "") -> None:
        """One result: the object as JSON, or the text for people."""
        self._line(json.dumps(value, ensure_ascii=False, default=str) if self.as_json else text)

    def event(self, event: Event) -> None:
        """One event of a job."""
        if self.as_json:
            self._line(json.dumps(to_line(event), ensure_ascii=False))
            return
        if isinstance(event, Progress):
            self._progress(event)
        elif isinstance(event, StepDone):
            self._step(event)
        elif type(event) in _TEXTS and (text := _TEXTS[type(event)](event)):
            self._line(text)

    def error(self, error: EngineError) -> None:
        """An error the user can mend, on standard error (and as an object with --json)."""
        if self.as_json:
            self._line(json.dumps({"error": {"what": error.what, "expected": error.expected, "fix": error.fix,
                                             "path": list(error.path)}}, ensure_ascii=False))
        print(f"wenlu-engine: {error}", file=sys.stderr)

    def _progress(self, event: Progress) -> None:
        if not sys.stdout.isatty():
            return
        total = f" of {event.total}" if event.total is not None else ""
        left = f", {event.seconds_left:.0f} s left" if event.seconds_left else ""
        print(f"\r\x1b[K{event.stage}: {event.done}{total} {event.unit}{left}", end="", flush=True)
        self._on_progress_line = True

    def _step(self, event: StepDone) -> None:
        if event.seconds - self._last_step < 2:
            return
        self._last_step = event.seconds
        left = f", {event.seconds_left:.0f} s left" if event.seconds_left is not None else ""
        self._line(f"step {event.step}: training {event.bits_per_byte:.3f} bits/byte, "
                   f"{event.tokens_per_second:.0f} tokens/s{left}")

    def _line(self, text: str) -> None:
        if self._on_progress_line:
            print("\r\x1b[K", end="")
            self._on_progress_line = False
        print(text, flush=True)


def _filled(event: Notice | Advised | RateSuggested, text: str) -> str:
    try:
        return text.format(**event.values)
    except (KeyError, IndexError, ValueError):
        return text


def _ended(event: JobEnded) -> str:
    words = " ".join(part for part in (event.what, event.expected, event.fix) if part)
    return f"{event.status}. {words}".rstrip() + (f"\n{event.details}" if "\n" in event.details else "")


_TOLD = {"new": "new", "unchanged": "unchanged", "left_out": "left out",
         "documents": "documents", "characters": "characters", "skipped_count": "skipped", "vocab_size": "pieces"}

_TEXTS: dict[type[Event], Callable[[Any], str]] = {
    StageDone: lambda e: f"{e.stage}: {'there already' if e.reused else 'done'}"
                         + "".join(f", {e.summary[key]} {word}" for key, word in _TOLD.items() if key in e.summary),
    CleaningMeasured: lambda e: f"5-gram, bits per character of clean text: {e.raw:.3f} before, {e.cleaned:.3f} after",
    Advised: lambda e: f"chosen: {e.path} = {e.value} ({_filled(e, e.reason)})",
    RateTried: lambda e: f"rate {e.learning_rate:.2e}: loss {e.smoothed:.3f}",
    RateSuggested: lambda e: f"suggested: training.optimizer.learning_rate={e.learning_rate:g} "
                             f"({_filled(e, e.reason)})",
    Notice: lambda e: f"{e.level}: {_filled(e, e.text)}",
    Planned: lambda e: f"plan: {e.model}, {e.parameters} parameters"
                       + (f" of which {e.learning_parameters} learn" if e.learning_parameters is not None else "")
                       + f", {e.steps} steps of {e.tokens_per_step} tokens"
                       + (f", about {math.ceil(e.expected_seconds)} s" if e.expected_seconds else ""),
    BaselineScored: lambda e: f"{e.title}: {e.bits_per_byte:.4f} bits/byte on validation",
    Validated: lambda e: f"step {e.step}: validation {e.bits_per_byte:.4f} bits/byte{' (best)' if e.is_best else ''}",
    SampleWritten: lambda e: f"sample at step {e.step}: {e.prompt}{e.text}" if e.done else "",
    CheckpointSaved: lambda e: f"saved: {e.file} ({e.why})",
    Continued: lambda e: f"goes on from step {e.step}" + ("" if e.exact else f", not exactly: {', '.join(e.missing)}"),
    SpeedChanged: lambda e: f"speed: {e.speed}",
    JobEnded: _ended,
}
