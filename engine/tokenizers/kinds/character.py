"""One token a character."""

from __future__ import annotations

from engine.tokenizers.advice import META_PIECES
from engine.tokenizers.learning import learn
from engine.tokenizers.sample import Sample
from engine.tokenizers.spec import SpelledSpec
from engine.work import Work


class Character(SpelledSpec, kind="character", title="Characters"):
    """Makes every character a token; simple to understand, but texts become long.

    Source: sentencepiece's character model (arXiv:1808.06226).
    """

    def default_size(self, sample: Sample) -> int:
        """Room for all characters but the very rare ones."""
        return max(self.smallest_size(), self._beside() + sample.covering(0.9995 if self.byte_fallback else 1.0))

    def fit(self, sample: Sample, vocab_size: int, work: Work) -> bytes:
        """Take the most frequent characters; see the base."""
        kept = min(vocab_size - self._beside(), len(sample.characters))
        self.report_kept(kept, sample, work)
        return learn(sample.with_characters(kept), work, model_type="char", vocab_size=vocab_size,
                     byte_fallback=self.byte_fallback, user_defined_symbols=list(self.symbols()))

    def _beside(self) -> int:
        """Pieces that are no characters of the text, and the space."""
        return (META_PIECES if self.byte_fallback else 4) + len(self.symbols()) + 1
