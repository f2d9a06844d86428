"""Figures of a text that several steps share: computed when first asked for, and once for each text.

All of it works on arrays, since a loop over characters would be fifty times slower.
"""

from __future__ import annotations

import threading
import unicodedata
from collections import OrderedDict
from functools import cache, cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

OTHER, SPACE, LINE_END, LETTER, DIGIT, HAN, KANA, HANGUL, PUNCTUATION, SYMBOL, JOINER = range(11)
"""Classes of characters. A joiner is an apostrophe or hyphen, which belongs to a word when it stands inside one."""

_KINDS = 11
_LAST_LETTER = 0x323B0
"""No letter, digit or mark is known to Unicode from here on."""
_HASH = 0x9E3779B97F4A7C15
_MIXER = 0xD6E8FEB86659FD93
_FEW = 200
"""So many keys are sorted as fast as they are put into buckets."""
_KEPT_BYTES, _BYTES_OF_ONE = 4_000_000, 300
"""Texts whose statistics are kept, with what each costs at least: more than the chunks that are cleaned at once."""


def _class_of(code: int) -> int:
    if code == 0x0A:
        return LINE_END
    if code in (0x27, 0x2D, 0x2019):
        return JOINER
    if 0x3400 <= code <= 0x9FFF or 0xF900 <= code <= 0xFAFF or code >= 0x20000 or code == 0x3007:
        return HAN
    if 0x3041 <= code <= 0x30FF and code != 0x30FB:
        return KANA
    if 0xAC00 <= code <= 0xD7AF or 0x1100 <= code <= 0x11FF:
        return HANGUL
    category = unicodedata.category(chr(code))
    if code in (0x09, 0x0D) or category[0] == "Z":
        return SPACE
    return {"L": LETTER, "M": LETTER, "N": DIGIT, "P": PUNCTUATION, "S": SYMBOL}.get(category[0], OTHER)


@cache
def _class_table() -> npt.NDArray[np.uint8]:
    table = np.zeros(0x110000, np.uint8)
    table[:_LAST_LETTER] = [_class_of(code) for code in range(_LAST_LETTER)]
    return table


@cache
def _ascii_classes() -> bytes:
    return bytes(_class_table()[:128].tolist() + [OTHER] * 128)


_POWERS: list[tuple[Array, Array]] = []


def _powers(count: int) -> tuple[Array, Array]:
    """Powers of a multiplier and of its inverse modulo 2^64, at least `count` of each."""
    if not _POWERS or len(_POWERS[0][0]) < count:
        size = max(4096, 1 << (count - 1).bit_length())
        made = []
        for factor in (_HASH, pow(_HASH, -1, 1 << 64)):
            steps = np.full(size, factor, np.uint64)
            steps[0] = 1
            made.append(np.multiply.accumulate(steps))
        _POWERS[:] = [(made[0], made[1])]
    return _POWERS[0]


def _prefix_hashes(values: Array) -> Array:
    """Sums whose differences are hashes of runs of values; one longer than the values.

    The hash of values[i:j] is (sums[j] - sums[i]) * inverse[i], as in Rabin and Karp's search.
    """
    sums = np.zeros(len(values) + 1, np.uint64)
    np.cumsum(values * _powers(len(values) + 1)[0][:len(values)], out=sums[1:])
    return sums


