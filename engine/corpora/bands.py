"""An index of keys that does not fit in memory: sorted runs on the disk, merged as they become many."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from engine.corpora.shingles import U64
from engine.storage import as_engine_error

IN_MEMORY = 1 << 18
"""A run of more entries lies on the disk; 12 bytes an entry."""
MERGED = 4
"""So many runs of about one size become one."""
SLICE = 1 << 16
"""Large runs are merged so many entries at a time, which takes 2 MB."""


@dataclass(frozen=True)
class _Run:
    keys: U64
    ids: npt.NDArray[np.uint32]
    path: Path | None
    level: int


class BandIndex:
    """Which ids have a key: 12 bytes a key, on the disk but for the newest; without a folder all in memory.

    With a folder at most four times `IN_MEMORY` entries are in memory, if fewer are added at a time. Keys are hashes:
    they lie evenly between 0 and 2^64. Files of an earlier index in the folder are removed.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._runs: list[_Run] = []
        self._count = 0
        for leftover in folder.glob("run-*") if folder else ():
            leftover.unlink()

    def add(self, keys: U64, ids: npt.NDArray[np.uint32]) -> None:
        """Add entries, (n,) each."""
        if len(keys):
            order = np.argsort(keys, kind="stable")
            self._runs.append(_Run(keys[order], ids[order], None, 0))
            while len(self._runs) >= MERGED and self._runs[-MERGED].level == self._runs[-1].level:
                self._merge_last()

    def find(self, keys: U64) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint32]]:
        """All pairs (place in `keys`, id) where an id has the key, sorted by place, then id."""
        order = np.argsort(keys)
        wanted = keys[order]
        places: list[npt.NDArray[np.int64]] = [np.zeros(0, np.int64)]
        ids: list[npt.NDArray[np.uint32]] = [np.zeros(0, np.uint32)]
        for run in self._runs:
            begin = np.searchsorted(run.keys, wanted)
            hit = np.flatnonzero(run.keys[np.minimum(begin, len(run.keys) - 1)] == wanted)
            counts = np.searchsorted(run.keys, wanted[hit], side="right") - begin[hit]
            first = np.repeat(begin[hit] - np.concatenate(([0], np.cumsum(counts)[:-1])), counts)
            places.append(np.repeat(order[hit], counts))
            ids.append(run.ids[first + np.arange(len(first))])
        place, found = np.concatenate(places), np.concatenate(ids)
        sorting = np.lexsort((found, place))
        return place[sorting], found[sorting]

    def _merge_last(self) -> None:
        runs = self._runs[-MERGED:]
        total = sum(len(run.keys) for run in runs)
        level = runs[0].level + 1
        if self._folder is None or total <= IN_MEMORY:
            keys, ids = _sorted([run.keys for run in runs], [run.ids for run in runs])
            self._runs[-MERGED:] = [_Run(keys, ids, None, level)]
        else:
            self._runs[-MERGED:] = [self._merged_on_disk(runs, total, level, self._folder)]
        paths = [run.path for run in runs if run.path is not None]
        runs.clear()  # Windows removes no file that is still mapped
        for path in paths:
            path.unlink()

    def _merged_on_disk(self, runs: list[_Run], total: int, level: int, folder: Path) -> _Run:
        """All keys, then all ids, in one file; it need not outlive a power cut, since it is made anew after that."""
        path = folder / f"run-{self._count}"
        self._count += 1
        slices = -(-total // SLICE)
        bounds = [place * (2**64 // slices) for place in range(1, slices)]
        cuts = [[0, *np.searchsorted(run.keys, np.array(bounds, np.uint64)).tolist(), len(run.keys)] for run in runs]
        written = 0
        try:
            with open(path, "xb") as file:
                for number in range(slices):
                    keys, ids = _slice(runs, cuts, number)
                    file.seek(8 * written)
                    file.write(keys.data)
                    file.seek(8 * total + 4 * written)
                    file.write(ids.data)
                    written += len(keys)
        except OSError as error:
            raise as_engine_error(error, path) from error
        return _Run(np.memmap(path, "<u8", "r", 0, (total,)), np.memmap(path, "<u4", "r", 8 * total, (total,)), path,
                    level)


def _slice(runs: list[_Run], cuts: list[list[int]], number: int) -> tuple[U64, npt.NDArray[np.uint32]]:
    ranges = [slice(cut[number], cut[number + 1]) for cut in cuts]
    return _sorted([np.asarray(run.keys[part]) for run, part in zip(runs, ranges, strict=True)],
                   [np.asarray(run.ids[part]) for run, part in zip(runs, ranges, strict=True)])


def _sorted(keys: list[U64], ids: list[npt.NDArray[np.uint32]]) -> tuple[U64, npt.NDArray[np.uint32]]:
    together = np.concatenate(keys)
    order = np.argsort(together, kind="stable")
    return together[order], np.concatenate(ids)[order]
