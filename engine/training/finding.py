"""What the doctor finds in a run: one sentence, its evidence in the curves, and at most one way to mend it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Level = Literal["error", "warn", "info", "ok"]


@dataclass(frozen=True)
class Mark:
    """Evidence in the curves: a point, or with `until` a span of steps. `label` is a few words to write beside it.

    `loss` (nats per token) is the height of a point; None leaves it to the curve.
    """

    step: int
    label: str
    until: int | None = None
    loss: float | None = None


@dataclass(frozen=True)
class Fix:
    """A change of one setting for the next run: `path` as in "training.budget_seconds", `value` as plain data.

    `title` is what a button says, with placeholders filled from `values`.
    """

    title: str
    path: str
    value: Any
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Finding:
    """One thing to say about a run; `text` has placeholders filled from `values`.

    `command` is what can be done to this run while it trains: "stop" or "speed" (full), or nothing.
    """

    rule: str
    level: Level
    text: str
    values: Mapping[str, Any] = field(default_factory=dict)
    marks: tuple[Mark, ...] = ()
    fix: Fix | None = None
    command: Literal["", "stop", "speed"] = ""

    def sentence(self) -> str:
        """The sentence in English, for the command line."""
        return self.text.format_map(dict(self.values))

    def plain(self) -> dict[str, Any]:
        """As plain data, for a line of JSON."""
        return {**asdict(self), "sentence": self.sentence()}
