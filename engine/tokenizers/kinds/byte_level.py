"""Byte-pair encoding of bytes."""

from __future__ import annotations

from engine.settings import setting
from engine.tokenizers.sample import Sample
from engine.tokenizers.spec import LearnedSpec
from engine.work import Work


class ByteLevel(LearnedSpec, kind="byte-level", title="Bytes"):
    """Merges pairs of bytes, as GPT-2 does: nothing is ever unknown, but rare characters take several tokens.

    Source: Radford et al. 2019 (GPT-2, section 2.2); learned with the `tokenizers` library.
    """

    split_digits: bool = setting(True, "Digits one by one", "Make every digit a token of its own, so that numbers are "
                                 "read alike.", level="advanced")

    def fit(self, sample: Sample, vocab_size: int, work: Work) -> bytes:
        """Learn merges; see the base."""
        from engine.tokenizers.byte_level import learn_byte_level  # its library takes a tenth of a second to load

        return learn_byte_level(sample.pieces(), vocab_size, self.user_symbols, self.split_digits, work)
