"""The memory of the step that looks for nearly equal documents."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from engine.cleaning.record import Record
from engine.cleaning.step import Keys, Memory
from engine.corpora.bands import BandIndex
from engine.corpora.shingles import U32, U64, jaccard

MOST_COMPARED = 64
"""A document is compared with so many others at most, those first that have most keys in common with it, and
so many may have one key in common."""
_PLACE = np.dtype([("begin", "<u8"), ("size", "<u4")])
_ASKED = 256
"""The index is asked about so many documents at a time: what it finds of them is bounded, see `MOST_COMPARED`."""
_READ_BACK = 1 << 12
"""Keys of so many documents at a time are read back after a kill."""
_NOT_INDEXED = 0


class KeptDocuments(Memory):
    """Band keys and shingles of all documents that were kept, on the disk: memory stays bounded.

    With 16 bands a document takes 128 bytes to go on after a kill, 192 in the index and 12 for the place of its
    shingles, and each different shingle 4 bytes (about as much as the text itself); all are removed at the end.
    """

    def __init__(self, record: Record, bands: int, threshold: float, keeps_similar: bool = False) -> None:
        self._bands, self._threshold, self._keeps_similar = bands, threshold, keeps_similar
        self._index = BandIndex(record.folder)
        self._keys, self._places = record.log("bands"), record.log("places")
        self._shingles = record.log("shingles")
        size = 8 * bands
        self._count = self._keys.length // size
        for first in range(0, self._count, _READ_BACK):
            keys = np.frombuffer(self._keys.read(first * size, size * _READ_BACK), "<u8").reshape(-1, bands)
            self._add(keys, first)

    def decide(self, keys: Keys) -> Keys:
        """How similar each document is to one that is kept, (documents,); 0 for those that are kept themselves.

        `keys` are the band keys, (documents, bands), how many shingles each has, (documents,), and all shingles.
        """
        similarity = np.zeros(len(keys[1]), np.float32)
        for row, _, similar in self.pairs(keys):
            similarity[row] = max(similarity[row], similar)
        return (similarity,)

    def pairs(self, keys: Keys) -> list[tuple[int, int, float]]:
        """(place of a document, id of an earlier one, how similar), one a document, or all where similar ones are kept.

        Ids count the documents that are kept and have shingles, from 0.
        """
        band_keys, sizes, hashes = keys
        pairs: list[tuple[int, int, float]] = []
        ends = np.cumsum(sizes, dtype=np.int64)
        begin, new = self._count, _NewDocuments(self._count)
        for row, own, known, ids in self._candidates(band_keys, np.flatnonzero(sizes)):
            votes = Counter(ids)
            new.count(own, votes)
            shingles = hashes[ends[row] - sizes[row]:ends[row]]
            found = self._similar(shingles, votes, new)
            pairs += [(row, id, similar) for id, similar in found]
            if self._keeps_similar or not found:
                new.add(own, known, shingles)
        self._keep(np.array(new.keys, np.uint64).reshape(-1, self._bands), new.shingles, begin)
        return pairs

    def _candidates(self, band_keys: U64, rows: npt.NDArray[np.int64]) \
            -> Iterator[tuple[int, list[int], list[int], list[int]]]:
        """Of each row its number, its keys, how many earlier documents have each, and their ids, one for each key."""
        for begin in range(0, len(rows), _ASKED):
            asked = rows[begin:begin + _ASKED]
            place, ids = self._index.find(band_keys[asked].ravel())
            bounds = np.searchsorted(place, np.arange(len(asked) + 1) * self._bands).tolist()
            known = np.bincount(place, minlength=len(asked) * self._bands).reshape(-1, self._bands).tolist()
            for number, row in enumerate(asked.tolist()):
                yield row, band_keys[row].tolist(), known[number], ids[bounds[number]:bounds[number + 1]].tolist()

    def _similar(self, shingles: U32, votes: Counter[int], new: _NewDocuments) -> list[tuple[int, float]]:
        """Documents that are similar enough, those with most votes first; the first alone unless all are kept."""
        found: list[tuple[int, float]] = []
        for id, _ in sorted(votes.items(), key=lambda vote: (-vote[1], vote[0]))[:MOST_COMPARED]:
            size = self._size(id) if id < new.first else len(new.shingles[id - new.first])
            if min(size, len(shingles)) < self._threshold * max(size, len(shingles)):
                continue  # however much they have in common, it is too little
            other = self._read(id) if id < new.first else new.shingles[id - new.first]
            similar = jaccard(shingles, other)
            if similar >= self._threshold:
                found.append((id, similar))
                if not self._keeps_similar:
                    break
        return found

    def _place(self, id: int) -> npt.NDArray[np.void]:
        return np.frombuffer(self._places.read(id * _PLACE.itemsize, _PLACE.itemsize), _PLACE)

    def _size(self, id: int) -> int:
        return int(self._place(id)["size"][0])

    def _read(self, id: int) -> U32:
        place = self._place(id)
        return np.frombuffer(self._shingles.read(int(place["begin"][0]), 4 * int(place["size"][0])), "<u4")

    def _keep(self, keys: U64, shingles: list[U32], first: int) -> None:
        places = np.zeros(len(shingles), _PLACE)
        places["size"] = [len(each) for each in shingles]
        places["begin"] = self._shingles.length + 4 * (np.cumsum(places["size"], dtype=np.uint64) - places["size"])
        self._shingles.append(b"".join(each.astype("<u4").tobytes() for each in shingles))
        self._places.append(places.tobytes())
        self._keys.append(keys.astype("<u8").tobytes())
        self._add(keys, first)
        self._count += len(shingles)

    def _add(self, keys: U64, first: int) -> None:
        ids = np.repeat(np.arange(first, first + len(keys), dtype=np.uint32), self._bands)
        is_indexed = keys.ravel() != _NOT_INDEXED
        self._index.add(keys.ravel()[is_indexed], ids[is_indexed])


class _NewDocuments:
    """Documents kept since the index was asked; the ids go on from `first`."""

    def __init__(self, first: int) -> None:
        self.first = first
        self.keys: list[list[int]] = []
        self.shingles: list[U32] = []
        self._by_key: dict[int, list[int]] = {}

    def count(self, keys: list[int], votes: Counter[int]) -> None:
        """Add a vote for every key that a document has in common."""
        for key in keys:
            for id in self._by_key.get(key, ()):
                votes[id] += 1

    def add(self, keys: list[int], known: list[int], shingles: U32) -> None:
        """Keep one more; `known` says how many earlier documents have each of its keys.

        A key that many have tells nothing, such as that of a notice on every page: it is not indexed any more.
        """
        id = self.first + len(self.shingles)
        indexed = [key if count + len(self._by_key.get(key, ())) < MOST_COMPARED else _NOT_INDEXED
                   for key, count in zip(keys, known, strict=True)]
        for key in indexed:
            if key != _NOT_INDEXED:
                self._by_key.setdefault(key, []).append(id)
        self.keys.append(indexed)
        self.shingles.append(shingles)
