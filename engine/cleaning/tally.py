"""What every step did to how many documents."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from engine.cleaning.step import CleaningStep
from engine.corpora.manifest import StepFigures
from engine.corpora.summed import Summed


@dataclass
class Counts(Summed):
    """What one step did: documents and characters are those left after it."""

    documents: int = 0
    characters: int = 0
    changed: int = 0
    dropped: int = 0
    seconds: float = 0.0
    reasons: Counter[str] = field(default_factory=Counter)
    noted: Counter[str] = field(default_factory=Counter)


class Tally:
    """Counts for the corpus before any step, at `raw`, and for each step in order, at `steps`."""

    def __init__(self, steps: int) -> None:
        self.raw = Counts()
        self.steps = [Counts() for _ in range(steps)]

    def merge(self, other: Tally) -> None:
        """Count what another tally of the same steps has counted after this one."""
        for own, more in zip((self.raw, *self.steps), (other.raw, *other.steps), strict=True):
            own.merge(more)

    def left(self, steps: Sequence[CleaningStep]) -> dict[str, list[int]]:
        """Documents and characters left so far by each step, under its kind; under "" those of the corpus."""
        kinds = ["", *(step.kind for step in steps)]
        return {kind: [counts.documents, counts.characters]
                for kind, counts in zip(kinds, (self.raw, *self.steps), strict=True)}

    def to_plain(self) -> list[dict[str, Any]]:
        """The counts as plain data."""
        return [counts.to_plain() for counts in (self.raw, *self.steps)]

    @classmethod
    def from_plain(cls, plain: Sequence[Mapping[str, Any]]) -> Tally:
        """A tally of what `to_plain` gave."""
        tally = cls(len(plain) - 1)
        tally.raw, *tally.steps = map(Counts.from_plain, plain)
        return tally

    def figures(self, steps: Sequence[CleaningStep]) -> tuple[StepFigures, ...]:
        """The counts under the names of the steps; the first entry, of kind "", is the corpus before any step."""
        raw = StepFigures("", "Raw", self.raw.documents, self.raw.characters)
        return (raw, *(
            StepFigures(step.kind, step.title, counts.documents, counts.characters, counts.changed, counts.dropped,
                        round(counts.seconds, 3), dict(counts.reasons.most_common()), dict(counts.noted.most_common()))
            for step, counts in zip(steps, self.steps, strict=True)))


def without_times(figures: Sequence[StepFigures]) -> tuple[StepFigures, ...]:
    """The same figures but for seconds, which are never the same twice."""
    return tuple(dataclasses.replace(each, seconds=0.0) for each in figures)
