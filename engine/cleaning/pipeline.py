"""Cleaning a corpus, and trying the steps on a few documents first."""

from __future__ import annotations

import dataclasses
import json
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.cleaning.chain import Acted, Chain, Removed
from engine.cleaning.spec import CleaningSpec, place_of
from engine.corpora.corpus import Corpus, CorpusWriter
from engine.corpora.document import Document
from engine.corpora.manifest import Manifest, StepFigures
from engine.randomness import generator_for
from engine.storage import LineLog
from engine.work import Work

DROPPED = "dropped.jsonl"
DROPPED_KEPT = 1000
"""The most dropped documents of one step that are written down, with their first 2 000 characters."""
EXCERPT = 2000

PREVIEWED = 200
PREVIEW_CHARACTERS = 1_000_000
"""A preview looks at so many characters in all, so that it takes less than a second."""


def clean_corpus(corpus: Corpus, spec: CleaningSpec, into: Path, work: Work) -> Manifest:
    """Send every document through the steps and write what is left, with a tally of each step.

    `dropped.jsonl` beside the new corpus lists dropped documents with step and reason. Raises Stopped.
    """
    spec.require_valid()
    chain = Chain(spec)
    writer = CorpusWriter(into, corpus.manifest.sources)
    dropped = LineLog(into / DROPPED)
    written: Counter[str] = Counter()
    try:
        for number, document in enumerate(corpus.documents(), start=1):
            outcome = chain.process(document)
            for kept in outcome.kept:
                writer.add(kept)
            for removed in outcome.removed:
                written[removed.step.kind] += 1
                if written[removed.step.kind] <= DROPPED_KEPT:
                    dropped.append([_noted(removed)])
            work.progress("cleaned", number, len(corpus), "documents")
        return writer.finish(chain.figures())
    finally:
        dropped.close()
        writer.close()


@dataclass(frozen=True)
class DroppedDocument:
    """A document that cleaning dropped: `place` is how `keep` in the settings names it."""

    place: str
    name: str
    step: str
    reason: str
    value: float | None
    text: str


def _noted(removed: Removed) -> dict[str, Any]:
    document, dropped = removed.document, removed.dropped
    return dataclasses.asdict(DroppedDocument(place_of(document), document.name, removed.step.kind, dropped.reason,
                                              dropped.value, document.text[:EXCERPT]))


def dropped_from(cleaned: Path) -> list[DroppedDocument]:
    """The dropped documents that are listed beside a cleaned corpus, in order."""
    path = cleaned / DROPPED
    lines = path.read_text("utf-8", "replace").splitlines() if path.exists() else []
    return [DroppedDocument(**json.loads(line)) for line in lines]


@dataclass(frozen=True)
class PreviewedDocument:
    """One document before and after: `after` has several texts where it was split, none where it was dropped."""

    document: Document
    after: tuple[str, ...]
    acted: tuple[Acted, ...]
    removed: tuple[Removed, ...]
    is_cut: bool

    @property
    def is_changed(self) -> bool:
        """Whether any step did anything."""
        return bool(self.acted or self.removed)


@dataclass(frozen=True)
class Preview:
    """What the steps do to a sample: figures as in a manifest, and each document before and after."""

    steps: tuple[StepFigures, ...]
    documents: tuple[PreviewedDocument, ...]
    seconds: float


def sample_of(corpus: Corpus, count: int = PREVIEWED, seed: int = 0) -> list[Document]:
    """Documents drawn at random for a preview, in the corpus's order."""
    numbers = generator_for(seed, "preview").permutation(len(corpus))[:count]
    return [corpus.document(int(number)) for number in sorted(numbers)]


def preview(documents: Iterable[Document], spec: CleaningSpec) -> Preview:
    """Try the steps on some documents; long ones are cut so that 200 take less than a second."""
    began = time.perf_counter()
    chosen = list(documents)
    most = max(2000, PREVIEW_CHARACTERS // max(1, len(chosen)))
    chain = Chain(spec)
    seen = []
    for document in chosen:
        shown = document.with_text(document.text[:most])
        outcome = chain.process(shown)
        seen.append(PreviewedDocument(shown, tuple(kept.text for kept in outcome.kept), tuple(outcome.acted),
                                      tuple(outcome.removed), len(document.text) > most))
    return Preview(chain.figures(), tuple(seen), time.perf_counter() - began)
