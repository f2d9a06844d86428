"""Where any text stands word for word in a corpus: suffix arrays over its bytes, in parts that are made one by one.

A part holds about 16 MB of documents, each followed by a byte that no text in UTF-8 has, so that no match crosses from
one into the next. Both the text and the order of its suffixes are read by memory map; they take five bytes for each
byte of text. A document longer than a part is cut into pieces that overlap by 64 kB.
Source: Manber and Myers 1993 ("Suffix arrays", SIAM J. Comput. 22); made by divsufsort (Mori, through `pydivsufsort`).
"""

from __future__ import annotations

import bisect
import itertools
import mmap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from engine import storage
from engine.corpora.document import Document

PART_BYTES = 16 << 20
OVERLAP_BYTES = 64 << 10
BYTES_PER_BYTE = 5
"""What the index takes on the disk for each byte of text."""

COMPARED = 256
"""So many bytes are compared while suffixes are told apart; only where all are alike, the rest is."""

_END = b"\xff"
_WHOLE = "whole.json"
Places = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Match:
    """Bytes `start` to `end` of a text stand in the corpus, `times` times; first in `document`, from the character
    `offset` on. `number` is the place of that document in the corpus that was indexed.
    """

    start: int
    end: int
    document: str
    number: int
    offset: int
    times: int


class CopiesBuilder:
    """Makes the index of some documents in a folder, part by part; goes on where an earlier one was ended.

    The documents must come in the same order each time, with their numbers.
    """

    def __init__(self, folder: Path, documents: Iterable[tuple[int, Document]], part_bytes: int = PART_BYTES) -> None:
        self._folder, self._part_bytes = folder, part_bytes
        folder.mkdir(parents=True, exist_ok=True)
        storage.sweep(folder)
        self.parts = next(number for number in itertools.count() if not _about(folder, number).exists())
        done = sum(len(storage.read_json(_about(folder, each))["starts"]) for each in range(self.parts))
        self._pieces = itertools.islice(_pieces(documents, part_bytes), done, None)
        self._next: _Piece | None = next(self._pieces, None)

    def make_part(self) -> bool:
        """Make the next part; False when all was there, which is then marked."""
        if self._next is None:
            storage.write_json(self._folder / _WHOLE, {"parts": self.parts})
            return False
        chosen: list[_Piece] = []
        size = 0
        while self._next is not None and (not chosen or size + len(self._next.content) <= self._part_bytes):
            chosen.append(self._next)
            size += len(self._next.content) + 1
            self._next = next(self._pieces, None)
        text = b"".join(piece.content + _END for piece in chosen)
        with storage.replacing(_path(self._folder, self.parts, "order")) as file:
            file.write(_order(text).tobytes())
        with storage.replacing(_path(self._folder, self.parts, "text")) as file:
            file.write(text)
        starts = np.cumsum([0, *(len(piece.content) + 1 for piece in chosen)])[:-1].tolist()
        storage.write_json(_about(self._folder, self.parts), {
            "starts": starts, "names": [piece.name for piece in chosen], "numbers": [piece.number for piece in chosen],
            "offsets": [piece.offset for piece in chosen]})
        self.parts += 1
        return True


@dataclass(frozen=True)
class _Piece:
    content: bytes
    name: str
    number: int
    offset: int


