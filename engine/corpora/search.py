"""Finding a text in a corpus of any size while it is typed: an index of short byte strings over blocks of the shards.

The shards are looked at as blocks of 32 kB. For each of 65 536 classes of four bytes (of small letters, in UTF-8), and
of single characters of three bytes such as Chinese ones, a row of bits says which blocks have one: the blocks that can
hold a word are those that have all its classes. Only these are read, and what is found there is compared in full. The
index takes a quarter of the text's size.
Source: Zobel and Moffat 2006 ("Inverted files for text search engines", ACM Computing Surveys 38, signature files).
"""

from __future__ import annotations

import json
import mmap
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from engine import storage
from engine.corpora.corpus import Corpus, shard_path
from engine.work import Work

FILE = "search.bin"
BLOCK_BYTES = 32 << 10
OVERLAP = 256
"""A block also has the classes of so many bytes after it, so that what begins in it is found there."""

CLASSES = 1 << 16
SLAB = 8192
"""So many blocks are turned into rows of bits at a time: 64 MB."""

_KNUTH, _OTHER = np.uint32(2_654_435_761), np.uint32(2_246_822_519)
"""Odd numbers that spread what they are multiplied with over all bits (Knuth's multiplicative hash)."""

LARGEST_BYTES = 8 << 30
"""A larger corpus is searched without an index, as one that was made by an older version."""


