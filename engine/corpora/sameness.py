"""When two texts count as the same."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

import numpy as np
import numpy.typing as npt
import xxhash

Keys = npt.NDArray[np.uint64]

_NOT_LETTERS = re.compile(r"[\W_]+")
_NOT_ASCII_LETTERS = {code: None for code in range(128) if not chr(code).isalnum()}


def text_key(text: str) -> int:
    """A 64-bit number that is equal for texts with the same letters and digits.

    Case, white space, punctuation and the way accents are stored make no difference. A text without any letter
    is compared as it is.
    """
    if text.isascii():
        letters = text.lower().translate(_NOT_ASCII_LETTERS)
    else:
        letters = _letters(unicodedata.normalize("NFC", text).lower())
    return int(xxhash.xxh3_64_intdigest((letters or text).encode("utf-8", "surrogatepass")))


def _letters(text: str) -> str:
    """Letters and digits alone: by the pattern, or for long texts by a table of the same characters, 5 times faster."""
    if len(text) < 100 or max(text) >= "\U00030000":
        return _NOT_LETTERS.sub("", text)
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4")
    kept: bytes = codes[is_alphanumeric()[codes]].tobytes()
    return kept.decode("utf-32-le", "surrogatepass")


@cache
def is_alphanumeric() -> npt.NDArray[np.bool_]:
    """For each of the first 0x30000 characters, which are nearly all there are, whether it is a letter or digit."""
    return np.fromiter((chr(code).isalnum() for code in range(0x30000)), np.bool_, 0x30000)


class KeySet:
    """A set of 64-bit keys in at most 24 bytes each, a quarter of what Python's own set needs.

    Open addressing with linear probing, many keys at a time; the keys are hashes already. Zero stands for an empty
    place, so the key zero is kept apart.
    """

    def __init__(self) -> None:
        self._places: Keys = np.zeros(1024, np.uint64)
        self._count = 0
        self._has_zero = False

    def __len__(self) -> int:
        """How many keys are in the set."""
        return self._count + self._has_zero

    def add(self, key: int) -> bool:
        """Put a key in; returns whether it was new."""
        return bool(self.add_all(np.array([key], np.uint64))[0])

    def add_all(self, keys: Keys) -> npt.NDArray[np.bool_]:
        """Put keys in, one after another; says of each whether it was new, (keys,)."""
        is_new = np.zeros(len(keys), np.bool_)
        different, first = np.unique(keys, return_index=True)
        if len(different) and not different[0]:
            is_new[first[0]], self._has_zero = not self._has_zero, True
            different, first = different[1:], first[1:]
        while 3 * (self._count + len(different)) > 2 * len(self._places):
            self._grow()
        added = _put(self._places, different)
        self._count += int(added.sum())
        is_new[first] = added
        return is_new

    def _grow(self) -> None:
        larger = np.zeros(2 * len(self._places), np.uint64)
        for begin in range(0, len(self._places), 1 << 20):
            part = self._places[begin:begin + (1 << 20)]
            _put(larger, part[part != 0])
        self._places = larger


def _put(places: Keys, keys: Keys) -> npt.NDArray[np.bool_]:
    """Put different keys into the table, all at once; says of each whether it was new."""
    added = np.zeros(len(keys), np.bool_)
    mask = np.uint64(len(places) - 1)
    waiting = np.arange(len(keys))
    at = (keys ^ keys >> np.uint64(32)) & mask
    while len(waiting):
        wanted = keys[waiting]
        free = places[at] == 0
        places[at[free]] = wanted[free]  # of several that want one place, the last gets it
        won = free & (places[at] == wanted)
        added[waiting[won]] = True
        left = places[at] != wanted
        waiting, at = waiting[left], (at[left] + np.uint64(1)) & mask
    return added
