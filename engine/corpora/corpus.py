"""A corpus on disk: documents in shards of JSON lines, an index to reach any of them, and the manifest."""

from __future__ import annotations

import json
import re
from array import array
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from engine.corpora.document import Document, Skipped
from engine.corpora.encodings import well_formed
from engine.corpora.language import guess_language
from engine.corpora.manifest import (
    SKIPPED_KEPT,
    Manifest,
    SkippedFile,
    SourceFigures,
    StepFigures,
    Tally,
    lengths_of,
)
from engine.corpora.sameness import text_key
from engine.corpora.source import Source
from engine.errors import EngineError
from engine.work import Work

SHARD_BYTES = 64 << 20

INDEX = np.dtype([("shard", "<u4"), ("offset", "<u8"), ("characters", "<u4"), ("bytes", "<u4"), ("source", "<u4"),
                  ("key", "<u8")])
"""One row a document: where its line begins, its length, the place of its source, and its `text_key`."""


class CorpusWriter:
    """Writes a corpus into an empty folder, document by document, in bounded memory (32 bytes a document)."""

    def __init__(self, folder: Path, sources: Sequence[SourceFigures]) -> None:
        self._folder = folder
        self._sources = list(sources)
        self._place = {source.id: place for place, source in enumerate(self._sources)}
        self._tallies = [Tally() for _ in self._sources]
        self._rows = array("Q")  # five numbers a document, see `finish`
        self._shard = -1
        self._offset = SHARD_BYTES
        self._file: BinaryIO | None = None
        self.skipped: list[SkippedFile] = []
        self.skipped_count = 0

    def add(self, document: Document) -> None:
        """Write one document; its language is guessed unless known from before."""
        text = well_formed(document.text)
        size_bytes = len(text.encode())
        metadata = document.metadata
        if "language" not in metadata:
            metadata = {**metadata, "language": guess_language(text)}
        line = {"name": document.name, "source": document.source, "text": text, "metadata": metadata}
        file = self._open_shard()
        place = self._place[document.source]
        self._rows.extend((self._shard << 40 | self._offset, len(text), size_bytes, place, text_key(text)))
        self._offset += file.write(json.dumps(line, ensure_ascii=False).encode("utf-8", "replace") + b"\n")
        self._tallies[place].add(text, size_bytes, metadata)

    def skip(self, source: str, skipped: Skipped) -> None:
        """Note a file that was not read."""
        self._tallies[self._place[source]].skipped += 1
        self.skipped_count += 1
        if len(self.skipped) < SKIPPED_KEPT:
            self.skipped.append(SkippedFile(source, well_formed(skipped.name), skipped.reason, skipped.fix))

    def finish(self, steps: Sequence[StepFigures] = ()) -> Manifest:
        """Write the index and the manifest."""
        self.close()
        rows = np.frombuffer(self._rows, np.uint64).reshape(-1, 5) if self._rows else np.zeros((0, 5), np.uint64)
        index = np.zeros(len(rows), INDEX)
        index["shard"], index["offset"] = rows[:, 0] >> np.uint64(40), rows[:, 0] & np.uint64((1 << 40) - 1)
        for column, name in enumerate(("characters", "bytes", "source", "key"), start=1):
            index[name] = rows[:, column]
        np.save(self._folder / "index.npy", index, allow_pickle=False)
        languages: Counter[str] = sum((tally.languages for tally in self._tallies), Counter())
        manifest = Manifest(
            documents=len(index), characters=int(index["characters"].sum(dtype=np.int64)),
            bytes=int(index["bytes"].sum(dtype=np.int64)),
            exact_duplicates=len(index) - len(np.unique(index["key"])), **lengths_of(index["characters"]),
            languages=dict(languages.most_common()),
            sources=tuple(tally.figures(source.id, source.label, source.kind, source.licence)
                          for source, tally in zip(self._sources, self._tallies, strict=True)),
            skipped=tuple(self.skipped), skipped_count=self.skipped_count, steps=tuple(steps))
        manifest.save(self._folder)
        return manifest

    def close(self) -> None:
        """Close the shard that is open; harmless when none is."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _open_shard(self) -> BinaryIO:
        if self._file is None or self._offset >= SHARD_BYTES:
            self.close()
            self._shard, self._offset = self._shard + 1, 0
            self._file = open(_shard(self._folder, self._shard), "wb")  # noqa: SIM115  (held until the next)
        return self._file


def _shard(folder: Path, number: int) -> Path:
    return folder / f"documents-{number:05d}.jsonl"


def read_corpus(sources: Sequence[Source], into: Path, work: Work) -> Manifest:
    """Read all sources into a folder; a bad file is noted and never stops the rest.

    A source listed twice is read once. Memory stays bounded whatever the size of files. Raises Stopped.
    """
    unique = {source.id: source for source in sources}
    writer = CorpusWriter(into, [SourceFigures(id, source.label(), source.kind, source.licence)
                                 for id, source in unique.items()])
    done = 0
    try:
        for id, source in unique.items():
            for found in source.read(work):
                if isinstance(found, Skipped):
                    writer.skip(id, found)
                    continue
                writer.add(Document(found.name, found.text, id, found.metadata))
                done += 1
                work.progress("corpus", done, None, "documents", found.name)
        return writer.finish()
    finally:
        writer.close()


@dataclass(frozen=True)
class Hit:
    """A place where a searched text was found: number of the document, place in it, and the words around."""

    number: int
    name: str
    position: int
    excerpt: str


class Corpus:
    """A corpus to read: `len`, `documents()` in order, `document(i)` at once, `manifest`, `search`."""

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
        index: npt.NDArray[Any] = np.load(self.folder / "index.npy", allow_pickle=False)
        return index

    def __len__(self) -> int:
        """The number of documents."""
        return len(self.index)

    def documents(self) -> Iterator[Document]:
        """All documents, in order, one at a time."""
        for number in range(int(self.index["shard"].max()) + 1 if len(self) else 0):
            with open(_shard(self.folder, number), "rb") as file:
                yield from map(_document, file)

    def document(self, number: int) -> Document:
        """One document by its number from 0; raises IndexError."""
        row = self.index[number]
        with open(_shard(self.folder, int(row["shard"])), "rb") as file:
            file.seek(int(row["offset"]))
            return _document(file.readline())

    def beginning(self, number: int, most: int = 4000) -> tuple[str, str]:
        """Name and first words of a document, read from the first `most` bytes of its line; raises IndexError."""
        row = self.index[number]
        with open(_shard(self.folder, int(row["shard"])), "rb") as file:
            file.seek(int(row["offset"]))
            line = file.read(most).decode("utf-8", "ignore")
        name, end = json.JSONDecoder().raw_decode(line, line.index(":") + 2)
        start = line.find('"text": "', end) + len('"text": "')
        text = line[start:].partition('", "metadata": ')[0]
        return name, _ESCAPE.sub(lambda found: _ESCAPED.get(found[1], " "), text)

    def search(self, text: str, limit: int = 100) -> list[Hit]:
        """The first places, one a document, where a text occurs in a name or text; capital letters count as small."""
        wanted = text.lower()
        hits: list[Hit] = []
        for number, document in enumerate(self.documents() if wanted else ()):
            position = document.text.lower().find(wanted)
            if position >= 0 or wanted in document.name.lower():
                at = max(0, position)
                excerpt = " ".join(document.text[max(0, at - 40):at + len(text) + 80].split())
                hits.append(Hit(number, document.name, at, excerpt))
                if len(hits) >= limit:
                    break
        return hits


_ESCAPE = re.compile(r"\\(u[0-9a-f]{4}|.)")
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "\\": "\\"}


def _document(line: bytes) -> Document:
    plain = json.loads(line)
    return Document(plain["name"], plain["text"], plain["source"], plain["metadata"])
