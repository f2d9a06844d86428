"""Families open by folder: a new member is one new file, found by looking, never listed anywhere."""

from __future__ import annotations

import importlib
import inspect
import os
import pkgutil
import sys
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, TypeVar

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from engine.errors import EngineError
from engine.settings.spec import Spec

F = TypeVar("F", bound="Family")


class Family(Spec):
    """Base of a family of settings; a direct subclass names the package its members live in.

    `class CleaningStep(Family, folder="engine.cleaning.steps")` opens a family;
    `class ShortLines(CleaningStep, kind="short-lines")` in a file of that folder joins it. A member that is a
    folder of its own (models) keeps its settings in `spec.py`. In TOML a member is a table with its `kind`.
    """

    kind: ClassVar[str] = ""
    title: ClassVar[str] = ""
    folder: ClassVar[str] = ""
    _members: ClassVar[dict[str, type[Family]]]

    def __init_subclass__(cls, kind: str = "", folder: str = "", **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if folder:
            cls.folder, cls._members = folder, {}
        elif kind:
            cls.kind = kind
            given = cls.model_config.get("title")  # pydantic keeps the class keyword `title` in its configuration
            cls.title = given or kind.replace("-", " ").capitalize()
            cls._members[kind] = cls

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        own = handler(source)

        def choose(value: Any, inner: core_schema.ValidatorFunctionWrapHandler) -> Any:
            if isinstance(value, cls):
                return value
            if cls.kind and isinstance(value, Mapping):
                given = value.get("kind", cls.kind)
                if given != cls.kind:
                    raise ValueError(f"kind {given!r} is not {cls.kind!r}")
                return inner({key: part for key, part in value.items() if key != "kind"})
            if not cls.kind and isinstance(value, Mapping) and "kind" in value:
                return _member_or_value_error(cls, str(value["kind"])).model_validate(value)
            if not cls.kind and isinstance(value, str):
                return _member_or_value_error(cls, value).model_validate({})
            return inner(value) if cls.kind else _refuse(cls)

        return core_schema.no_info_wrap_validator_function(choose, own)

    @classmethod
    def summary(cls) -> str:
        """The first sentence of the docstring, for forms and docs."""
        return (inspect.getdoc(cls) or "").split("\n\n")[0].replace("\n", " ")


def _member_or_value_error(family: type[Family], kind: str) -> type[Family]:
    try:
        return member(family, kind)
    except EngineError as error:
        raise ValueError(error.expected) from error


def _refuse(family: type[Family]) -> Any:
    raise ValueError(f"a table with a kind was expected, one of {', '.join(kinds(family))}")


def is_family(spec: type[Spec]) -> bool:
    """Whether a class is the head of a family rather than a member or a plain spec."""
    return issubclass(spec, Family) and not spec.kind


def members_of(family: type[F]) -> list[type[F]]:
    """All members, in alphabetical order of their kind, after looking through the family's folder."""
    _look(family)
    return [family._members[kind] for kind in sorted(family._members)]  # type: ignore[misc]


def kinds(family: type[Family]) -> list[str]:
    """The kinds of all members."""
    return [each.kind for each in members_of(family)]


def member(family: type[F], kind: str) -> type[F]:
    """The member of a kind; raises EngineError listing those that exist."""
    _look(family)
    if kind not in family._members:
        raise EngineError(f"{kind!r} is not a kind of {family.__name__}.",
                          f"One of {', '.join(sorted(family._members))} was expected.", "Choose one of these.")
    return family._members[kind]  # type: ignore[return-value]


_looked_at: dict[str, tuple[int, ...]] = {}
"""When the folder of each family had changed last as it was looked through: reading hundreds of settings asks often."""


def _look(family: type[Family]) -> None:
    package = importlib.import_module(family.folder)
    changed = _changed(package.__path__)
    if changed and _looked_at.get(family.folder) == changed:
        return
    for found in pkgutil.iter_modules(package.__path__):
        name = f"{family.folder}.{found.name}" + (".spec" if found.ispkg else "")
        if name not in sys.modules:
            importlib.import_module(name)
    _looked_at[family.folder] = changed


def _changed(places: Iterable[str]) -> tuple[int, ...]:
    """When folders changed last; empty where that cannot be told, as inside an archive."""
    try:
        return tuple(os.stat(place).st_mtime_ns for place in places)
    except OSError:
        return ()
