"""Pieces chosen by a unigram model."""

from __future__ import annotations

from engine.settings import setting
from engine.tokenizers.learning import characters_kept, learn
from engine.tokenizers.sample import Sample
from engine.tokenizers.spec import SpelledSpec
from engine.work import Work


class Unigram(SpelledSpec, kind="unigram"):
    """Keeps the pieces that explain the text best, and cuts each text in its most probable way.

    Source: Kudo 2018 (arXiv:1804.10959), as in sentencepiece (arXiv:1808.06226).
    """

    split_digits: bool = setting(True, "Digits one by one", "Make every digit a token of its own, so that numbers are "
                                 "read alike.", level="advanced")

    def fit(self, sample: Sample, vocab_size: int, work: Work) -> bytes:
        """Learn pieces and their probabilities; see the base."""
        kept = characters_kept(sample, vocab_size, len(self.symbols()), self.byte_fallback)
        self.report_kept(kept, sample, work)
        return learn(sample.with_characters(kept), work, model_type="unigram", vocab_size=vocab_size,
                     byte_fallback=self.byte_fallback, split_digits=self.split_digits,
                     user_defined_symbols=list(self.symbols()))
