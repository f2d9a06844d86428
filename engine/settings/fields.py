"""What a setting says of itself: title, help, unit, bounds, level, scale; read by form, command line and docs."""

from __future__ import annotations

import types
import typing
from dataclasses import dataclass
from typing import Any, Literal, get_args, get_origin

from pydantic import Field
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

Level = Literal["basic", "advanced"]
Scale = Literal["linear", "log"]
Holds = Literal["", "paths", "patterns"]


def setting(default: Any, title: str, help: str, *, unit: str = "", low: float | None = None,
            high: float | None = None, level: Level = "basic", scale: Scale = "linear",
            choices: dict[str, str] | None = None, auto: str = "", min_length: int | None = None,
            holds: Holds = "") -> Any:
    """Declare one field of a Spec.

    `choices` maps each value of a Literal to its title. `auto` is what None means in words, for fields that may
    be left to Wenlu. Bounds are inclusive. `holds` says what the texts of a list are, where a plain box does not do.
    """
    words = {"title": title, "help": help, "unit": unit, "level": level, "scale": scale,
             "choices": choices or {}, "auto": auto, "low": low, "high": high, "holds": holds}
    return Field(default, title=title, description=help, ge=low, le=high, min_length=min_length,
                 json_schema_extra=typing.cast(Any, {"setting": words}))


@dataclass(frozen=True)
class SettingField:
    """One declared field, as a form or a command line needs it.

    `type` is one of "bool", "int", "float", "text", "choice", "family", "family-list", "spec" or "text-list".
    `annotation` is the family or Spec class for the last ones. `optional` fields may be None, in words `auto`.
    """

    name: str
    title: str
    help: str
    type: str
    default: Any
    optional: bool
    auto: str
    unit: str
    low: float | None
    high: float | None
    level: Level
    scale: Scale
    choices: dict[str, str]
    annotation: Any
    holds: Holds = ""


def field_of(name: str, info: FieldInfo) -> SettingField:
    """Read one pydantic field back into words."""
    extra = info.json_schema_extra
    words: dict[str, Any] = extra.get("setting", {}) if isinstance(extra, dict) else {}  # type: ignore[assignment]
    kind, optional, annotation = _kind_of(info.annotation)
    choices: dict[str, str] = dict(words.get("choices", {}))
    if kind == "choice":
        choices = {value: choices.get(value, value) for value in get_args(annotation)}
    default = info.default if info.default is not PydanticUndefined else (
        info.default_factory() if info.default_factory else None)  # type: ignore[call-arg]
    return SettingField(name, words.get("title", name), words.get("help", ""), kind, default, optional,
                        words.get("auto", ""), words.get("unit", ""), words.get("low"), words.get("high"),
                        words.get("level", "basic"), words.get("scale", "linear"), choices, annotation,
                        words.get("holds", ""))


_SCALARS = {bool: "bool", int: "int", float: "float", str: "text"}


def _kind_of(annotation: Any) -> tuple[str, bool, Any]:
    from engine.settings.families import is_family
    from engine.settings.spec import Spec

    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin in (typing.Union, types.UnionType) and type(None) in arguments:
        inner = [argument for argument in arguments if argument is not type(None)]
        kind, _, found = _kind_of(inner[0])
        return kind, True, found
    if origin is Literal:
        return "choice", False, annotation
    if origin is tuple:
        kind, _, found = _kind_of(arguments[0])
        return ("family-list" if kind == "family" else "text-list"), False, found
    if annotation in _SCALARS:
        return _SCALARS[annotation], False, annotation
    if isinstance(annotation, type) and issubclass(annotation, Spec):
        return ("family" if is_family(annotation) else "spec"), False, annotation
    raise TypeError(f"no form is known for settings of type {annotation}")
