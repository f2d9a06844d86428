"""A corpus on disk: documents in shards of JSON lines, an index to reach any of them, and the manifest."""

from __future__ import annotations

import bisect
import dataclasses
import itertools
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from engine import storage
from engine.corpora import progress
from engine.corpora.block import Block, BlockMaker, document_of
from engine.corpora.document import Document, Skipped
from engine.corpora.encodings import well_formed
from engine.corpora.manifest import (
    SKIPPED_KEPT,
    Manifest,
    SkippedFile,
    SourceFigures,
    StepFigures,
    Tally,
    lengths_of,
)
from engine.corpora.sameness import KeySet
from engine.corpora.source import Source
from engine.errors import EngineError
from engine.resuming import ByteLog
from engine.work import Work

SHARD_BYTES = 64 << 20
BLOCK_BYTES = 1 << 20
"""Documents are written when they have come to so many bytes."""
_ROWS = "index.part"
_COPIED = 1 << 20
_COUNTED = 1 << 18
_MAPPED = 16 << 20
"""An index over this size is read from the disk where it is looked at, not loaded."""

INDEX = np.dtype([("shard", "<u4"), ("offset", "<u8"), ("characters", "<u4"), ("bytes", "<u4"), ("source", "<u4"),
                  ("key", "<u8")])
"""One row a document: where its line begins, its length, the place of its source, and its `text_key`."""


class CorpusWriter:
    """Writes a corpus into a folder, document by document, in bounded memory whatever their number.

    `state` is that of an earlier writer: what it wrote afterwards, until it was killed, is cut off.
    """

    def __init__(self, folder: Path, sources: Sequence[SourceFigures], state: Mapping[str, Any] | None = None) -> None:
        self._folder = folder
        self._sources = list(sources)
        self._place = {source.id: place for place, source in enumerate(self._sources)}
        self._maker = BlockMaker(list(self._place))
        known = state or {"shard": 0, "offset": 0, "rows": 0, "tallies": [{} for _ in self._sources], "skipped": [],
                          "skipped_count": 0}
        self._tallies = [Tally.from_plain(plain) for plain in known["tallies"]]
        self.skipped = [SkippedFile(**plain) for plain in known["skipped"]]
        self.skipped_count: int = known["skipped_count"]
        self._shard: int = known["shard"]
        for number in itertools.takewhile(lambda n: shard_path(folder, n).exists(), itertools.count(self._shard + 1)):
            shard_path(folder, number).unlink()
        self._file = ByteLog(shard_path(folder, self._shard), known["offset"])
        self._rows = ByteLog(folder / _ROWS, known["rows"] * INDEX.itemsize)

    def add(self, document: Document) -> None:
        """Write one document; its language is guessed unless known from before."""
        self._maker.add(document)
        if self._maker.size >= BLOCK_BYTES:
            self.append(self._maker.take())

    def append(self, block: Block) -> None:
        """Write a block of documents; a block is never divided between shards."""
        if not len(block.rows):
            return
        if self._file.length >= SHARD_BYTES:
            self._file.sync()
            self._file.close()
            self._shard += 1
            self._file = ByteLog(shard_path(self._folder, self._shard))
        rows = np.zeros(len(block.rows), INDEX)
        rows["shard"] = self._shard
        lengths = block.rows["line"].astype(np.uint64)
        rows["offset"] = np.uint64(self._file.length) + np.cumsum(lengths) - lengths
        for name in ("characters", "bytes", "source", "key"):
            rows[name] = block.rows[name]
        self._file.append(block.lines)
        self._rows.append(rows.tobytes())
        for tally, new in zip(self._tallies, block.tallies, strict=True):
            tally.merge(new)

    def skip(self, source: str, skipped: Skipped) -> None:
        """Note a file that was not read."""
        self._tallies[self._place[source]].skipped += 1
        self.skipped_count += 1
        if len(self.skipped) < SKIPPED_KEPT:
            self.skipped.append(SkippedFile(source, well_formed(skipped.name), skipped.reason, skipped.fix))

    def saved_state(self) -> dict[str, Any]:
        """Make all that was written durable, and say as plain data how another writer can go on from here."""
        self.append(self._maker.take())
        self._file.sync()
        self._rows.sync()
        return {"shard": self._shard, "offset": self._file.length, "rows": self._rows.length // INDEX.itemsize,
                "tallies": [tally.to_plain() for tally in self._tallies],
                "skipped": [dataclasses.asdict(each) for each in self.skipped], "skipped_count": self.skipped_count}

    def finish(self, steps: Sequence[StepFigures] = ()) -> Manifest:
        """Write the index and the manifest."""
        self.saved_state()
        index = self._write_index()
        languages: Counter[str] = sum((tally.languages for tally in self._tallies), Counter())
        duplicates = _duplicates(index, len(self._sources))
        manifest = Manifest(
            documents=len(index), characters=int(index["characters"].sum(dtype=np.int64)),
            bytes=int(index["bytes"].sum(dtype=np.int64)),
            exact_duplicates=sum(duplicates), **lengths_of(index["characters"]),
            languages=dict(languages.most_common()),
            sources=tuple(tally.figures(source, count) for source, tally, count
                          in zip(self._sources, self._tallies, duplicates, strict=True)),
            skipped=tuple(self.skipped), skipped_count=self.skipped_count, steps=tuple(steps))
        manifest.save(self._folder)
        self.close()
        return manifest

    def close(self) -> None:
        """Close the files; what was written stays."""
        self._file.close()
        self._rows.close()

    def _write_index(self) -> npt.NDArray[Any]:
        """Write `index.npy` from the rows, a few at a time, and open it."""
        count = self._rows.length // INDEX.itemsize
        with storage.replacing(self._folder / "index.npy") as file:
            header = {"descr": np.lib.format.dtype_to_descr(INDEX), "fortran_order": False, "shape": (count,)}
            np.lib.format.write_array_header_1_0(file, header)
            for begin in range(0, self._rows.length, _COPIED):
                file.write(self._rows.read(begin, _COPIED))
        return _load_index(self._folder)


