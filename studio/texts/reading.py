"""Looking into a corpus: names for the list, one document part by part, finding, searching, trying a source."""

from __future__ import annotations

import dataclasses
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.corpora.corpus import Corpus
from engine.corpora.document import Document, Skipped
from engine.corpora.reader import Reader
from engine.corpora.search import Searcher
from engine.corpora.source import Source
from engine.settings import from_plain, members_of
from engine.work import Work
from studio.texts.question import question

MOST_FOUND = 1000
"""The most documents that a search lists, and the most places marked in one document."""

MOMENT = 0.08
"""A search answers after so many seconds with what it has, and is asked to go on."""

PART = 12_000
"""So many characters of a document are laid out at once; more would hold up the window."""
WIDE_PART = 5_000
"""The same for Chinese and its neighbours, whose characters take four times as long to lay out."""

ENOUGH = 4000
MOST_TRIALS, FEW, TRIED, TRYING_SECONDS = 12, 20, 400, 1.0
"""Of a source so many documents are shown on trial; a few are always looked at, many only while there is time."""
PASSAGE = 240
"""Characters of a passage from the corpus."""
_FACTS = ("language", "license", "licence", "line", "field")
_LONG_LINE = 16_000


@dataclass(frozen=True)
class Glimpse:
    """A document in the list: its title or first words, its name, its size."""

    title: str
    name: str
    bytes: int


@dataclass(frozen=True)
class Opened:
    """A document with the first of its parts; `starts` are the places where the parts begin."""

    number: int
    title: str
    name: str
    source: str
    metadata: dict[str, Any]
    characters: int
    starts: tuple[int, ...]
    first: str
    original: str
    """The file it was read from, if that is still there."""


@dataclass(frozen=True)
class Found:
    """The documents that hold a text, in order; `next` is where to look on, None when all were looked through."""

    numbers: tuple[int, ...]
    next: int | None


@dataclass(frozen=True)
class SourceTrial:
    """How a source reads with the settings of now: the beginning of one document, or why there is none."""

    name: str = ""
    text: str = ""
    encoding: str = ""
    reason: str = ""
    fix: str = ""


class _Memory:
    """The corpus and the document looked at last."""

    def __init__(self) -> None:
        self.corpus: tuple[str, Corpus] | None = None
        self.searcher: tuple[str, Searcher] | None = None
        self.document: tuple[str, int, Document] | None = None


_memory = _Memory()


@question("corpus.glimpses")
def answer_glimpses(work: Work, folder: str, numbers: list[int]) -> list[list[Any]]:
    """The list's lines for some documents: number, title, name, bytes."""
    corpus = _corpus(folder)
    found = []
    for number in numbers:
        work.check()
        glimpse = _glimpse(corpus, number)
        found.append([number, glimpse.title, glimpse.name, glimpse.bytes])
    return found


@question("corpus.document")
def answer_document(_work: Work, folder: str, number: int, paths: dict[str, str]) -> dict[str, Any]:
    """Open a document; `paths` says where each source lies, by id."""
    document = _document(folder, number)
    starts = part_starts(document.text)
    path = paths.get(document.source)
    original = original_of(document.name, Path(path)) if path else None
    return dataclasses.asdict(Opened(
        number, title_of(document) or document.name, document.name, document.source,
        {name: document.metadata[name] for name in _FACTS if name in document.metadata}, len(document.text),
        tuple(starts), _part(document.text, starts, 0), str(original) if original else ""))


@question("corpus.part")
def answer_part(_work: Work, folder: str, number: int, start: int, end: int) -> str:
    """A stretch of a document."""
    return _document(folder, number).text[start:end]


@question("corpus.find")
def answer_find(_work: Work, folder: str, number: int, wanted: str) -> list[int]:
    """Where a text stands in a document."""
    return places_in(_document(folder, number).text, wanted)


@question("corpus.search")
def answer_search(work: Work, folder: str, source: str, text: str, first: int = 0) -> dict[str, Any]:
    """Look through the documents of a source, or of all, from one on; after a moment says what there is so far."""
    corpus, pattern = _corpus(folder), _pattern(text)
    place = next((place for place, each in enumerate(corpus.manifest.sources) if each.id == source), -1)
    began, found, searcher = work.clock(), list[int](), _searcher(folder)
    for number in searcher.candidates(text, first):
        work.check()
        if number is not None:
            document = corpus.document(number)
            if (not source or int(corpus.index[number]["source"]) == place) and (
                    pattern.search(document.text) or pattern.search(document.name)
                    or pattern.search(title_of(document))):
                found.append(number)
        following = searcher.reached if number is None else number + 1
        if len(found) >= MOST_FOUND or (following > first and work.clock() - began > MOMENT):
            return {"numbers": found, "next": following}
    return {"numbers": found, "next": None}


