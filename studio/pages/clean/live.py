"""The live preview: the steps tried on a sample of the corpus, beside the window, after every change."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from engine.cleaning.pipeline import (
    PREVIEW_CHARACTERS,
    PREVIEWED,
    DroppedDocument,
    Preview,
    PreviewedDocument,
    dropped_from,
    preview,
    sample_of,
)
from engine.cleaning.spec import CleaningSpec, place_of
from engine.corpora.corpus import Corpus
from engine.corpora.document import Document
from engine.corpora.manifest import Manifest, StepFigures
from engine.errors import EngineError
from studio.pages.clean.comparison import Passage, compare
from studio.queries import Query

WAIT_MILLISECONDS = 120
"""A preview begins so long after the last change."""
SPLIT = "\n\n⁂\n\n"
"""Stands between the parts of a document that was split."""
LISTED = 60
"""The most dropped documents that are listed."""
EXCERPT = 200


@dataclass(frozen=True)
class Tried:
    """A sample and what the steps do to it."""

    folder: Path
    seed: int
    sample: tuple[Document, ...]
    of: int
    result: Preview
    dropped: tuple[DroppedDocument, ...]


@dataclass(frozen=True)
class Applied:
    """What cleaning the whole corpus did."""

    folder: Path
    steps: tuple[StepFigures, ...]
    dropped: tuple[DroppedDocument, ...]


class LivePreview(QObject):
    """Asks for previews and comparisons; the newest question wins."""

    tried = Signal(object)       # Tried
    applied = Signal(object)     # Applied
    compared = Signal(object)    # list[Passage]
    failed = Signal(object)      # EngineError

    def __init__(self, session: Any, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._last: Tried | None = None
        self._wanted: tuple[Path, CleaningSpec, int] | None = None
        self._rest = QTimer(self, singleShot=True, interval=WAIT_MILLISECONDS)
        self._rest.timeout.connect(self._ask)

    def try_on(self, corpus: Path, spec: CleaningSpec, seed: int) -> None:
        """Try steps on a sample of a corpus, unless that was done last; `tried` tells the result."""
        wanted = (corpus, spec, seed)
        if wanted != self._wanted:
            self._wanted = wanted
            self._rest.start()

    def forget(self) -> None:
        """The project is gone."""
        self._rest.stop()
        self._last = self._wanted = None

    def read_applied(self, folder: Path) -> None:
        """Read what cleaning the whole corpus did."""
        self._session.queries.ask("clean.applied", lambda _query: _read_applied(folder), self._on_applied,
                                  self._on_failed)

    def compare(self, seen: PreviewedDocument) -> None:
        """Cut one document into passages before and after."""
        self._session.queries.ask("clean.compare", lambda _query: _passages(seen), self._on_compared, self._on_failed)

    def _ask(self) -> None:
        if self._wanted is None:
            return
        corpus, spec, seed = self._wanted
        last = self._last
        known = last if last is not None and (last.folder, last.seed) == (corpus, seed) else None
        self._session.queries.ask("clean.preview", lambda query: _tried(query, corpus, spec, seed, known),
                                  self._on_tried, self._on_failed)

    def _on_tried(self, tried: Tried | None) -> None:
        if tried is not None:
            self._last = tried
            self.tried.emit(tried)

    def _on_applied(self, applied: Applied) -> None:
        self.applied.emit(applied)

    def _on_compared(self, passages: list[Passage]) -> None:
        self.compared.emit(passages)

    def _on_failed(self, error: EngineError) -> None:
        self._wanted = None
        self.failed.emit(error)


def _tried(query: Query, folder: Path, spec: CleaningSpec, seed: int, known: Tried | None) -> Tried | None:
    sample, of = (known.sample, known.of) if known is not None else _drawn(Corpus(folder), seed)
    if query.is_cancelled():
        return None
    result = preview(sample, spec)
    dropped = _in_turn(
        DroppedDocument(place_of(removed.document), removed.document.name, removed.step.kind, removed.dropped.reason,
                        removed.dropped.value, removed.document.text[:EXCERPT])
        for seen in result.documents for removed in seen.removed)
    return Tried(folder, seed, sample, of, result, dropped)


def _drawn(corpus: Corpus, seed: int) -> tuple[tuple[Document, ...], int]:
    # One character more than a preview looks at lets it see that a document is longer.
    room = max(2000, PREVIEW_CHARACTERS // max(1, min(len(corpus), PREVIEWED))) + 1
    return tuple(each.with_text(each.text[:room]) for each in sample_of(corpus, seed=seed)), len(corpus)


def _read_applied(folder: Path) -> Applied:
    return Applied(folder, Manifest.load(folder).steps, _in_turn(dropped_from(folder)))


def _in_turn(dropped: Iterable[DroppedDocument]) -> tuple[DroppedDocument, ...]:
    """A few of each step in turn, so that a step that drops thousands does not hide the others."""
    by_step: dict[str, list[DroppedDocument]] = {}
    for each in dropped:
        by_step.setdefault(each.step, []).append(dataclasses.replace(each, text=each.text[:EXCERPT]))
    rounds = itertools.zip_longest(*by_step.values())
    return tuple(itertools.islice((each for turn in rounds for each in turn if each is not None), LISTED))


def _passages(seen: PreviewedDocument) -> list[Passage]:
    before = seen.document.text
    if not seen.after:
        return [Passage(((before[:EXCERPT * 10], "removed"),), ())]
    return compare(before, SPLIT.join(seen.after))
