"""ROUGE-2."""

from __future__ import annotations

from engine.evaluation.metric import Metric
from engine.evaluation.rouge import ngrams, overlap_f1
from engine.evaluation.words import words_of


class Rouge2(Metric, kind="rouge-2", title="ROUGE-2"):
    """F-score over the pairs of words that both texts have in common; a Chinese character counts as a word.

    Source: Lin 2004 (aclanthology.org/W04-1013), with the words of Google's rouge-score.
    """

    def score_one(self, answer: str, expected: str) -> float:
        """ROUGE-2 of one text."""
        return 100 * overlap_f1(ngrams(words_of(answer), 2), ngrams(words_of(expected), 2))
