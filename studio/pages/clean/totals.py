"""What the steps do in all, in words."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from engine.cleaning.spec import CleaningSpec
from engine.cleaning.step import CleaningStep
from engine.corpora.manifest import StepFigures
from engine.settings import Problem
from studio.i18n import Translated, counted, tr
from studio.i18n.numbers import decimal, grouped, percent
from studio.texts.cleaning import Trial

STEEP = 0.5
"""A step that leaves less than this share of the documents or characters is asked about before it is applied."""


def kept_words(spec: CleaningSpec, figures: Sequence[StepFigures], is_whole: bool) -> Translated:
    """How many steps are on and what they keep, of the whole corpus or of the sample."""
    steps = tr("{on} of {all} steps on.", on=len(spec.enabled_steps), all=len(spec.steps))
    if not figures:
        return steps
    share = percent(figures[-1].characters / max(1, figures[0].characters), 1)
    if not is_whole:
        return tr("{steps} Keeps {share} of the characters of the sample.", steps=steps, share=share)
    documents = counted("{count} document", "{count} documents", figures[-1].documents)
    return tr("{steps} Keeps {documents} and {share} of the characters.", steps=steps, documents=documents, share=share)


def preview_words(tried: Trial, is_short: bool) -> Translated:
    """What the preview looked at, and how long it took; how long is left out where room is short."""
    if is_short:
        return tr("Preview: {count} of {all}", count=grouped(len(tried.documents)), all=grouped(tried.of))
    if tried.of == 1:
        return tr("Preview on the one document · {seconds} s", seconds=decimal(tried.seconds, 1))
    return tr("Preview on {count} of {all} documents · {seconds} s", count=grouped(len(tried.documents)),
              all=grouped(tried.of), seconds=decimal(tried.seconds, 1))


def steep_step(spec: CleaningSpec, figures: Sequence[StepFigures]) -> tuple[CleaningStep, float] | None:
    """The first step that takes more than half of the sample, with the share it takes."""
    steps = {step.kind: step for step in spec.steps}
    for before, after in itertools.pairwise(figures):
        left = min(after.documents / max(1, before.documents), after.characters / max(1, before.characters))
        if left < STEEP and after.kind in steps:
            return steps[after.kind], 1 - left
    return None


def steps_at_fault(spec: CleaningSpec, problems: Sequence[Problem]) -> set[str]:
    """The kinds of the steps that a setting of needs mending; a step is named by its place or by its kind."""
    names = {name: step.kind for place, step in enumerate(spec.steps) for name in (str(place), step.kind)}
    found = [problem.path[2] for problem in problems if problem.path[:2] == ("cleaning", "steps") and
             len(problem.path) > 2]
    return {names[name] for name in found if name in names}
