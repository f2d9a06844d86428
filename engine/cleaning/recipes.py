"""Named sets of cleaning steps for common kinds of text."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from engine.cleaning.spec import GENTLE, CleaningSpec
from engine.settings import changed, fields_of


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

_LIMITS = {field.name: field.default for step in GENTLE if step.kind == "repetition" for field in fields_of(type(step))}
"""The limits of repetition for web pages, which Gentle loosens."""

_WEB: dict[str, dict[str, Any]] = {
    "book_boilerplate": _OFF, "web_lines": _ON, "markup_remains": _ON, "language": _ON, "line_rules": _ON,
    "function_words": {"shortest_chinese": 150}, "repetition": _LIMITS, "near_duplicates": _ON,
    "document_length": {"shortest": 20, "shortest_chinese": 30}, "whitespace": {"keep_indents": False},
}

RECIPES: tuple[CleaningRecipe, ...] = (
    _made("gentle", "Gentle", "Repairs what is broken, masks private data, drops only repeated documents and what "
                              "is no text."),
    _made("strict", "Strict", "Like Web pages; also drops short lines and lines and paragraphs that were seen before.",
          **{**_WEB, "duplicate_lines": _ON, "duplicate_paragraphs": _ON, "short_lines": _ON,
             "line_rules": {"enabled": True, "end_marks": 0.12, "end_marks_chinese": 0.106, "short_lines": 0.67,
                            "lines_per_word": 0.3}}),
    _made("web", "Web pages", "Removes menus, notices and markup, and drops what is not prose in the way of the large "
                              "web corpora, and documents that are nearly equal.",
          **{**_WEB, "duplicate_lines": {"enabled": True, "times": 10}}),
    _made("poems", "Poems and verse", "Like Gentle, but keeps line breaks and the shortest poems.",
          whitespace={"join_lines": False, "blank_lines": 1}, document_length={"shortest": 2},
          book_boilerplate={"pages": False}, repetition=_OFF, variety=_OFF, function_words=_OFF),
    _made("code", "Code", "For program code: keeps indents, codes and symbols, and masks keys and passwords.",
          fix_encoding={"entities": False}, whitespace={"join_lines": False, "close_runs": False, "blank_lines": 2},
          book_boilerplate=_OFF, document_length={"shortest": 2}, character_mix=_OFF, function_words=_OFF,
          repetition=_OFF, variety=_OFF, private_data={"phone": False, "plate": False, "account": False}),
    _made("chinese", "Chinese", "Like Gentle; also closes up spaces between characters, narrows full-width letters and "
                                "writes simplified characters.",
          unicode_form={"narrow": True}, whitespace={"close_han": True}, script_conversion=_ON),
    _made("none", "None", "Changes nothing.", **{step.kind.replace("-", "_"): _OFF for step in GENTLE}),
)


def recipe(id: str) -> CleaningRecipe:
    """A recipe by its id; raises KeyError."""
    return {each.id: each for each in RECIPES}[id]


def recipe_of(spec: CleaningSpec) -> CleaningRecipe | None:
    """The recipe that a spec equals, if any; documents that are always kept make no difference."""
    return next((each for each in RECIPES if each.spec.steps == spec.steps), None)


def nearest_recipe(spec: CleaningSpec, recipes: Iterable[CleaningRecipe] = RECIPES) -> tuple[CleaningRecipe, int]:
    """The recipe that a spec differs from in the fewest places, and how many those are; raises ValueError for none."""
    return min(((each, differences(spec, each.spec)) for each in recipes), key=lambda found: found[1])


def differences(one: CleaningSpec, other: CleaningSpec) -> int:
    """In how many places two specs differ: settings, steps that only one has, and one more for another order."""
    first, second = ({step.kind: step for step in spec.steps} for spec in (one, other))
    shared = [kind for kind in first if kind in second]
    settings = len([kind for kind in shared for field in fields_of(type(first[kind]))
                    if getattr(first[kind], field.name) != getattr(second[kind], field.name)])
    is_moved = shared != [kind for kind in second if kind in first]
    return settings + len(first.keys() ^ second.keys()) + is_moved