@question("corpus.passage")
def answer_passage(_work: Work, folder: str, number: int) -> str:
    """The beginning of a document, cut at a line's or word's end; any number will do."""
    corpus = _corpus(folder)
    text = corpus.document(number % max(1, len(corpus))).text[:2 * PASSAGE].strip()
    if len(text) <= PASSAGE:
        return text
    end = max(text.rfind(sign, PASSAGE // 2, PASSAGE) for sign in ("\n", " ", "。"))
    return text[:end + 1 if end > 0 else PASSAGE].rstrip()


@question("source.trial")
def answer_trial(work: Work, source: dict[str, Any], project: str = "") -> dict[str, Any]:
    """Read a source's first documents and show those that tell most about the encoding.

    `project` is the folder of the project, which keeps what was fetched for some sources.
    """
    found = try_source(from_plain(Source, source).in_project(Path(project)), work)
    return {"trials": [dataclasses.asdict(trial) for trial in found]}


def opened_from(plain: dict[str, Any]) -> Opened:
    """The answer to "corpus.document" with its types."""
    return Opened(**{**plain, "starts": tuple(plain["starts"])})


def glimpses_from(plain: list[list[Any]]) -> dict[int, Glimpse]:
    """The answer to "corpus.glimpses" with its types."""
    return {number: Glimpse(title, name, size) for number, title, name, size in plain}


def found_from(plain: dict[str, Any]) -> Found:
    """The answer to "corpus.search" with its types."""
    return Found(tuple(plain["numbers"]), plain["next"])


def trials_from(plain: dict[str, Any]) -> tuple[SourceTrial, ...]:
    """The answer to "source.trial" with its types."""
    return tuple(SourceTrial(**each) for each in plain["trials"])


def numbers_of(corpus: Corpus, source: str) -> npt.NDArray[Any]:
    """The numbers of a source's documents; of all documents when no source is named."""
    if not source:
        return np.arange(len(corpus.index))
    place = next((place for place, each in enumerate(corpus.manifest.sources) if each.id == source), -1)
    return np.flatnonzero(corpus.index["source"] == place)


def title_of(document: Document) -> str:
    """The title that came with a document, else its first words."""
    title = document.metadata.get("title")
    return " ".join(str(title).split())[:80] if title else _first_words(document.text)


def original_of(name: str, path: Path) -> Path | None:
    """The file that a document of a source at `path` was read from, if it is still there."""
    tried = (path / name, path / name.rpartition("#")[0], path)
    return next((place for place in tried if place.is_file()), None)


def places_in(text: str, wanted: str) -> list[int]:
    """Where a text stands in another, whatever the case; counted up to MOST_FOUND."""
    places: list[int] = []
    for match in _pattern(wanted).finditer(text) if wanted else ():
        places.append(match.start())
        if len(places) == MOST_FOUND:
            break
    return places


def part_starts(text: str) -> list[int]:
    """Where the parts begin in which a document is shown: at ends of lines where there are some."""
    starts, size = [0], WIDE_PART if _is_wide(text) else PART
    while len(text) - starts[-1] > size * 5 // 4:
        limit = starts[-1] + size
        line_end = text.rfind("\n", limit - size // 4, limit)
        starts.append(line_end + 1 if line_end > 0 else limit)
    return starts


def _is_wide(text: str) -> bool:
    """Whether a good part of a text is in the scripts of East Asia, by samples of it."""
    samples = text[:: max(1, len(text) // 1000)]
    return sum(sign >= "\u2e80" for sign in samples) > len(samples) * 0.2


def try_source(source: Source, work: Work) -> tuple[SourceTrial, ...]:
    """Those with letters beyond ASCII whose names end as texts do; else others, or why there are none. Raises Stopped.

    Of a folder each file is shown once. The first documents are looked at, until there are enough or the time for a
    preview is over.
    """
    shown: dict[int, dict[str, SourceTrial]] = {}
    trouble = SourceTrial()
    endings = tuple(ending for reader in members_of(Reader) for ending in reader.extensions)  # type: ignore[type-abstract]
    until = time.monotonic() + TRYING_SECONDS
    for number, found in enumerate(source.read(work), 1):
        if isinstance(found, Skipped):
            trouble = trouble if trouble.reason else SourceTrial(found.name, reason=found.reason, fix=found.fix)
        else:
            text = found.text[:ENOUGH]
            file = found.name.partition("#")[0] if source.kind == "folder" else found.name
            is_text = file.lower().endswith(endings) or source.kind != "folder"
            worth = (not text.isascii()) + 2 * is_text
            trial = SourceTrial(found.name, text, str(found.metadata.get("encoding", "")))
            shown.setdefault(worth, {}).setdefault(file, trial)
        is_late = number >= FEW and time.monotonic() > until
        if number >= TRIED or is_late or len(shown.get(3, ())) >= MOST_TRIALS:
            break
    return tuple(shown[max(shown)].values())[:MOST_TRIALS] if shown else (trouble,)


def _corpus(folder: str) -> Corpus:
    kept = _memory.corpus
    if kept is None or kept[0] != folder:
        kept = _memory.corpus = folder, Corpus(Path(folder))
    return kept[1]


def _searcher(folder: str) -> Searcher:
    kept = _memory.searcher
    if kept is None or kept[0] != folder:
        kept = _memory.searcher = folder, Searcher(_corpus(folder))
    return kept[1]


def _document(folder: str, number: int) -> Document:
    kept = _memory.document
    if kept is None or kept[:2] != (folder, number):
        kept = _memory.document = folder, number, _corpus(folder).document(number)
    return kept[2]


def _part(text: str, starts: Sequence[int], part: int) -> str:
    return text[starts[part]:starts[part + 1] if part + 1 < len(starts) else len(text)]


def _glimpse(corpus: Corpus, number: int) -> Glimpse:
    """Of a long document only the beginning of its line is read, which has the name and the first words."""
    size = int(corpus.index[number]["bytes"])
    if size <= _LONG_LINE:
        document = corpus.document(number)
        return Glimpse(title_of(document), document.name, size)
    name, text = corpus.beginning(number)
    return Glimpse(_first_words(text), name, size)


def _first_words(text: str) -> str:
    return " ".join(text[:400].split())[:80]


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(re.escape(text), re.IGNORECASE)
