"""Steps one after another, with a tally of what each did."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from engine.cleaning.spec import CleaningSpec, place_of
from engine.cleaning.step import Action, CleaningStep, Result
from engine.cleaning.tally import Counts, Tally
from engine.corpora.document import Document, Dropped
from engine.corpora.manifest import StepFigures


@dataclass(frozen=True)
class Acted:
    """A step changed a document by so many characters (negative: removed)."""

    step: CleaningStep
    characters: int


@dataclass(frozen=True)
class Removed:
    """A step dropped a document, shown as it was when it came to the step."""

    step: CleaningStep
    document: Document
    dropped: Dropped


@dataclass
class Outcome:
    """What became of one document."""

    kept: list[Document] = field(default_factory=list)
    acted: list[Acted] = field(default_factory=list)
    removed: list[Removed] = field(default_factory=list)


class Chain:
    """The enabled steps of a spec, ready for one pass over documents that come one by one."""

    def __init__(self, spec: CleaningSpec, keeps_all: bool = False) -> None:
        """With `keeps_all`, `came` holds what came to each step that measures, so use it for a few documents only."""
        self._keep = frozenset(spec.keep)
        self._steps: list[tuple[CleaningStep, Action]] = [(step, step.start()) for step in spec.enabled_steps]
        self._tally = Tally(len(self._steps))
        self.came: dict[str, list[Document]] = {
            step.kind: [] for step in spec.enabled_steps if keeps_all and step.measure is not None}

    def process(self, document: Document) -> Outcome:
        """Send one document through all steps."""
        outcome = Outcome([document])
        self._tally.raw.documents += 1
        self._tally.raw.characters += len(document.text)
        for (step, action), counts in zip(self._steps, self._tally.steps, strict=True):
            began = time.perf_counter()
            documents, outcome.kept = outcome.kept, []
            if step.kind in self.came:
                self.came[step.kind] += documents
            for each in documents:
                kept, removed = settle(step, each, action(each), counts, self._keep)
                outcome.kept += kept
                outcome.removed += removed
                if kept and not (len(kept) == 1 and kept[0].text == each.text):
                    outcome.acted.append(Acted(step, sum(len(part.text) for part in kept) - len(each.text)))
            counts.seconds += time.perf_counter() - began
        return outcome

    def figures(self) -> tuple[StepFigures, ...]:
        """What every step did so far; the first entry, of kind "", is the corpus before any step."""
        return self._tally.figures([step for step, _ in self._steps])


def settle(step: CleaningStep, document: Document, results: Iterable[Result], counts: Counts,
           keep: frozenset[str]) -> tuple[list[Document], list[Removed]]:
    """Count what a step made of a document: what is kept, and what is dropped for good.

    `keep` names documents that no step may drop.
    """
    kept: list[Document] = []
    removed: list[Removed] = []
    for result in results:
        if isinstance(result, Document):
            kept.append(result)
            if step.notes and result is not document and step.notes in result.metadata:
                counts.noted.update(step.noted_in(result))
        elif keep and place_of(document) in keep:
            kept.append(document)
        else:
            counts.dropped += 1
            counts.reasons[result.reason] += 1
            removed.append(Removed(step, document, result))
    if kept:
        counts.documents += len(kept)
        counts.characters += sum(len(part.text) for part in kept)
        counts.changed += not (len(kept) == 1 and kept[0].text == document.text)
    return kept, removed
