"""Exact match."""

from __future__ import annotations

from engine.evaluation.metric import Metric
from engine.evaluation.words import normal_answer


class ExactMatch(Metric, kind="exact-match", title="Exact match"):
    """Share of answers that are the expected one, letter for letter, apart from capitals, marks and articles.

    Source: SQuAD (Rajpurkar et al. 2016, arXiv:1606.05250).
    """

    def score_one(self, answer: str, expected: str) -> float:
        """100 or 0."""
        return 100.0 * (normal_answer(answer) == normal_answer(expected))
