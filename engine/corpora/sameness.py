"""When two texts count as the same."""

from __future__ import annotations

import re
import unicodedata
from array import array

import xxhash

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
        letters = _NOT_LETTERS.sub("", unicodedata.normalize("NFC", text).lower())
    return int(xxhash.xxh3_64_intdigest((letters or text).encode("utf-8", "surrogatepass")))


class KeySet:
    """A set of 64-bit keys in at most 24 bytes each, a quarter of what Python's own set needs.

    Open addressing with linear probing; the keys are hashes already. Zero stands for an empty place, so the key
    zero is kept apart.
    """

    def __init__(self) -> None:
        self._places = array("Q", bytes(8 * 1024))
        self._count = 0
        self._has_zero = False

    def __len__(self) -> int:
        """How many keys are in the set."""
        return self._count + self._has_zero

    def add(self, key: int) -> bool:
        """Put a key in; returns whether it was new."""
        if key == 0:
            is_new, self._has_zero = not self._has_zero, True
            return is_new
        if 3 * self._count >= 2 * len(self._places):
            self._grow()
        if not self._put(self._places, key):
            return False
        self._count += 1
        return True

    @staticmethod
    def _put(places: array[int], key: int) -> bool:
        mask = len(places) - 1
        place = (key ^ key >> 32) & mask
        while found := places[place]:
            if found == key:
                return False
            place = (place + 1) & mask
        places[place] = key
        return True

    def _grow(self) -> None:
        larger = array("Q", bytes(16 * len(self._places)))
        for key in self._places:
            if key:
                self._put(larger, key)
        self._places = larger
