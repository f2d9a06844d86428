"""Accuracy."""

from __future__ import annotations

from engine.evaluation.metric import Metric


class Accuracy(Metric, kind="accuracy", title="Accuracy"):
    """Share of labels that are the expected ones.

    Source: the usual definition, as in Manning, Raghavan and Schütze 2008, section 8.3.
    """

    def score_one(self, answer: str, expected: str) -> float:
        """100 or 0."""
        return 100.0 * (answer.strip() == expected.strip())
