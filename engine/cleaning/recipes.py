"""Named sets of cleaning steps for common kinds of text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from engine.cleaning.spec import GENTLE, CleaningSpec
from engine.settings import changed


@dataclass(frozen=True)
class CleaningRecipe:
    """A choice of steps and settings under a name."""

    id: str
    title: str
    help: str
    spec: CleaningSpec


def _made(id: str, title: str, help: str, **settings: dict[str, Any]) -> CleaningRecipe:
    """A recipe that differs from Gentle by these settings, each under the name of its step with _ for -."""
    spec = CleaningSpec(steps=GENTLE)
    for step, values in settings.items():
        for name, value in values.items():
            spec = changed(spec, ("steps", step.replace("_", "-"), name), value)
    return CleaningRecipe(id, title, help, spec)


_OFF = {"enabled": False}
_ON = {"enabled": True}

RECIPES: tuple[CleaningRecipe, ...] = (
    _made("gentle", "Gentle", "Repairs what is broken and drops only empty and repeated documents."),
    _made("none", "None", "Changes nothing.",
          **{step.kind.replace("-", "_"): _OFF for step in GENTLE}),
    _made("strict", "Strict", "For web pages: also drops short and repeated lines and short documents.",
          duplicate_lines=_ON, short_lines=_ON, document_length={"shortest": 20}, whitespace={"keep_indents": False}),
    _made("poems", "Poems and verse", "Like Gentle, but keeps line breaks and the shortest poems.",
          whitespace={"join_lines": False, "blank_lines": 1}, document_length={"shortest": 2}),
    _made("chinese", "Chinese", "Like Gentle; also closes up spaces between characters and narrows full-width letters.",
          unicode_form={"narrow": True}, whitespace={"close_han": True, "join_lines": False}),
)


def recipe(id: str) -> CleaningRecipe:
    """A recipe by its id; raises KeyError."""
    return {each.id: each for each in RECIPES}[id]


def recipe_of(spec: CleaningSpec) -> CleaningRecipe | None:
    """The recipe that a spec equals, if any; documents that are always kept make no difference."""
    return next((each for each in RECIPES if each.spec.steps == spec.steps), None)
