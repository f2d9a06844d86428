"""Cleaning a corpus, and trying the steps on a few documents first."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from engine.cleaning.chain import Acted, Chain, Removed
from engine.cleaning.dropped import DROPPED, DROPPED_KEPT, EXCERPT, DroppedDocument, dropped_from
from engine.cleaning.passing import clean_corpus
from engine.cleaning.spec import CleaningSpec
from engine.corpora.corpus import Corpus
from engine.corpora.document import Document
from engine.corpora.manifest import StepFigures
from engine.randomness import generator_for
from engine.work import Work

__all__ = ["DROPPED", "DROPPED_KEPT", "EXCERPT", "PREVIEWED", "PREVIEW_CHARACTERS", "DroppedDocument", "Preview",
           "PreviewedDocument", "clean_corpus", "dropped_from", "preview", "sample_of"]

PREVIEWED = 200
PREVIEW_CHARACTERS = 1_000_000
"""A preview looks at so many characters in all, so that it takes less than a second."""


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
    """What the steps do to a sample: figures as in a manifest, and each document before and after.

    `came` are the documents that came to each step that measures, by its kind.
    """

    steps: tuple[StepFigures, ...]
    documents: tuple[PreviewedDocument, ...]
    seconds: float
    came: Mapping[str, Sequence[Document]] = field(default_factory=dict)


def sample_of(corpus: Corpus, count: int = PREVIEWED, seed: int = 0) -> list[Document]:
    """Documents drawn at random for a preview, in the corpus's order."""
    numbers = generator_for(seed, "preview").permutation(len(corpus))[:count]
    return [corpus.document(int(number)) for number in sorted(numbers)]


def preview(documents: Iterable[Document], spec: CleaningSpec, work: Work | None = None) -> Preview:
    """Try the steps on some documents; long ones are cut so that 200 take less than a second. Raises Stopped."""
    began = time.perf_counter()
    chosen = list(documents)
    most = max(2000, PREVIEW_CHARACTERS // max(1, len(chosen)))
    chain = Chain(spec, keeps_all=True)
    seen = []
    for document in chosen:
        if work is not None:
            work.check()
        shown = document.with_text(document.text[:most])
        outcome = chain.process(shown)
        seen.append(PreviewedDocument(shown, tuple(kept.text for kept in outcome.kept), tuple(outcome.acted),
                                      tuple(outcome.removed), len(document.text) > most))
    return Preview(chain.figures(), tuple(seen), time.perf_counter() - began, chain.came)
