"""ROUGE-L."""

from __future__ import annotations

from engine.evaluation.metric import Metric
from engine.evaluation.rouge import f1, longest_common
from engine.evaluation.words import words_of


class RougeL(Metric, kind="rouge-l", title="ROUGE-L"):
    """F-score over the longest sequence of words that both texts have in this order; a Chinese character is a word.

    Source: Lin 2004 (aclanthology.org/W04-1013), with the words of Google's rouge-score.
    """

    def score_one(self, answer: str, expected: str) -> float:
        """ROUGE-L of one text."""
        one, other = words_of(answer), words_of(expected)
        return 100 * f1(longest_common(one, other), len(one), len(other))