class TextStatistics:
    """Figures of one text. Shares are between 0 and 1; a unit is a word, or one Chinese or Japanese character."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.length = len(text)

    # lines

    @cached_property
    def lines(self) -> list[str]:
        """The lines that have something on them, without white space at their ends."""
        return [line for line in map(str.strip, self.text.split("\n")) if line]

    # characters

    @cached_property
    def codes(self) -> Array:
        """The code points."""
        if self.text.isascii():
            return np.frombuffer(self.text.encode(), np.uint8)
        return np.frombuffer(self.text.encode("utf-32-le", "surrogatepass"), np.uint32)

    @cached_property
    def classes(self) -> npt.NDArray[np.uint8]:
        """The class of each character."""
        if self.text.isascii():
            return np.frombuffer(self.text.encode().translate(_ascii_classes()), np.uint8)
        return _class_table().take(self.codes)

    @cached_property
    def counts(self) -> list[int]:
        """How many characters there are of each class."""
        counts: list[int] = np.bincount(self.classes, minlength=_KINDS).tolist()
        return counts

    @property
    def visible(self) -> int:
        """Characters that are not white space."""
        return self.length - self.counts[SPACE] - self.counts[LINE_END]

    @property
    def symbols(self) -> int:
        """Punctuation and symbols."""
        return self.counts[PUNCTUATION] + self.counts[SYMBOL] + self.counts[JOINER]

    @property
    def ideographs(self) -> int:
        """Characters that are a unit by themselves: Chinese characters and kana."""
        return self.counts[HAN] + self.counts[KANA]

    # units

    @cached_property
    def _bounds(self) -> tuple[Array, Array]:
        """Where units begin and end."""
        classes = self.classes
        padded = np.zeros(self.length + 2, bool)  # with a place before and after the text
        in_word = padded[1:-1]
        np.logical_or(classes == LETTER, classes == DIGIT, out=in_word)
        if self.counts[HANGUL]:
            in_word |= classes == HANGUL
        if self.counts[JOINER]:
            in_word |= (classes == JOINER) & padded[:-2] & padded[2:]
        edges = np.flatnonzero(padded[1:] != padded[:-1])
        starts, ends = edges[::2], edges[1::2]
        if not self.ideographs:
            return starts, ends
        single = np.flatnonzero((classes == HAN) | (classes == KANA))
        if not len(starts):
            return single, single + 1
        return np.sort(np.concatenate((starts, single))), np.sort(np.concatenate((ends, single + 1)))

    @property
    def units(self) -> int:
        """How many units there are."""
        return len(self._bounds[0])

    @property
    def words(self) -> int:
        """Units that are not ideographs."""
        return self.units - self.ideographs

    @cached_property
    def is_ideographic(self) -> bool:
        """Whether Chinese or Japanese characters are at least half of the units."""
        return 2 * self.ideographs >= self.units > 0

    @cached_property
    def word_characters(self) -> int:
        """Characters in words."""
        starts, ends = self._bounds
        return int(ends.sum() - starts.sum()) - self.ideographs

    @cached_property
    def units_with_letters(self) -> int:
        """Units that are not numbers alone."""
        if not self.counts[DIGIT]:
            return self.units
        has_letter = np.zeros(self.length + 1, np.int64)
        np.cumsum((self.classes != DIGIT) & (self.classes != JOINER), out=has_letter[1:])
        starts, ends = self._bounds
        return int(np.count_nonzero(has_letter[ends] - has_letter[starts]))

    @cached_property
    def longest_run(self) -> int:
        """The most characters in a row without white space, Chinese, Japanese or Korean characters or marks."""
        breaks = np.flatnonzero(_breaks().take(self.classes) | (self.codes >= 0x3000)
                                if not self.text.isascii() else _breaks().take(self.classes))
        if not len(breaks):
            return self.length
        inner = int(np.diff(breaks).max()) - 1 if len(breaks) > 1 else 0
        return max(int(breaks[0]), self.length - 1 - int(breaks[-1]), inner)

    @cached_property
    def _unit_keys(self) -> Array:
        """A 64-bit hash of each unit."""
        starts, ends = self._bounds
        sums = _prefix_hashes(self.codes.astype(np.uint64))
        keys: Array = (sums[ends] - sums[starts]) * _powers(self.length + 1)[1][starts]
        keys ^= keys >> np.uint64(29)
        keys *= np.uint64(_MIXER)
        return keys

    @cached_property
    def _unit_counts(self) -> Array:
        """How often each unit stands there; half of a key is enough, which sorts twice as fast."""
        ordered = np.sort((self._unit_keys >> np.uint64(32)).astype(np.uint32))
        is_new = np.ones(len(ordered) + 1, bool)
        np.not_equal(ordered[1:], ordered[:-1], out=is_new[1:-1])
        edges = np.flatnonzero(is_new)
        counts: Array = edges[1:] - edges[:-1]
        return counts

    @property
    def distinct_units(self) -> int:
        """How many different units there are."""
        return len(self._unit_counts) if self.units else 0

    @cached_property
    def entropy(self) -> float:
        """Bits per unit of the distribution of units."""
        if not self.units:
            return 0.0
        shares = self._unit_counts / self.units
        return float(-(shares * np.log2(shares)).sum())

    # repetition

    def repeated_shares(self, top: tuple[int, ...], duplicate: tuple[int, ...]) -> dict[int, float]:
        """Share of the characters in repeated n-grams of units, for each n of `top` and `duplicate`, ascending.

        `top`: in all copies of the most frequent n-gram that stands at least twice. `duplicate`: in copies after
        the first of any n-gram. An n-gram can be repeated only where its beginning is, so that each n looks at
        what the one before left.
        """
        shares = dict.fromkeys((*top, *duplicate), 0.0)
        if self.units <= min(shares, default=0):
            return shares
        sums, inverse = _prefix_hashes(self._unit_keys), _powers(self.units + 1)[1]
        places = np.arange(self.units)
        for n in sorted(shares):
            places = places[places <= self.units - n]
            keys = (sums[places + n] - sums[places]) * inverse[places]
            places, is_first = _grouped(places, keys)
            if not len(places):
                break
            shares[n] = (self._top_share if n in top else self._duplicate_share)(n, places, is_first)
        return shares

    def _top_share(self, n: int, places: Array, is_first: Array) -> float:
        starts, ends = self._bounds
        first = np.flatnonzero(is_first)
        counts = np.append(first[1:], len(places)) - first
        most = counts.max()
        begins = places[first[counts == most]]
        return float(most * (ends[begins + n - 1] - starts[begins]).max()) / self.length

    def _duplicate_share(self, n: int, places: Array, is_first: Array) -> float:
        starts, ends = self._bounds
        later = np.sort(places[~is_first])
        begins, stops = starts[later], ends[later + n - 1]
        covered = np.minimum(stops[:-1], begins[1:]) - begins[:-1]
        return float(covered.sum() + stops[-1] - begins[-1]) / self.length


def _grouped(places: Array, keys: Array) -> tuple[Array, Array]:
    """The places whose key stands at least twice, those of a key together, and which is the first of its key.

    Places of one key keep their order; those that are alone in a bucket of keys are not sorted.
    """
    if len(keys) > _FEW:
        bits = (4 * len(keys)).bit_length()
        buckets = (keys >> np.uint64(64 - bits)).astype(np.intp)
        likely = np.bincount(buckets)[buckets] > 1
        places, keys = places[likely], keys[likely]
    order = np.argsort(keys, kind="stable")
    keys = keys[order]
    is_new = np.ones(len(keys) + 1, bool)
    np.not_equal(keys[1:], keys[:-1], out=is_new[1:-1])
    is_repeated = ~(is_new[:-1] & is_new[1:])
    return places[order[is_repeated]], is_new[:-1][is_repeated]


@cache
def _breaks() -> npt.NDArray[np.bool_]:
    table = np.zeros(_KINDS, bool)
    table[[SPACE, LINE_END, HAN, KANA, HANGUL]] = True
    return table


class _Recent(threading.local):
    """The last texts' statistics, one memory for each thread."""

    def __init__(self) -> None:
        self.kept: OrderedDict[str, TextStatistics] = OrderedDict()
        self.size_bytes = 0


_recent = _Recent()


def statistics_of(text: str) -> TextStatistics:
    """The statistics of a text; steps that follow each other are given the same ones."""
    kept = _recent.kept
    found = kept.get(text)
    if found is None:
        found = kept[text] = TextStatistics(text)
        _recent.size_bytes += _size_bytes(text)
        while _recent.size_bytes > _KEPT_BYTES and len(kept) > 1:
            _recent.size_bytes -= _size_bytes(kept.popitem(last=False)[0])
    return found


def _size_bytes(text: str) -> int:
    return _BYTES_OF_ONE + len(text) * (1 if text.isascii() else 3)
