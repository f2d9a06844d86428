"""Documents as lines of JSON, with what the index and the manifest must know of them; made in any process."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson
import xxhash

from engine.corpora.document import Document
from engine.corpora.encodings import well_formed
from engine.corpora.language import guess_language
from engine.corpora.manifest import Tally
from engine.corpora.sameness import text_key

ROW = np.dtype([("line", "<u4"), ("characters", "<u4"), ("bytes", "<u4"), ("source", "<u4"), ("key", "<u8")])
"""What a document adds to the index: length of its line and its text, the place of its source, its `text_key`."""


@dataclass(frozen=True)
class Block:
    """Some documents after another, ready to be written: their lines, a row of type ROW each, a tally a source."""

    lines: bytes
    rows: npt.NDArray[Any]
    tallies: tuple[Tally, ...]


class BlockMaker:
    """Gathers documents into a block; `sources` are the ids in the order of the corpus."""

    def __init__(self, sources: Sequence[str]) -> None:
        self._place = {id: place for place, id in enumerate(sources)}
        self._begin()

    def _begin(self) -> None:
        self._lines: list[bytes] = []
        self._rows: list[tuple[int, int, int, int, int]] = []
        self._tallies = tuple(Tally() for _ in self._place)
        self.size = 0

    def add(self, document: Document) -> None:
        """Add one document; its language is guessed unless known from before."""
        text = well_formed(document.text)
        metadata = document.metadata
        if "language" not in metadata:
            metadata = {**metadata, "language": guess_language(text)}
        line = json_line({"name": document.name, "source": document.source, "text": text, "metadata": metadata})
        place, encoded = self._place[document.source], text.encode()
        self._lines.append(line)
        self._rows.append((len(line), len(text), len(encoded), place, text_key(text)))
        self._tallies[place].add(text, len(encoded), xxhash.xxh3_64_intdigest(encoded), metadata)
        self.size += len(line)

    def take(self) -> Block:
        """The block so far; the next one is empty."""
        block = Block(b"".join(self._lines), np.array(self._rows, ROW), self._tallies)
        self._begin()
        return block


def json_line(plain: dict[str, Any]) -> bytes:
    """An object as one line; what no JSON can say, such as half a character in a title, is replaced."""
    try:
        return orjson.dumps(plain, option=orjson.OPT_APPEND_NEWLINE)
    except TypeError:
        return json.dumps(plain, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace") + b"\n"


def document_of(line: bytes) -> Document:
    """The document that a line holds."""
    try:
        plain = orjson.loads(line)
    except orjson.JSONDecodeError:
        plain = json.loads(line)  # also knows NaN and numbers of any length, as in metadata of older corpora
    return Document(plain["name"], plain["text"], plain["source"], plain["metadata"])
