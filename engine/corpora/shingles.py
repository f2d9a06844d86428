"""Texts as sets of overlapping word sequences, by which nearly equal texts are told."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np
import numpy.typing as npt

U32 = npt.NDArray[np.uint32]
U64 = npt.NDArray[np.uint64]

WORDS = 5
"""How many words, or Chinese, Japanese and Korean characters, make a shingle."""
FEWEST_LETTERS = 40
"""A shorter text has no shingles: a single changed word would change nearly all of them."""

_SINGLE = ((0x3040, 0x30FF), (0x3400, 0x9FFF), (0xAC00, 0xD7AF), (0xF900, 0xFAFF), (0x20000, 0x3FFFF))
_CODES = 0x110000
_BASE = 0x9E6C63D0876A9A8D
_AT_ONCE = 200_000
_RANDOM = np.random.Generator(np.random.PCG64(20_251_124))
_IN_SHINGLE = _RANDOM.integers(0, 2**63, WORDS, np.uint64) * np.uint64(2) + np.uint64(1)


@dataclass(frozen=True)
class Shingles:
    """Hashes of the different shingles of some texts, one after another: sorted within each text.

    `hashes` (all,); those of text i are `hashes[bounds[i]:bounds[i + 1]]`, `bounds` (texts + 1,).
    """

    hashes: U32
    bounds: npt.NDArray[np.int64]

    def of(self, place: int) -> U32:
        """The hashes of one text."""
        return self.hashes[self.bounds[place]:self.bounds[place + 1]]


@cache
def _kinds() -> npt.NDArray[np.uint8]:
    """For every character: 0 for none of a word, 1 for part of a word, 2 for a word of its own."""
    kinds = np.fromiter((chr(code).isalnum() for code in range(0x30000)), np.uint8, 0x30000)
    kinds = np.concatenate((kinds, np.zeros(_CODES - len(kinds), np.uint8)))
    for first, last in _SINGLE:
        kinds[first:last + 1] *= 2
    kinds[0x30000:0x40000] = 2
    return kinds


def shingles_of(texts: Sequence[str]) -> Shingles:
    """The shingles of each text: sequences of five words in small letters, whatever stands between them.

    A word is a run of letters and digits; a Chinese, Japanese or Korean character is one by itself. Many texts at
    once are faster than one by one.
    """
    plain = [_plain(text) for text in texts]
    groups: list[list[str]] = [[]]
    size = 0
    for text in plain:
        if size > _AT_ONCE:
            groups.append([])
            size = 0
        groups[-1].append(text)
        size += len(text)
    parts = [_shingles(group) for group in groups if group]
    bounds = np.cumsum(np.concatenate([np.zeros(1, np.int64), *(np.diff(part.bounds) for part in parts)]))
    return Shingles(np.concatenate([np.zeros(0, np.uint32), *(part.hashes for part in parts)]), bounds)


def _shingles(texts: list[str]) -> Shingles:
    joined = "\n".join([*texts, ""])
    codes: npt.NDArray[np.integer] = (
        np.frombuffer(joined.encode("ascii"), np.uint8) if joined.isascii()
        else np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), "<u4"))
    kinds = _kinds()[codes]
    is_letter = kinds > 0
    begins = np.empty(len(kinds), np.bool_)
    begins[:1] = is_letter[:1]
    np.logical_or(~is_letter[:-1], (kinds[1:] | kinds[:-1]) >= 2, out=begins[1:])
    begins &= is_letter
    starts = np.cumsum([0, *(len(text) + 1 for text in texts[:-1])])
    letters = np.add.reduceat(is_letter, starts, dtype=np.int64)
    words_of = np.add.reduceat(begins, starts, dtype=np.int64)
    first = np.flatnonzero(begins[is_letter])  # of each word, among the letters
    if not len(first):
        return Shingles(np.zeros(0, np.uint32), np.zeros(len(texts) + 1, np.int64))
    values = codes[is_letter].astype(np.uint64)
    power, inverse = _powers(1 << max(18, len(values).bit_length()))
    values *= power[:len(values)]
    words = np.add.reduceat(values, first) * inverse[first]
    return _distinct(words, np.repeat(np.arange(len(texts)), words_of), letters >= FEWEST_LETTERS)


@lru_cache(maxsize=1)
def _powers(count: int) -> tuple[U64, U64]:
    """Powers of an odd number and of its inverse modulo 2^64: a word's hash is the same wherever it stands."""
    power, inverse = np.full(count, _BASE, np.uint64), np.full(count, pow(_BASE, -1, 1 << 64), np.uint64)
    power[0] = inverse[0] = 1
    return np.cumprod(power), np.cumprod(inverse)


def _distinct(words: U64, text_of_word: npt.NDArray[np.int64], is_long: npt.NDArray[np.bool_]) -> Shingles:
    count = len(words) - WORDS + 1
    if count < 1:
        return Shingles(np.zeros(0, np.uint32), np.zeros(len(is_long) + 1, np.int64))
    mixed = np.zeros(count, np.uint64)
    for place, factor in enumerate(_IN_SHINGLE):
        mixed += words[place:place + count] * factor
    mixed = (mixed ^ mixed >> np.uint64(29)) * np.uint64(0xBF58476D1CE4E5B9)
    text = text_of_word[:count]
    counts = (text == text_of_word[WORDS - 1:]) & is_long[text]
    keys = np.sort(text[counts].astype(np.uint64) << np.uint64(32) | mixed[counts] >> np.uint64(32))
    keys = keys[np.concatenate(([True], keys[1:] != keys[:-1]))] if len(keys) else keys
    bounds = np.searchsorted(keys, np.arange(len(is_long) + 1, dtype=np.uint64) << np.uint64(32))
    return Shingles(keys.astype(np.uint32), bounds)


def _plain(text: str) -> str:
    if text.isascii() or unicodedata.is_normalized("NFC", text):
        return text.lower()
    return unicodedata.normalize("NFC", text).lower()


def jaccard(one: U32, other: U32) -> float:
    """The share of shingles that two texts have in common, of all that either has."""
    if not len(one) or not len(other):
        return 0.0
    both = np.concatenate((one, other))
    both.sort()
    common = int(np.count_nonzero(both[1:] == both[:-1]))
    return common / (len(both) - common)
