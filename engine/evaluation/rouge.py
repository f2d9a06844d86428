"""ROUGE: what share of words, of pairs of words, or of words in order two texts have in common."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence


def overlap_f1(one: Counter[tuple[str, ...]], other: Counter[tuple[str, ...]]) -> float:
    """F1 of two bags, from 0 to 1."""
    return f1((one & other).total(), one.total(), other.total())


def ngrams(words: Sequence[str], length: int) -> Counter[tuple[str, ...]]:
    """How often each sequence of so many words occurs."""
    return Counter(tuple(words[place:place + length]) for place in range(len(words) - length + 1))


def longest_common(one: Sequence[str], other: Sequence[str]) -> int:
    """Length of the longest common subsequence.

    Source: the bit-parallel way of Hyyrö 2004, Bit-Parallel LCS-length Computation Revisited.
    """
    places: dict[str, int] = {}
    for place, word in enumerate(one):
        places[word] = places.get(word, 0) | 1 << place
    every = (1 << len(one)) - 1
    left = every
    for word in other:
        met = left & places.get(word, 0)
        left = (left + met | left - met) & every
    return len(one) - left.bit_count()


def f1(common: int, one: int, other: int) -> float:
    """F1 of what two sets of these sizes have in common; 0 where that is nothing."""
    return 2 * common / (one + other) if common else 0.0
