"""Macro F1."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from engine.evaluation.metric import Metric
from engine.evaluation.rouge import f1


class MacroF1(Metric, kind="macro-f1", title="Macro F1"):
    """Mean over all labels of the F-score of each, so that rare labels count as much as frequent ones.

    Source: Manning, Raghavan and Schütze 2008, section 13.6.
    """

    def score(self, answers: Sequence[str], expected: Sequence[str]) -> float:
        """The mean over the labels that were expected or given."""
        given, wanted = [each.strip() for each in answers], [each.strip() for each in expected]
        right = Counter(one for one, other in zip(given, wanted, strict=True) if one == other)
        had, should = Counter(given), Counter(wanted)
        labels = {*given, *wanted}
        return 100 * sum(f1(right[label], had[label], should[label]) for label in labels) / max(1, len(labels))

    def score_one(self, answer: str, expected: str) -> float:
        """100 or 0."""
        return 100.0 * (answer.strip() == expected.strip())
