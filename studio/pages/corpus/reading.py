"""Looking into a corpus beside the window: names for the list, one document, and searching."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.corpora.corpus import Corpus
from engine.corpora.document import Document, Skipped
from engine.corpora.manifest import Manifest
from engine.corpora.reader import Reader
from engine.corpora.source import Source
from engine.settings import members_of
from engine.work import Stopped, Work
from studio.queries import Query

MOST_FOUND = 1000
"""The most documents that a search lists, and the most places marked in one document."""

PART = 12_000
"""So many characters of a document are laid out at once; more would hold up the window."""

TRIED = 20
ENOUGH = 4000


@dataclass(frozen=True)
class Shelf:
    """A corpus as it lies on disk, with what the page needs of it at once."""

    corpus: Corpus
    manifest: Manifest
    index: npt.NDArray[Any]

    def numbers_of(self, source: str) -> npt.NDArray[Any]:
        """The numbers of a source's documents; of all documents when no source is named."""
        if not source:
            return np.arange(len(self.index))
        place = next((place for place, each in enumerate(self.manifest.sources) if each.id == source), -1)
        return np.flatnonzero(self.index["source"] == place)

    def place_of(self, source: str) -> str:
        """The label of a source."""
        return next((each.label for each in self.manifest.sources if each.id == source), "")


def open_shelf(folder: Path) -> Shelf:
    """Read manifest and index; raises EngineError where they are damaged."""
    corpus = Corpus(folder)
    return Shelf(corpus, corpus.manifest, corpus.index)


@dataclass(frozen=True)
class Glimpse:
    """A document in the list: its title or first words, its name, its size."""

    title: str
    name: str
    bytes: int


def glimpses(shelf: Shelf, numbers: Sequence[int], query: Query) -> dict[int, Glimpse]:
    """The list's lines for some documents."""
    found = {}
    for number in numbers:
        if query.is_cancelled():
            break
        found[number] = _glimpse(shelf, number)
    return found


def _glimpse(shelf: Shelf, number: int) -> Glimpse:
    """Of a long document only the beginning of its line is read, which has the name and the first words."""
    row = shelf.index[number]
    size = int(row["bytes"])
    if size <= 16_000:
        document = shelf.corpus.document(number)
        return Glimpse(title_of(document), document.name, size)
    name, text = shelf.corpus.beginning(number)
    return Glimpse(_first_words(text), name, size)


def title_of(document: Document) -> str:
    """The title that came with a document, else its first words."""
    title = document.metadata.get("title")
    return " ".join(str(title).split())[:80] if title else _first_words(document.text)


def _first_words(text: str) -> str:
    return " ".join(text[:400].split())[:80]


@dataclass(frozen=True)
class Found:
    """The documents that hold a text, in order; `is_all` is False when there were more than are listed."""

    numbers: tuple[int, ...]
    is_all: bool


def search(shelf: Shelf, numbers: npt.NDArray[Any], text: str, query: Query) -> Found | None:
    """Look through documents; None when the question was withdrawn."""
    pattern = _pattern(text)
    found: list[int] = []
    for number in numbers.tolist():
        if query.is_cancelled():
            return None
        document = shelf.corpus.document(number)
        if pattern.search(document.text) or pattern.search(document.name) or pattern.search(title_of(document)):
            if len(found) == MOST_FOUND:
                return Found(tuple(found), False)
            found.append(number)
    return Found(tuple(found), True)


def places_in(text: str, wanted: str) -> list[int]:
    """Where a text stands in another, whatever the case; counted up to MOST_FOUND."""
    places: list[int] = []
    for match in _pattern(wanted).finditer(text) if wanted else ():
        places.append(match.start())
        if len(places) == MOST_FOUND:
            break
    return places


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(re.escape(text), re.IGNORECASE)


def part_starts(text: str) -> list[int]:
    """Where the parts begin in which a document is shown: at ends of lines where there are some."""
    starts = [0]
    while len(text) - starts[-1] > PART * 5 // 4:
        limit = starts[-1] + PART
        line_end = text.rfind("\n", limit - PART // 4, limit)
        starts.append(line_end + 1 if line_end > 0 else limit)
    return starts


@dataclass(frozen=True)
class Trial:
    """How a source reads with the settings of now: the beginning of one document, or why there is none."""

    name: str = ""
    text: str = ""
    encoding: str = ""
    reason: str = ""
    fix: str = ""


def try_source(source: Source, query: Query) -> Trial | None:
    """Read a source's first documents and show the one that tells most about the encoding.

    That is the first with letters beyond ASCII whose name ends as texts do; else one of the others.
    """
    shown: dict[int, Trial] = {}
    trouble = Trial()
    endings = tuple(ending for reader in members_of(Reader) for ending in reader.extensions)  # type: ignore[type-abstract]
    try:
        for number, found in enumerate(source.read(Work(is_stopping=query.is_cancelled))):
            if isinstance(found, Skipped):
                trouble = trouble if trouble.reason else Trial(found.name, reason=found.reason, fix=found.fix)
            else:
                text = found.text[:ENOUGH]
                is_text = found.name.partition("#")[0].lower().endswith(endings) or source.kind != "folder"
                worth = (not text.isascii()) + 2 * is_text
                shown.setdefault(worth, Trial(found.name, text, str(found.metadata.get("encoding", ""))))
            if number >= TRIED or 3 in shown:
                break
    except Stopped:
        return None
    return shown[max(shown)] if shown else trouble
