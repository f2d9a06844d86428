"""Counting all n-grams of a text, order by order, without a Python loop over tokens.

An n-gram is a pair (rank of its first n-1 tokens, last token), packed in 64 bits: ranks stay below the number of
tokens, so that no order overflows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from engine.tokenizers.tokenizer import BOS_ID
from engine.work import Work

Longs = npt.NDArray[np.int64]


class Counted(Protocol):
    """All different n-grams of one order, in memory or on disk."""

    def __len__(self) -> int:
        """How many there are."""
        ...

    def parts(self) -> Iterator[Level]:
        """All of them in order, as many at a time as may be held in memory."""
        ...


@dataclass
class Level:
    """Different n-grams of one order, sorted.

    `keys` = prefix rank · vocabulary + last token; `suffix` is the rank, one order below, of the n-gram without its
    first token; `raw` how often it occurs; `adjusted` is `raw` for the highest order and for n-grams that begin a
    document, else in how many different n-grams one longer it ends.
    """

    keys: Longs
    suffix: Longs
    raw: Longs
    adjusted: Longs

    def __len__(self) -> int:
        return len(self.keys)

    def parts(self) -> Iterator[Level]:
        """Itself: all is in memory."""
        yield self


def count_levels(ids: npt.NDArray[Any], order: int, vocab_size: int, work: Work) -> list[Level]:
    """Count the n-grams of orders 1 to `order`; documents begin with `bos`, and no n-gram crosses it.

    A document has one `bos` before it, as in KenLM: an n-gram that begins a document is shorter than the order, and
    its count is how often it occurs. Order 1 is dense: rank = token, (vocab_size,). O(order · n log n) time, about
    180 bytes a token at the peak.
    """
    tokens = np.asarray(ids, dtype=np.int64)
    place = _place_in_document(tokens)
    levels = [_single_tokens(tokens, vocab_size)]
    rank = tokens  # of the n-gram that ends at each token
    begins = np.zeros(vocab_size, dtype=bool)  # whether an n-gram of the order below begins a document
    for n in range(2, order + 1):
        work.progress("count", n - 1, order, "orders")
        ends = np.flatnonzero(place >= n - 1)
        keys, at, inverse, raw = _distinct(rank[ends - 1] * vocab_size + tokens[ends])
        level = Level(keys, rank[ends[at]], raw, raw)
        _adjust(levels[-1], level, begins)
        begins = tokens[ends[at] - (n - 1)] == BOS_ID
        rank = np.full(len(tokens), -1, dtype=np.int64)
        rank[ends] = inverse
        levels.append(level)
    levels[0].adjusted[BOS_ID] = levels[0].raw[BOS_ID] = 0  # given, never predicted
    work.progress("count", order, order, "orders")
    return levels


def _place_in_document(tokens: Longs) -> Longs:
    """For each token how many come before it in its document."""
    index = np.arange(len(tokens), dtype=np.int64)
    return index - np.maximum.accumulate(np.where(tokens == BOS_ID, index, 0))


def _single_tokens(tokens: Longs, vocab_size: int) -> Level:
    raw = np.bincount(tokens, minlength=vocab_size).astype(np.int64)
    every = np.arange(vocab_size, dtype=np.int64)
    return Level(every, np.zeros_like(every), raw, raw.copy())


def _distinct(keys: Longs) -> tuple[Longs, Longs, Longs, Longs]:
    """Sorted different keys, a place of each, the rank of every key, and how often each occurs."""
    order = np.argsort(keys)
    ordered = keys[order]
    first = np.flatnonzero(np.concatenate(([True], ordered[1:] != ordered[:-1])) if len(keys) else [])
    raw = np.diff(np.append(first, len(keys)))
    inverse = np.empty(len(keys), dtype=np.int64)
    inverse[order] = np.repeat(np.arange(len(first)), raw)
    return ordered[first], order[first], inverse, raw


def _adjust(below: Level, level: Level, begins: npt.NDArray[np.bool_]) -> None:
    """Count an order by what comes before it, now that the next one is known."""
    different = np.bincount(level.suffix, minlength=len(below))
    below.adjusted = np.where(begins, below.raw, different)