def build(corpus: Corpus, work: Work) -> bool:
    """Write the index beside a corpus; returns False for one that is too large. Raises Stopped."""
    sizes = shard_sizes(corpus)
    if sum(sizes) > LARGEST_BYTES:
        return False
    blocks = list(_blocks(sizes))
    with storage.replacing(corpus.folder / FILE) as file:
        for begin in range(0, len(blocks), SLAB):
            part = blocks[begin:begin + SLAB]
            bits = np.zeros((len(part), CLASSES // 8), dtype=np.uint8)
            for row, (shard, offset) in enumerate(part):
                work.progress("index", begin + row, len(blocks), "blocks")
                bits[row] = np.packbits(_classes_of(_read(corpus.folder, shard, offset)))
            file.write(_by_class(bits).tobytes())
    return True


def shard_sizes(corpus: Corpus) -> list[int]:
    """The size of every shard in bytes."""
    count = int(corpus.index["shard"][-1]) + 1 if len(corpus) else 0
    return [shard_path(corpus.folder, number).stat().st_size for number in range(count)]


def _blocks(sizes: Sequence[int]) -> Iterator[tuple[int, int]]:
    """All blocks as (shard, offset)."""
    for shard, size in enumerate(sizes):
        yield from ((shard, offset) for offset in range(0, size, BLOCK_BYTES))


def _read(folder: Path, shard: int, offset: int) -> bytes:
    with open(shard_path(folder, shard), "rb") as file:
        file.seek(offset)
        return file.read(BLOCK_BYTES + OVERLAP)


def _classes_of(block: bytes) -> npt.NDArray[np.bool_]:
    """Which classes a block has, (CLASSES,)."""
    there = np.zeros(CLASSES, dtype=np.bool_)
    there[_classes(block.decode("utf-8", "ignore").lower().encode())] = True
    return there


def _classes(text: bytes) -> npt.NDArray[np.uint32]:
    """The class of every four bytes that follow each other, and of every character of three bytes."""
    each = np.frombuffer(text, dtype=np.uint8).astype(np.uint32)
    if len(each) < 3:
        return np.zeros(0, dtype=np.uint32)
    three = each[:-2] << 16 | each[1:-1] << 8 | each[2:]
    wide = three[(each[:-2] >= 0xe0) & (each[:-2] < 0xf0)]
    four = three[:-1] << 8 | each[3:]
    return np.concatenate([four * _KNUTH, wide * _OTHER]) >> np.uint32(16)


def _by_class(bits: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Rows of bits by block turned into rows by class, (CLASSES, blocks / 8)."""
    turned = np.empty((CLASSES, -(-len(bits) // 8)), dtype=np.uint8)
    for begin in range(0, CLASSES, 256):  # a part at a time: eight times the room is needed for a moment
        part = np.unpackbits(bits[:, begin // 8:(begin + 256) // 8], axis=1)  # (blocks, 256)
        turned[begin:begin + 256] = np.packbits(part.T, axis=1)
    return turned


class Searcher:
    """Finds the documents of a corpus that hold a text, in order, whatever the case of letters."""

    def __init__(self, corpus: Corpus) -> None:
        self._corpus = corpus
        self._sizes = shard_sizes(corpus)
        self._blocks = list(_blocks(self._sizes))
        path = corpus.folder / FILE
        wanted = sum(CLASSES * -(-min(SLAB, len(self._blocks) - begin) // 8)
                     for begin in range(0, len(self._blocks), SLAB))
        self._index: npt.NDArray[np.uint8] | None = None
        if wanted and path.exists() and path.stat().st_size == wanted:
            self._index = np.memmap(path, dtype=np.uint8, mode="r")
        self.reached = 0
        self._maps: dict[int, mmap.mmap] = {}
        self._shards = corpus.index["shard"]
        self._firsts = np.searchsorted(self._shards, np.arange(len(self._sizes) + 1))

    @property
    def has_index(self) -> bool:
        """Whether an index is used."""
        return self._index is not None

    def candidates(self, text: str, first: int = 0) -> Iterator[int | None]:
        """Numbers of documents from `first` on whose line holds every word of a text, in order, each once.

        A line also has the document's name and metadata. None comes after each block without one, so that the caller
        can look at the time: `reached` is the document from which a later search goes on.
        """
        words = sorted((_Word(word) for word in text.split()), key=lambda word: -len(word.folded))
        seen = first - 1
        self.reached = first
        for block in self._blocks_with(words[0].folded, self._block_of(first)) if words else ():
            found = False
            self.reached = max(self.reached, self._first_in(block))
            for number in self._matching(block, words):
                if number > seen:
                    seen, found = number, True
                    yield number
            if not found:
                yield None

    def _first_in(self, block: int) -> int:
        """The document in whose line a block begins."""
        shard, offset = self._blocks[block]
        first, end = int(self._firsts[shard]), int(self._firsts[shard + 1])
        offsets: Any = self._corpus.index["offset"][first:end]
        return first + max(0, int(np.searchsorted(offsets, offset, side="right")) - 1)

    def _block_of(self, number: int) -> int:
        """The block in which a document's line begins."""
        if number >= len(self._shards):
            return len(self._blocks)
        row = self._corpus.index[number]
        before = sum(-(-size // BLOCK_BYTES) for size in self._sizes[:int(row["shard"])])
        return before + int(row["offset"]) // BLOCK_BYTES

    def _blocks_with(self, word: bytes, begin: int) -> Iterator[int]:
        """The blocks that can hold a word, in order."""
        index = self._index
        classes = np.unique(_classes(word[:OVERLAP]))
        if index is None or not len(classes):
            yield from range(begin, len(self._blocks))
            return
        place = 0
        for slab in range(0, len(self._blocks), SLAB):
            count = min(SLAB, len(self._blocks) - slab)
            width = -(-count // 8)
            if slab + count > begin:
                rows = index[place:place + CLASSES * width].reshape(CLASSES, width)
                bits = np.unpackbits(np.bitwise_and.reduce(rows[classes], axis=0), count=count)
                yield from (block for block in (slab + np.flatnonzero(bits)).tolist() if block >= begin)
            place += CLASSES * width

    def _matching(self, block: int, words: Sequence[_Word]) -> Iterator[int]:
        """Documents with the first word beginning in a block, and all the others anywhere in their line."""
        shard, offset = self._blocks[block]
        mapped = self._mapped(shard)
        limit = min(len(mapped), offset + BLOCK_BYTES)
        text = mapped[offset:limit + len(words[0].folded) * 2]
        first, end = int(self._firsts[shard]), int(self._firsts[shard + 1])
        offsets: Any = self._corpus.index["offset"][first:end]
        at = words[0].place_in(text, 0)
        while 0 <= at < limit - offset:
            place = int(np.searchsorted(offsets, offset + at, side="right")) - 1
            line_end = int(offsets[place + 1]) if place + 1 < end - first else len(mapped)
            line = mapped[int(offsets[place]):line_end] if len(words) > 1 else b""
            if all(word.place_in(line, 0) >= 0 for word in words[1:]):
                yield first + place
            if line_end - offset >= len(text):
                return
            at = words[0].place_in(text, line_end - offset)

    def _mapped(self, shard: int) -> mmap.mmap:
        if shard not in self._maps:
            with open(shard_path(self._corpus.folder, shard), "rb") as file:
                self._maps[shard] = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        return self._maps[shard]


class _Word:
    """A word as it stands in a line, whatever the case of its letters."""

    def __init__(self, word: str) -> None:
        self.folded = _in_line(word.lower())
        has_case = [letter for letter in word if not letter.isascii() and letter.lower() != letter.upper()]
        self._pattern = _pattern(word) if has_case else None

    def place_in(self, text: bytes, begin: int) -> int:
        """Where it stands in a text from a place on, -1 where it does not."""
        if self._pattern is None:
            return text.lower().find(self.folded, begin)
        match = self._pattern.search(text, begin)
        return -1 if match is None else match.start()


def _in_line(text: str) -> bytes:
    return json.dumps(text, ensure_ascii=False)[1:-1].encode("utf-8", "replace")


def _pattern(word: str) -> re.Pattern[bytes]:
    """Each letter in either case."""
    letters = []
    for letter in word:
        forms = sorted({_in_line(form) for form in (letter, letter.lower(), letter.upper())})
        letters.append(b"(?:" + b"|".join(map(re.escape, forms)) + b")" if len(forms) > 1 else re.escape(forms[0]))
    return re.compile(b"".join(letters))