def tidy(folder: Path) -> None:
    """Remove from a finished corpus what only a writer that goes on would need."""
    (folder / _ROWS).unlink(missing_ok=True)


def _duplicates(index: npt.NDArray[Any], n_sources: int) -> list[int]:
    """For each source the number of its documents whose key an earlier document has.

    Keys are hashes: those of one remainder are looked at in one go, so that 13 MB are enough for any corpus.
    """
    counts = np.zeros(n_sources, np.int64)
    parts = 1 + len(index) // _COUNTED
    for part in range(parts):
        seen = KeySet()
        for begin in range(0, len(index), _COUNTED):
            rows = index[begin:begin + _COUNTED]
            rows = rows[rows["key"] % np.uint64(parts) == part] if parts > 1 else rows
            counts += np.bincount(rows["source"][~seen.add_all(rows["key"])], minlength=n_sources)
    found: list[int] = counts.tolist()
    return found


def _load_index(folder: Path) -> npt.NDArray[Any]:
    path = folder / "index.npy"
    mode: Literal["r"] | None = "r" if path.stat().st_size > _MAPPED else None
    index: npt.NDArray[Any] = np.load(path, mmap_mode=mode, allow_pickle=False)
    return index


def shard_path(folder: Path, number: int) -> Path:
    """Where the lines of a shard lie."""
    return folder / f"documents-{number:05d}.jsonl"


def marks_of(sources: Sequence[Source]) -> dict[str, str]:
    """By the source's id a fingerprint of its settings and files as they are now; seconds for 100 000 files."""
    return {source.id: storage.fingerprint(source.identity()) for source in sources}


def read_corpus(sources: Sequence[Source], into: Path, work: Work) -> Manifest:
    """Read all sources into a folder; a bad file is noted and never stops the rest.

    A source listed twice is read once. Memory stays bounded whatever the size of files. Where the folder holds what
    an earlier call had read when it was killed or stopped, finished sources are not read again. Raises Stopped.
    """
    unique = {source.id: source for source in sources}
    saved = progress.load(into, list(unique)) or {"sources": 0, "writer": None}
    if progress.is_finished(saved):
        tidy(into)
        return Manifest.load(into)
    marks = marks_of(sources)
    writer = CorpusWriter(into, [SourceFigures(id, source.label(), source.kind, source.licence, mark=marks[id])
                                 for id, source in unique.items()], saved["writer"])
    done: int = saved["writer"]["rows"] if saved["writer"] else 0
    try:
        for place, (id, source) in enumerate(unique.items()):
            if place < saved["sources"]:
                continue
            for found in source.read(work):
                if isinstance(found, Skipped):
                    writer.skip(id, found)
                    continue
                writer.add(Document(found.name, found.text, id, found.metadata))
                done += 1
                work.progress("corpus", done, None, "documents", found.name)
            if len(unique) > 1:
                progress.save(into, list(unique), {"sources": place + 1, "writer": writer.saved_state()})
        manifest = writer.finish()
        progress.finish(into, list(unique))
        tidy(into)
        return manifest
    finally:
        writer.close()


class Corpus:
    """A corpus to read: `len`, `documents()` in order, `document(i)` at once, `manifest`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        if not (folder / "index.npy").exists():
            raise EngineError(f"{folder.name} holds no corpus.", "A folder made by reading or cleaning was expected.",
                              "Read the sources again.")

    @cached_property
    def manifest(self) -> Manifest:
        """The figures of this corpus."""
        return Manifest.load(self.folder)

    @cached_property
    def index(self) -> npt.NDArray[Any]:
        """One row of type INDEX a document, in order."""
        return _load_index(self.folder)

    def __len__(self) -> int:
        """The number of documents."""
        return len(self.index)

    def documents(self, first: int = 0, end: int | None = None) -> Iterator[Document]:
        """All documents, or those from `first` to before `end`, in order, one at a time."""
        rows = self.index[first:end]
        shards, done = rows["shard"], 0
        while done < len(rows):
            number = int(shards[done])
            after = bisect.bisect_right(shards, number, done)
            with open(shard_path(self.folder, number), "rb") as file:
                file.seek(int(rows["offset"][done]))
                yield from map(document_of, itertools.islice(file, after - done))
            done = after

    def document(self, number: int) -> Document:
        """One document by its number from 0; raises IndexError."""
        row = self.index[number]
        with open(shard_path(self.folder, int(row["shard"])), "rb") as file:
            file.seek(int(row["offset"]))
            return document_of(file.readline())

    def beginning(self, number: int, most: int = 4000) -> tuple[str, str]:
        """Name and first words of a document, read from the first `most` bytes of its line; raises IndexError."""
        row = self.index[number]
        with open(shard_path(self.folder, int(row["shard"])), "rb") as file:
            file.seek(int(row["offset"]))
            line = file.read(most).decode("utf-8", "ignore")
        begin = line.index('"', line.index(":"))
        name, end = json.JSONDecoder().raw_decode(line, begin)
        text = _TEXT.split(line[end:], maxsplit=1)[-1]
        text = _METADATA.split(text, maxsplit=1)[0]
        return name, _ESCAPE.sub(lambda found: _ESCAPED.get(found[1], " "), text)


_TEXT = re.compile('"text": ?"')
_METADATA = re.compile('", ?"metadata": ?')  # a quotation mark inside the text has a backslash before it
_ESCAPE = re.compile(r"\\(u[0-9a-f]{4}|.)")
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "\\": "\\"}

