"""What every metric is: a number from 0 to 100 for answers beside what was expected."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence

from engine.settings import Family


class Metric(Family, folder="engine.evaluation.metrics"):
    """How near answers are to the expected ones: from 0, nothing in common, to 100, the same."""

    def score(self, answers: Sequence[str], expected: Sequence[str]) -> float:
        """The figure of all answers together; 0 for none. The mean over examples, unless the metric says otherwise."""
        found = [self.score_one(*pair) for pair in zip(answers, expected, strict=True)]
        return sum(found) / len(found) if found else 0.0

    @abstractmethod
    def score_one(self, answer: str, expected: str) -> float:
        """The figure of one answer, to find the best and worst."""
