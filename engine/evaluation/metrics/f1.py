"""F1 of words."""

from __future__ import annotations

from collections import Counter

from engine.evaluation.metric import Metric
from engine.evaluation.rouge import f1
from engine.evaluation.words import answer_words


class F1(Metric, kind="f1", title="F1"):
    """F-score over the words that answer and expected answer have in common; a Chinese character counts as a word.

    Source: SQuAD (Rajpurkar et al. 2016, arXiv:1606.05250); by character for Chinese as CMRC 2018 (arXiv:1810.07366).
    """

    def score_one(self, answer: str, expected: str) -> float:
        """F1 of one answer; two answers without words are the same."""
        one, other = answer_words(answer), answer_words(expected)
        if not one or not other:
            return 100.0 * (one == other)
        return 100 * f1((Counter(one) & Counter(other)).total(), len(one), len(other))
