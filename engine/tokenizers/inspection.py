"""Looking at a tokenizer: the tokens of a text, and the vocabulary with counts."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from engine.tokenizers.token_file import TokenFile
from engine.tokenizers.tokenizer import PAD_ID, Tokenizer

COUNTED_AT_ONCE = 1 << 22


@dataclass(frozen=True, slots=True)
class TextToken:
    """What a part of a text, characters `start` to `end`, became: one id, or several where it is spelled in bytes."""

    text: str
    ids: tuple[int, ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class VocabularyRow:
    """One piece: as people read it, its size, and how often it occurs in the corpus (None: not counted)."""

    id: int
    piece: str
    size_bytes: int
    count: int | None


def text_tokens(tokenizer: Tokenizer, text: str) -> list[TextToken]:
    """Cut a text; ids that together make one character stay together."""
    found: list[TextToken] = []
    waiting: list[int] = []
    for each, start, end in tokenizer.spans(text):
        waiting.append(each)
        if end > start:
            found.append(TextToken(text[start:end], tuple(waiting), start, end))
            waiting = []
    return found


def token_counts(token_file: TokenFile) -> npt.NDArray[np.int64]:
    """How often each id occurs in a split, (vocab_size,); reads the file in parts."""
    counts = np.zeros(token_file.vocab_size, dtype=np.int64)
    for start in range(0, token_file.tokens, COUNTED_AT_ONCE):
        counts += np.bincount(token_file.ids[start:start + COUNTED_AT_ONCE], minlength=token_file.vocab_size)
    return counts


def vocabulary(tokenizer: Tokenizer, counts: npt.NDArray[np.int64] | None = None) -> list[VocabularyRow]:
    """All pieces in the order of their ids."""
    return [VocabularyRow(each, tokenizer.piece(each), len(tokenizer.piece_bytes(each)),
                          None if counts is None else int(counts[each])) for each in range(tokenizer.vocab_size)]


def piece_lengths(tokenizer: Tokenizer) -> dict[int, float]:
    """Share of the vocabulary by size of its pieces in bytes; single bytes and marks such as `<s>` are left out."""
    sizes = Counter(len(tokenizer.piece_bytes(each)) for each in range(PAD_ID + 1, tokenizer.vocab_size)
                    if not tokenizer.is_byte(each))
    return {size: sizes[size] / sizes.total() for size in sorted(sizes)}


def made_of(tokenizer: Tokenizer, each: int) -> tuple[str, str] | None:
    """The two pieces that BPE merged into this one; None for a single character and for other kinds."""
    text = tokenizer.piece_bytes(each).decode("utf-8", "replace")
    if tokenizer.kind != "bpe" or len(text) < 2 or each <= PAD_ID or text in tokenizer.symbols:
        return None
    parts = list(text)
    while len(parts) > 2:
        ranks = [tokenizer.id_of(left + right) for left, right in pairwise(parts)]
        earlier = [(rank, place) for place, rank in enumerate(ranks) if rank is not None and rank < each]
        if not earlier:
            return None
        _, place = min(earlier)
        parts[place:place + 2] = [parts[place] + parts[place + 1]]
    return parts[0], parts[1]
