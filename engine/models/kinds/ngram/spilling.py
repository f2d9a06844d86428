"""Counting a text that is larger than memory: sorted runs of n-grams on disk, merged order by order.

The numbers are those of `count_levels`. Everything is read and written from front to back, a part at a time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.models.kinds.ngram.counts import Level, Longs
from engine.tokenizers.tokenizer import BOS_ID
from engine.work import Work

_BYTES_PER_TOKEN = 120
"""Memory while a run is sorted, and while runs are merged, for each token or n-gram held."""

_LEAST = 1000
"""Tokens in a run at the least."""


@dataclass(frozen=True)
class LongFile:
    """Whole numbers of 64 bits on disk."""

    path: Path

    def __len__(self) -> int:
        return self.path.stat().st_size // 8 if self.path.exists() else 0

    def read(self, begin: int, end: int) -> Longs:
        """Numbers `begin` to before `end`, or to the last."""
        count = min(end, len(self)) - begin
        return np.fromfile(self.path, np.int64, count, offset=8 * begin) if count > 0 else np.zeros(0, np.int64)

    def append(self, numbers: npt.NDArray[Any]) -> None:
        """Write these behind the others."""
        with open(self.path, "ab") as file:
            numbers.astype(np.int64, copy=False).tofile(file)

    def remove(self) -> None:
        """Free the space."""
        self.path.unlink(missing_ok=True)


@dataclass(frozen=True)
class Columns:
    """Sorted n-grams on disk, each with how often it occurs and the rank of itself without its first token; the
    latter twice, and one more where the n-gram begins a document."""

    keys: LongFile
    raw: LongFile
    suffix: LongFile

    @classmethod
    def named(cls, folder: Path, name: str) -> Columns:
        """Files of this name."""
        return cls(*(LongFile(folder / f"{name}.{each}") for each in ("keys", "raw", "suffix")))

    def read(self, begin: int, end: int) -> tuple[Longs, Longs, Longs]:
        """The rows from `begin` to before `end`."""
        return self.keys.read(begin, end), self.raw.read(begin, end), self.suffix.read(begin, end)

    def append(self, keys: Longs, raw: Longs, suffix: Longs) -> None:
        """Write rows behind the others."""
        for file, numbers in ((self.keys, keys), (self.raw, raw), (self.suffix, suffix)):
            file.append(numbers)

    def remove(self) -> None:
        """Free the space."""
        for file in (self.keys, self.raw, self.suffix):
            file.remove()


@dataclass
class DiskLevel:
    """All n-grams of one order, on disk; see Level. `different` counts the n-grams one longer that end in each, and
    is None for the highest order."""

    columns: Columns
    at_once: int
    different: npt.NDArray[np.uint32] | None = None

    def __len__(self) -> int:
        return len(self.columns.keys)

    def parts(self) -> Iterator[Level]:
        """Some at a time, in order."""
        for begin in range(0, len(self), self.at_once):
            keys, raw, marked = self.columns.read(begin, begin + self.at_once)
            adjusted = raw if self.different is None else \
                np.where(marked & 1, raw, self.different[begin:begin + self.at_once])
            yield Level(keys, marked >> 1, raw, adjusted)


def count_on_disk(ids: npt.NDArray[Any], order: int, vocab_size: int, work: Work, folder: Path,
                  memory_bytes: int) -> list[Level | DiskLevel]:
    """As `count_levels`, in about `memory_bytes` and 5 bytes for each n-gram of the order below the highest.

    `folder` holds what does not fit, about 60 bytes a token at the peak; the levels read from it. Raises OSError.
    """
    length = max(_LEAST, memory_bytes // _BYTES_PER_TOKEN)
    raw = np.zeros(vocab_size, dtype=np.int64)
    for begin in range(0, len(ids), length):
        raw += np.bincount(ids[begin:begin + length], minlength=vocab_size)
    every = np.arange(vocab_size, dtype=np.int64)
    single = Level(every, np.zeros_like(every), raw, raw.copy())
    levels: list[Level | DiskLevel] = [single]
    ranks = None  # of the n-gram that ends at each token; of order 1 the tokens themselves
    for n in range(2, order + 1):
        text = _Text(ids, n, vocab_size, length, ranks)
        level, ranks = _counted(text, folder, order, work)
        _adjust(levels[-1], level)
        levels.append(level)
    if ranks is not None:
        ranks.remove()
    single.adjusted[BOS_ID] = single.raw[BOS_ID] = 0  # given, never predicted
    work.progress("count", order, order, "orders")
    return levels


@dataclass(frozen=True)
class _Text:
    """A text that is read in parts of `length` tokens for its n-grams of order `n`."""

    ids: npt.NDArray[Any]
    n: int
    vocab_size: int
    length: int
    ranks: LongFile | None

    def parts(self) -> Iterator[tuple[int, Longs, Longs, Longs]]:
        """Of each part: its length, where n-grams end in it, their keys and their marked suffixes."""
        last_begin = 0
        for begin in range(0, len(self.ids), self.length):
            tokens = self.ids[begin:begin + self.length].astype(np.int64)
            index = np.arange(begin, begin + len(tokens), dtype=np.int64)
            begins = np.maximum.accumulate(np.where(tokens == BOS_ID, index, last_begin))
            last_begin = int(begins[-1])
            place = index - begins
            ends = np.flatnonzero(place >= self.n - 1)
            rank = self._ranks(begin - 1, begin + len(tokens))  # one more, before the part
            starts = place[ends] == self.n - 1
            if int(self.ids[0]) != BOS_ID:  # the first document has lost its beginning
                starts &= index[ends] != self.n - 1
            yield len(tokens), ends, rank[ends] * self.vocab_size + tokens[ends], 2 * rank[ends + 1] + starts

    def _ranks(self, begin: int, end: int) -> Longs:
        from_first = max(0, begin)
        found = self.ids[from_first:end].astype(np.int64) if self.ranks is None else self.ranks.read(from_first, end)
        return found if begin >= 0 else np.concatenate(([-1], found))


def _counted(text: _Text, folder: Path, order: int, work: Work) -> tuple[DiskLevel, LongFile]:
    """The n-grams of a text, and the rank of the one that ends at each token (-1: none does)."""
    runs: list[Columns] = []
    places: list[LongFile] = []  # for each token of a run's part, the rank within the run
    parts = -(-len(text.ids) // text.length)
    for number, (length, ends, keys, suffix) in enumerate(text.parts()):
        work.progress("count", (text.n - 2) * parts + number + 1, (order - 1) * parts + 1, "parts")
        distinct, first, inverse, raw = np.unique(keys, return_index=True, return_inverse=True, return_counts=True)
        runs.append(Columns.named(folder, f"run-{number}"))
        runs[-1].append(distinct, raw, suffix[first])
        place = np.full(length, -1, dtype=np.int64)
        place[ends] = inverse
        places.append(LongFile(folder / f"run-{number}.places"))
        places[-1].append(place)
    if text.ranks is not None:
        text.ranks.remove()
    merged = Columns.named(folder, f"order-{text.n}")
    maps = _merge(runs, merged, max(1, text.length // len(runs)), work)
    ranks = LongFile(folder / f"ranks-{text.n}")
    for place_file, map_file in zip(places, maps, strict=True):
        rank_of = np.append(map_file.read(0, len(map_file)), -1)
        ranks.append(rank_of[place_file.read(0, text.length)])
        place_file.remove()
        map_file.remove()
    return DiskLevel(merged, text.length), ranks


def _merge(runs: list[Columns], into: Columns, at_once: int, work: Work) -> list[LongFile]:
    """Merge sorted runs, `at_once` rows of each in memory; gives, for each run, the rank of each of its rows."""
    maps = [LongFile(run.keys.path.with_suffix(".map")) for run in runs]
    begins, lengths = [0] * len(runs), [len(run.keys) for run in runs]
    written = 0
    while open_runs := [each for each in range(len(runs)) if begins[each] < lengths[each]]:
        work.check()
        heads = {each: runs[each].read(begins[each], begins[each] + at_once) for each in open_runs}
        limit = min(keys[-1] for keys, _, _ in heads.values())
        taken = {each: int(heads[each][0].searchsorted(limit, "right")) for each in open_runs}
        keys, raw, suffix = (np.concatenate([heads[each][column][:taken[each]] for each in open_runs])
                             for column in range(3))
        distinct, first, inverse = np.unique(keys, return_index=True, return_inverse=True)
        into.append(distinct, np.bincount(inverse, weights=raw).astype(np.int64), suffix[first])
        ranks = np.split(inverse + written, np.cumsum([taken[each] for each in open_runs])[:-1])
        for each, found in zip(open_runs, ranks, strict=True):
            maps[each].append(found)
            begins[each] += taken[each]
        written += len(distinct)
    for run in runs:
        run.remove()
    return maps


def _adjust(below: Level | DiskLevel, level: DiskLevel) -> None:
    """Count an order by what comes before it, now that the next one is known."""
    different = np.zeros(len(below), dtype=np.uint32)
    for part in level.parts():
        np.add.at(different, part.suffix, 1)
    if isinstance(below, Level):
        below.adjusted = different.astype(np.int64)
    else:
        below.different = different