def _pieces(documents: Iterable[tuple[int, Document]], most: int) -> Iterator[_Piece]:
    """Documents as bytes, long ones in several pieces that overlap."""
    for number, document in documents:
        content, begin, offset = document.text.encode("utf-8", "replace"), 0, 0
        while content:
            end = _boundary(content, min(len(content), begin + most))
            yield _Piece(content[begin:end], document.name, number, offset)
            if end == len(content):
                break
            following = _boundary(content, max(begin + 4, end - min(OVERLAP_BYTES, most // 2)))
            offset += len(content[begin:following].decode())
            begin = following


def _boundary(content: bytes, place: int) -> int:
    """The place, or the one before it where a character begins."""
    while place < len(content) and content[place] & 0xC0 == 0x80:
        place -= 1
    return place


def _order(text: bytes) -> npt.NDArray[np.int32]:
    """The beginnings of all suffixes, in their order."""
    from pydivsufsort import divsufsort

    return np.asarray(divsufsort(np.frombuffer(text, dtype=np.uint8).copy()), dtype=np.int32)


def _path(folder: Path, number: int, kind: str) -> Path:
    return folder / f"part-{number:05d}.{kind}"


def _about(folder: Path, number: int) -> Path:
    return _path(folder, number, "json")


def is_whole(folder: Path) -> bool:
    """Whether an index is finished."""
    return (folder / _WHOLE).exists()


class Copies:
    """A finished index to ask."""

    def __init__(self, folder: Path) -> None:
        count = int(storage.read_json(folder / _WHOLE)["parts"])
        self._parts = [_Part(folder, number) for number in range(count)]

    def longest(self, text: bytes, starts: Sequence[int], needs: Sequence[int]) -> Places:
        """For each start the length in bytes of the longest match from there on, 0 where it has fewer than it needs.

        Starts must be where characters begin; a match never ends inside a character.
        """
        found = np.zeros(len(starts), dtype=np.int64)
        first, wanted = np.asarray(starts, dtype=np.int64), np.asarray(needs, dtype=np.int64)
        for part in self._parts:
            np.maximum(found, part.longest(text, first, wanted), out=found)
        trimmed = [_boundary(text, int(start + length)) - int(start)
                   for start, length in zip(first, found, strict=True)]
        return np.array([length if length >= need else 0 for length, need in zip(trimmed, needs, strict=True)],
                        dtype=np.int64)

    def locate(self, text: bytes, start: int, end: int) -> Match:
        """Where a stretch that matches stands first, and how often."""
        wanted, times, first = text[start:end], 0, None
        for part in self._parts:
            count, place = part.places(wanted)
            times += count
            if count and first is None:
                first = part, place
        if first is None:
            raise ValueError("the stretch is not in the corpus")
        name, number, offset = first[0].document_at(first[1])
        return Match(start, end, name, number, offset, times)

    def around(self, wanted: bytes, most: int) -> tuple[str, str]:
        """What stands before and after a stretch where it is first found, at most so many characters each."""
        for part in self._parts:
            count, place = part.places(wanted)
            if count:
                return part.around(place, place + len(wanted), most)
        return "", ""


class _Part:
    """Suffixes of one part in their order."""

    def __init__(self, folder: Path, number: int) -> None:
        self._order: Any = np.memmap(_path(folder, number, "order"), dtype=np.int32, mode="r")
        with open(_path(folder, number, "text"), "rb") as file:
            self._text = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self._bytes = np.frombuffer(self._text, dtype=np.uint8)
        self._about_file = _about(folder, number)
        self._about: dict[str, Any] | None = None

    def longest(self, text: bytes, starts: Places, needs: Places) -> Places:
        """See `Copies.longest`; matches may end inside a character."""
        found = np.zeros(len(starts), dtype=np.int64)
        low, high = self._narrowed(text, starts, np.minimum(8, needs))
        for each in np.flatnonzero(high > low).tolist():
            start = int(starts[each])
            length = self._longest_within(text[start:], int(low[each]), int(high[each]))
            if length >= needs[each]:
                found[each] = length
        return found

    def _narrowed(self, text: bytes, starts: Places, widths: Places) -> tuple[Places, Places]:
        """For each start the suffixes that begin with its next `widths` bytes, all starts at once."""
        padded = np.frombuffer(text + bytes(8), dtype=np.uint8)
        wanted = _keys(padded, starts)
        rest = np.where(widths < 8, np.uint64(2**64 - 1) >> (np.uint64(8) * widths.astype(np.uint64)), np.uint64(0))
        return self._insertion(wanted & ~rest, False), self._insertion(wanted | rest, True)

    def _insertion(self, keys: npt.NDArray[np.uint64], after: bool) -> Places:
        low = np.zeros(len(keys), dtype=np.int64)
        high = np.full(len(keys), len(self._order), dtype=np.int64)
        for _ in range(len(self._order).bit_length()):
            active = low < high
            middle = np.where(active, (low + high) >> 1, 0)
            there = _keys(self._bytes, self._order[middle].astype(np.int64))
            goes_right = active & ((there <= keys) if after else (there < keys))
            low = np.where(goes_right, middle + 1, low)
            high = np.where(active & ~goes_right, middle, high)
        return low

    def _longest_within(self, wanted: bytes, low: int, high: int) -> int:
        """The longest beginning of `wanted` with which one of these suffixes begins."""
        best, limit = 0, min(len(wanted), COMPARED)
        while True:
            sought = wanted[:limit]
            place = self._bisect(sought, low, high)
            for rank in (place - 1, place):
                if low <= rank < high:
                    begin = int(self._order[rank])
                    best = max(best, _alike(sought, self._text[begin:begin + limit]))
            if best < limit or limit == len(wanted):
                return best
            limit = min(len(wanted), 16 * limit)

    def _bisect(self, sought: bytes, low: int, high: int, after: bool = False) -> int:
        text, order, size = self._text, self._order, len(sought)
        find = bisect.bisect_right if after else bisect.bisect_left
        return low + find(range(low, high), sought,
                          key=lambda rank: text[(begin := int(order[rank])):begin + size])

    def places(self, wanted: bytes) -> tuple[int, int]:
        """How often these bytes occur, and the first place."""
        low = self._bisect(wanted, 0, len(self._order))
        high = self._bisect(wanted, low, len(self._order), after=True)
        return high - low, int(self._order[low:high].min()) if high > low else -1

    def document_at(self, place: int) -> tuple[str, int, int]:
        """Name and number of the document at a place, and the character of the document there."""
        about = self._about = self._about or storage.read_json(self._about_file)
        row = bisect.bisect_right(about["starts"], place) - 1
        before = self._text[about["starts"][row]:place].decode("utf-8", "ignore")
        return about["names"][row], about["numbers"][row], about["offsets"][row] + len(before)

    def around(self, start: int, end: int, most: int) -> tuple[str, str]:
        """The characters before and after a stretch, within its document."""
        before = self._text[max(0, start - 4 * most):start].rpartition(_END)[2].decode("utf-8", "ignore")
        after = self._text[end:end + 4 * most].partition(_END)[0].decode("utf-8", "ignore")
        return before[-most:], after[:most]


def _keys(content: npt.NDArray[np.uint8], places: Places) -> npt.NDArray[np.uint64]:
    """Eight bytes from each place on as a number that sorts as they do; ends are filled with 0xff."""
    at = places[:, None] + np.arange(8)
    found = np.where(at < len(content), content[np.minimum(at, len(content) - 1)], np.uint8(0xFF))
    return np.ascontiguousarray(found).view(">u8")[:, 0].astype(np.uint64)


def _alike(first: bytes, second: bytes) -> int:
    """How many bytes at the beginning are the same."""
    size = min(len(first), len(second))
    if first[:size] == second[:size]:
        return size
    low, high = 0, size - 1
    while low < high:
        middle = (low + high + 1) >> 1
        low, high = (middle, high) if first[:middle] == second[:middle] else (low, middle - 1)
    return low
