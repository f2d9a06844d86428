"""Steps one after another, with a tally of what each did."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field

from engine.cleaning.spec import CleaningSpec, place_of
from engine.cleaning.step import Action, CleaningStep
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


@dataclass
class _Counts:
    documents: int = 0
    characters: int = 0
    changed: int = 0
    dropped: int = 0
    seconds: float = 0.0
    reasons: Counter[str] = field(default_factory=Counter)


class Chain:
    """The enabled steps of a spec, ready for one pass over a corpus."""

    def __init__(self, spec: CleaningSpec) -> None:
        self._keep = frozenset(spec.keep)
        self._steps: list[tuple[CleaningStep, Action, _Counts]] = [
            (step, step.start(), _Counts()) for step in spec.enabled_steps]
        self._raw = _Counts()

    def process(self, document: Document) -> Outcome:
        """Send one document through all steps."""
        outcome = Outcome([document])
        self._raw.documents += 1
        self._raw.characters += len(document.text)
        for step, action, counts in self._steps:
            began = time.perf_counter()
            kept = [part for each in outcome.kept for part in self._act(step, action, counts, each, outcome)]
            counts.seconds += time.perf_counter() - began
            counts.documents += len(kept)
            counts.characters += sum(len(part.text) for part in kept)
            outcome.kept = kept
        return outcome

    def _act(self, step: CleaningStep, action: Action, counts: _Counts, document: Document,
             outcome: Outcome) -> list[Document]:
        kept: list[Document] = []
        for result in action(document):
            if isinstance(result, Document):
                kept.append(result)
            elif self._keep and place_of(document) in self._keep:
                kept.append(document)
            else:
                counts.dropped += 1
                counts.reasons[result.reason] += 1
                outcome.removed.append(Removed(step, document, result))
        if kept and not (len(kept) == 1 and kept[0].text == document.text):
            counts.changed += 1
            outcome.acted.append(Acted(step, sum(len(part.text) for part in kept) - len(document.text)))
        return kept

    def figures(self) -> tuple[StepFigures, ...]:
        """What every step did so far; the first entry, of kind "", is the corpus before any step."""
        raw = StepFigures("", "Raw", self._raw.documents, self._raw.characters)
        return (raw, *(_figures(step, counts) for step, _, counts in self._steps))


def _figures(step: CleaningStep, counts: _Counts) -> StepFigures:
    return StepFigures(step.kind, step.title, counts.documents, counts.characters, counts.changed, counts.dropped,
                       round(counts.seconds, 3), dict(counts.reasons.most_common()))
