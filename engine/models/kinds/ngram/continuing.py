"""Counting on: the counts of a new text added to those that an earlier model holds, as if both had been one text."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from engine.models.kinds.ngram.counts import Level, Longs
from engine.models.kinds.ngram.model import NGram, Table
from engine.tokenizers.tokenizer import BOS_ID


def counted_on(earlier: NGram, levels: Sequence[Level], vocab_size: int, by_beginnings: bool) -> list[Level]:
    """The n-grams of both, order by order, in memory.

    `by_beginnings` says that counts below the highest order are of different tokens before, as in Kneser-Ney: those
    are counted anew from what is known of the next order. The vocabulary may have grown since.
    """
    found = [_single_tokens(earlier.tables[0], levels[0], vocab_size)]
    begins = [np.arange(vocab_size) == BOS_ID]
    places = np.arange(earlier.vocab_size), np.arange(vocab_size)  # of the earlier and the new ones among all
    for table, level in zip(earlier.tables[1:], levels[1:], strict=True):
        below = found[-1]
        older = places[0][table.keys // earlier.vocab_size] * vocab_size + table.keys % earlier.vocab_size
        newer = places[1][level.keys // vocab_size] * vocab_size + level.keys % vocab_size
        keys, place = np.unique(np.concatenate([older, newer]), return_inverse=True)
        places = place[:len(older)], place[len(older):]
        raw = np.zeros(len(keys), dtype=np.int64)
        raw[places[0]] += table.counts
        raw[places[1]] += level.raw
        context, last = keys // vocab_size, keys % vocab_size
        suffix: Longs = below.keys.searchsorted(below.suffix[context] * vocab_size + last)
        found.append(Level(keys, suffix, raw, raw.copy()))
        begins.append(begins[-1][context])
    if by_beginnings:
        begins[0] = np.zeros(vocab_size, dtype=bool)
        _adjust(found, begins)
    found[0].raw[BOS_ID] = found[0].adjusted[BOS_ID] = 0  # given, never predicted
    return found


def _single_tokens(table: Table, level: Level, vocab_size: int) -> Level:
    raw = level.raw.copy()
    raw[:len(table.counts)] += table.counts
    every = np.arange(vocab_size, dtype=np.int64)
    return Level(every, np.zeros_like(every), raw, raw.copy())


def _adjust(levels: Sequence[Level], begins: Sequence[npt.NDArray[np.bool_]]) -> None:
    """All but the highest order by what comes before; an n-gram that begins a document by how often it occurs."""
    for below, level, is_first in zip(levels, levels[1:], begins, strict=False):
        below.adjusted = np.where(is_first, below.raw, np.bincount(level.suffix, minlength=len(below)))
