"""Cleaning tried on a sample, and documents compared before and after."""

from __future__ import annotations

import dataclasses
import itertools
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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
from engine.settings import from_plain
from engine.work import Work
from studio.texts.comparison import Passage, compare
from studio.texts.question import question

SPLIT = "\n\n⁂\n\n"
"""Stands between the parts of a document that was split."""
LISTED = 60
"""The most dropped documents that are listed."""
EXCERPT = 200


@dataclass(frozen=True)
class Seen:
    """A document of the sample without its text: `left` are the lengths of what is left of it.

    `acted` are (kind of step, characters) and `removed` (kind of step, reason), in the order of the steps.
    """

    number: int
    place: str
    name: str
    characters: int
    left: tuple[int, ...]
    acted: tuple[tuple[str, int], ...]
    removed: tuple[tuple[str, str], ...]
    is_cut: bool

    @property
    def is_changed(self) -> bool:
        """Whether any step did anything."""
        return bool(self.acted or self.removed)


@dataclass(frozen=True)
class Trial:
    """What the steps do to a sample of a corpus."""

    of: int
    seconds: float
    steps: tuple[StepFigures, ...]
    documents: tuple[Seen, ...]
    dropped: tuple[DroppedDocument, ...]


@dataclass(frozen=True)
class Values:
    """The figures of the documents of a sample that came to a step, and whether it dropped each."""

    kind: str
    values: tuple[tuple[float, bool], ...]


@dataclass(frozen=True)
class Effect:
    """Bits per character of clean text by a 5-gram of `raw` and of `cleaned` text; see engine.training.effect."""

    raw: float
    cleaned: float
    characters: int
    held_out: int


@dataclass(frozen=True)
class Applied:
    """What cleaning the whole corpus did; `effect` is None where it was not measured or there was too little text."""

    folder: Path
    steps: tuple[StepFigures, ...]
    dropped: tuple[DroppedDocument, ...]
    is_measured: bool = False
    effect: Effect | None = None


class _Memory:
    """The sample drawn last and the preview made last: most questions are about them again."""

    def __init__(self) -> None:
        self.sample: tuple[tuple[str, int], tuple[Document, ...], int] | None = None
        self.preview: tuple[tuple[str, int, str], Preview] | None = None


_memory = _Memory()


@question("clean.preview")
def answer_preview(work: Work, corpus: str, spec: dict[str, Any], seed: int) -> dict[str, Any]:
    """Try steps on a sample of a corpus."""
    result = _previewed(work, corpus, spec, seed)
    sample = _memory.sample
    dropped = _in_turn(
        DroppedDocument(place_of(removed.document), removed.document.name, removed.step.kind, removed.dropped.reason,
                        removed.dropped.value, removed.document.text[:EXCERPT])
        for seen in result.documents for removed in seen.removed)
    documents = tuple(_seen(number, each) for number, each in enumerate(result.documents))
    return dataclasses.asdict(Trial(sample[2] if sample else 0, result.seconds, result.steps, documents, dropped))


@question("clean.compare")
def answer_compare(work: Work, corpus: str, spec: dict[str, Any], seed: int, number: int) -> list[dict[str, Any]]:
    """Cut one document of a preview into passages before and after."""
    seen = _previewed(work, corpus, spec, seed).documents[number]
    return [dataclasses.asdict(passage) for passage in _passages(seen)]


@question("clean.values")
def answer_values(work: Work, corpus: str, spec: dict[str, Any], seed: int, kind: str) -> dict[str, Any]:
    """Measure the documents that came to a step in a preview."""
    result = _previewed(work, corpus, spec, seed)
    step = next((each for each in from_plain(CleaningSpec, spec).enabled_steps if each.kind == kind), None)
    dropped = {id(removed.document) for seen in result.documents for removed in seen.removed
               if removed.step.kind == kind}
    found = []
    for document in result.came.get(kind, ()) if step is not None else ():
        work.check()
        value = step.value_of(document)  # type: ignore[union-attr]
        if value is not None:
            found.append((value, id(document) in dropped))
    return {"kind": kind, "values": found}


@question("clean.applied")
def answer_applied(_work: Work, folder: str) -> dict[str, Any]:
    """Read what cleaning a whole corpus did."""
    from engine.jobs import EFFECT, effect_of  # loading it takes a moment

    path = Path(folder)
    effect = effect_of(path)
    return {"steps": [dataclasses.asdict(step) for step in Manifest.load(path).steps],
            "dropped": [dataclasses.asdict(each) for each in _in_turn(dropped_from(path))],
            "is_measured": (path / EFFECT).exists(),
            "effect": dataclasses.asdict(effect) if effect is not None else None}


def trial_from(plain: dict[str, Any]) -> Trial:
    """The answer to "clean.preview" with its types."""
    return Trial(plain["of"], plain["seconds"], _figures(plain["steps"]),
                 tuple(Seen(**{**each, "left": tuple(each["left"]), "acted": _pairs(each["acted"]),
                               "removed": _pairs(each["removed"])}) for each in plain["documents"]),
                 tuple(DroppedDocument(**each) for each in plain["dropped"]))


def passages_from(plain: list[dict[str, Any]]) -> list[Passage]:
    """The answer to "clean.compare" with its types."""
    return [Passage(_pairs(each["before"]), _pairs(each["after"])) for each in plain]


def values_from(plain: dict[str, Any]) -> Values:
    """The answer to "clean.values" with its types."""
    return Values(plain["kind"], _pairs(plain["values"]))


def applied_from(folder: Path, plain: dict[str, Any]) -> Applied:
    """The answer to "clean.applied" with its types."""
    return Applied(folder, _figures(plain["steps"]), tuple(DroppedDocument(**each) for each in plain["dropped"]),
                   plain["is_measured"], Effect(**plain["effect"]) if plain["effect"] else None)


def _figures(plain: list[dict[str, Any]]) -> tuple[StepFigures, ...]:
    return tuple(StepFigures(**each) for each in plain)


def _pairs(plain: list[list[Any]]) -> tuple[Any, ...]:
    return tuple((first, second) for first, second in plain)


def _previewed(work: Work, corpus: str, spec: dict[str, Any], seed: int) -> Preview:
    known = corpus, seed, json.dumps(spec, sort_keys=True)
    kept = _memory.preview
    if kept is not None and kept[0] == known:
        return kept[1]
    sample = _drawn(corpus, seed)
    work.check()
    result = preview(sample, from_plain(CleaningSpec, spec), work)
    _memory.preview = known, result
    return result


def _drawn(folder: str, seed: int) -> tuple[Document, ...]:
    kept = _memory.sample
    if kept is not None and kept[0] == (folder, seed):
        return kept[1]
    corpus = Corpus(Path(folder))
    # One character more than a preview looks at lets it see that a document is longer.
    room = max(2000, PREVIEW_CHARACTERS // max(1, min(len(corpus), PREVIEWED))) + 1
    sample = tuple(each.with_text(each.text[:room]) for each in sample_of(corpus, seed=seed))
    _memory.sample = (folder, seed), sample, len(corpus)
    return sample


def _seen(number: int, each: PreviewedDocument) -> Seen:
    return Seen(number, place_of(each.document), each.document.name, len(each.document.text),
                tuple(len(text) for text in each.after),
                tuple((acted.step.kind, acted.characters) for acted in each.acted),
                tuple((removed.step.kind, removed.dropped.reason) for removed in each.removed), each.is_cut)


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
