"""chrF."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from engine.evaluation.metric import Metric
from engine.settings import setting


class Chrf(Metric, kind="chrf", title="chrF"):
    """F-score over sequences of up to six characters, which suits every language and short texts.

    Source: Popović 2015 (doi:10.18653/v1/W15-3049), computed by sacrebleu (Post 2018, arXiv:1804.08771).
    """

    word_order: int = setting(0, "Words too", "Also compare sequences of so many words; 2 makes it chrF++.", low=0,
                              high=2)

    def score(self, answers: Sequence[str], expected: Sequence[str]) -> float:
        """chrF of the whole set."""
        return float(self._chrf().corpus_score(list(answers), [list(expected)]).score) if answers else 0.0

    def score_one(self, answer: str, expected: str) -> float:
        """chrF of one text."""
        return float(self._chrf().sentence_score(answer, [expected]).score)

    def _chrf(self) -> Any:
        from sacrebleu.metrics.chrf import CHRF

        return CHRF(word_order=self.word_order)
