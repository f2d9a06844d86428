"""Texts as sets of overlapping word sequences, by which nearly equal texts are told."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np
import numpy.typing as npt

from engine.corpora.sameness import is_alphanumeric

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
    kinds = np.zeros(_CODES, np.uint8)
    kinds[:0x30000] = is_alphanumeric()
    for first, last in _SINGLE:
        kinds[first:last + 1] *= 2
    kinds[0x30000:0x40000] = 2
    return kinds


def shingles_of(texts: Sequence[str]) -> Shingles:
    """The shingles of each text: sequences of five words in small letters, whatever stands between them.

    A word is a run of letters and digits; a Chinese, Japanese or Korean character is one by itself. Many texts at
    once are faster than one by one.
    """
    groups: list[list[str]] = [[]]
    size = 0
    for text in texts:
        if size > _AT_ONCE:
            groups.append([])
            size = 0
        groups[-1].append(text)
        size += len(text)
    parts = [_shingles(group) for group in groups if group]
    bounds = np.cumsum(np.concatenate([np.zeros(1, np.int64), *(np.diff(part.bounds) for part in parts)]))
    return Shingles(np.concatenate([np.zeros(0, np.uint32), *(part.hashes for part in parts)]), bounds)


@dataclass(frozen=True)
class Words:
    """The words of some texts: a hash, the number of its text and whether it is a single character, for each.

    `letters` says how many letters and digits each text has.
    """

    hashes: U64
    text: npt.NDArray[np.int64]
    is_single: npt.NDArray[np.bool_]
    letters: npt.NDArray[np.int64]


def words_in(texts: Sequence[str]) -> Words:
    """The words of each text, in small letters; a Chinese, Japanese or Korean character is one by itself."""
    plain = [_plain(text) for text in texts]
    joined = "\n".join([*plain, ""])
    codes: npt.NDArray[np.integer] = (
        np.frombuffer(joined.encode("ascii"), np.uint8) if joined.isascii()
        else np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), "<u4"))
    kinds = _kinds()[codes]
    is_letter = kinds > 0
    begins = np.empty(len(kinds), np.bool_)
    begins[:1] = is_letter[:1]
    np.logical_or(~is_letter[:-1], (kinds[1:] | kinds[:-1]) >= 2, out=begins[1:])
    begins &= is_letter
    starts = np.cumsum([0, *(len(text) + 1 for text in plain[:-1])])
    letters = np.add.reduceat(is_letter, starts, dtype=np.int64)
    text = np.repeat(np.arange(len(texts)), np.add.reduceat(begins, starts, dtype=np.int64))
    first = np.flatnonzero(begins[is_letter])  # of each word, among the letters
    values = codes[is_letter].astype(np.uint64)
    power, inverse = _powers(1 << max(18, len(values).bit_length()))
    values *= power[:len(values)]
    hashes = np.add.reduceat(values, first) * inverse[first] if len(first) else np.zeros(0, np.uint64)
    return Words(hashes, text, kinds[begins] == 2, letters)


def runs_of(words: Words, count: int) -> tuple[U64, npt.NDArray[np.bool_]]:
    """A hash for each run of `count` words, by its first, and whether the run lies in one text."""
    runs = max(0, len(words.hashes) - count + 1)
    mixed = np.zeros(runs, np.uint64)
    for place, factor in enumerate(_factors(count)):
        mixed += words.hashes[place:place + runs] * factor
    mixed = (mixed ^ mixed >> np.uint64(29)) * np.uint64(0xBF58476D1CE4E5B9)
    return mixed, words.text[:runs] == words.text[count - 1:] if runs else np.zeros(0, np.bool_)


@cache
def _factors(count: int) -> U64:
    random = np.random.Generator(np.random.PCG64(20_251_124))
    return random.integers(0, 2**63, count, np.uint64) * np.uint64(2) + np.uint64(1)


def _shingles(texts: list[str]) -> Shingles:
    words = words_in(texts)
    runs, is_whole = runs_of(words, WORDS)
    text = words.text[:len(runs)]
    counts = is_whole & (words.letters >= FEWEST_LETTERS)[text]
    keys = np.sort(text[counts].astype(np.uint64) << np.uint64(32) | runs[counts] >> np.uint64(32))
    keys = keys[np.concatenate(([True], keys[1:] != keys[:-1]))] if len(keys) else keys
    bounds = np.searchsorted(keys, np.arange(len(texts) + 1, dtype=np.uint64) << np.uint64(32))
    return Shingles(keys.astype(np.uint32), bounds)


@lru_cache(maxsize=1)
def _powers(count: int) -> tuple[U64, U64]:
    """Powers of an odd number and of its inverse modulo 2^64: a word's hash is the same wherever it stands."""
    power, inverse = np.full(count, _BASE, np.uint64), np.full(count, pow(_BASE, -1, 1 << 64), np.uint64)
    power[0] = inverse[0] = 1
    return np.cumprod(power), np.cumprod(inverse)


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
