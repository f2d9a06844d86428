"""Every text that settings show to people, for the completeness test of the translations."""

from __future__ import annotations

from collections.abc import Iterator

from engine.settings.families import Family, is_family, members_of
from engine.settings.spec import Spec, fields_of


def every_text(*roots: type[Spec]) -> set[str]:
    """Titles, help, units, choices and summaries of these specs and all that they hold, families included."""
    return {text for root in roots for text in _texts(root, set()) if text}


def _texts(spec: type[Spec], seen: set[type[Spec]]) -> Iterator[str]:
    if spec in seen:
        return
    seen.add(spec)
    if is_family(spec):
        for each in members_of(spec):  # type: ignore[type-var]
            yield from _texts(each, seen)
        return
    if issubclass(spec, Family):
        yield spec.title
        yield spec.summary()
    for field in fields_of(spec):
        yield from (field.title, field.help, field.unit, field.auto, *field.choices.values())
        if isinstance(field.annotation, type) and issubclass(field.annotation, Spec):
            yield from _texts(field.annotation, seen)
