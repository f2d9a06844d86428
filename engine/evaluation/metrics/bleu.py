"""BLEU."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from engine.evaluation.metric import Metric
from engine.evaluation.words import is_chinese
from engine.settings import setting

Words = Literal["auto", "13a", "zh", "char"]


class Bleu(Metric, kind="bleu", title="BLEU"):
    """Share of sequences of up to four words that also stand in the expected text, less for answers too short.

    Source: Papineni et al. 2002 (doi:10.3115/1073083.1073135), computed by sacrebleu (Post 2018, arXiv:1804.08771).
    """

    words: Words = setting("auto", "Words", "How texts are cut into words before they are compared.", choices={
        "auto": "By the language", "13a": "As mteval-v13a, for most languages", "zh": "Chinese by character",
        "char": "All by character"})

    def score(self, answers: Sequence[str], expected: Sequence[str]) -> float:
        """BLEU of the whole set."""
        return float(self._bleu(list(expected)).corpus_score(list(answers), [list(expected)]).score) if answers else 0.0

    def score_one(self, answer: str, expected: str) -> float:
        """BLEU of one text, over as many lengths of sequences as it has."""
        return float(self._bleu([expected], effective_order=True).sentence_score(answer, [expected]).score)

    def _bleu(self, expected: list[str], effective_order: bool = False) -> Any:
        from sacrebleu.metrics.bleu import BLEU

        words = ("zh" if is_chinese(expected) else "13a") if self.words == "auto" else self.words
        return BLEU(tokenize=words, effective_order=effective_order)
