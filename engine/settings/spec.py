"""Settings as values: declared once, always checked, never changed in place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from engine.errors import EngineError
from engine.settings.fields import SettingField, field_of

S = TypeVar("S", bound="Spec")


@dataclass(frozen=True)
class Problem:
    """What is wrong with a setting: where, what, and how to mend it. `path` starts below the spec that found it."""

    path: tuple[str, ...]
    what: str
    fix: str = ""


class Spec(BaseModel):
    """Base of all settings: frozen, checked, closed to unknown names."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True, allow_inf_nan=False)

    def check(self) -> Iterator[Problem]:
        """Problems that no single field can know."""
        yield from ()

    def problems(self) -> list[Problem]:
        """Everything that `check` finds here and in the specs inside, with full paths."""
        found = list(self.check())
        for name in type(self).model_fields:
            value = getattr(self, name)
            parts = enumerate(value) if isinstance(value, tuple) else [(None, value)]
            for index, part in parts:
                if isinstance(part, Spec):
                    prefix = (name,) if index is None else (name, str(index))
                    found += [Problem(prefix + p.path, p.what, p.fix) for p in part.problems()]
        return found

    def require_valid(self) -> None:
        """Raise EngineError for the first problem, if there is one."""
        for problem in self.problems():
            fix = f"{problem.fix}." if problem.fix else ""
            raise EngineError(f"{'.'.join(problem.path)}: {problem.what}.", "", fix, path=problem.path)


def fields_of(spec: type[Spec]) -> list[SettingField]:
    """All declared fields of a spec, in order."""
    return [field_of(name, info) for name, info in spec.model_fields.items()]


def to_plain(value: Any) -> Any:
    """A spec as plain dictionaries; members of families carry their `kind`; None is left out."""
    if isinstance(value, Spec):
        plain = {name: to_plain(getattr(value, name)) for name in type(value).model_fields
                 if getattr(value, name) is not None}
        kind = getattr(type(value), "kind", "")
        return {"kind": kind, **plain} if kind else plain
    if isinstance(value, list | tuple):
        return [to_plain(part) for part in value]
    return value


def from_plain(spec: type[S], plain: Mapping[str, Any]) -> S:
    """Make a spec of plain data; raises EngineError naming the field, the value and what was expected."""
    try:
        return spec.model_validate(plain)
    except ValidationError as error:
        raise as_engine_error(error) from error


def as_engine_error(error: ValidationError) -> EngineError:
    """The first of pydantic's complaints, in plain words."""
    first = error.errors(include_url=False)[0]
    path = tuple(str(part) for part in first["loc"])
    name = ".".join(path) or "settings"
    if first["type"] == "extra_forbidden":
        return EngineError(f"{name} is not a setting.", "See `wenlu-engine reference` for all names.",
                           "Remove it or correct its spelling.", path=path)
    inner = first.get("ctx", {}).get("error")
    if isinstance(inner, EngineError):
        return EngineError(inner.what, inner.expected, inner.fix, path=path)
    return EngineError(f"{name} may not be {first.get('input')!r:.80}.", f"{_sentence(first['msg'])}",
                       "Change this setting.", path=path)


def _sentence(message: str) -> str:
    message = message.removeprefix("Value error, ").replace("Input should be", "It should be").rstrip(".")
    return message[:1].upper() + message[1:] + "."


def changed(spec: S, path: str | tuple[str, ...], value: Any) -> S:
    """The same spec with the setting at `path` ("model.n_layers") replaced; checked as a whole.

    Choosing another `kind` ("model.kind") starts that member from its defaults. None resets an optional setting.
    """
    parts = tuple(path.split(".")) if isinstance(path, str) else path
    plain = to_plain(spec)
    place = plain
    for part in parts[:-1]:
        place = _step_into(place, part, parts)
    last = parts[-1]
    if not isinstance(place, dict | list):
        raise EngineError(f"{'.'.join(parts)} is not a setting.", f"{parts[-2]} has nothing below it.",
                          "Correct the path.", path=parts)
    if isinstance(place, list):
        place[_index(place, last, parts)] = to_plain(value)
    elif last == "kind" and place.get("kind") != value:
        place.clear()
        place["kind"] = value
    elif value is None:
        place.pop(last, None)
    else:
        place[last] = to_plain(value)
    return from_plain(type(spec), plain)


def _step_into(place: Any, part: str, parts: tuple[str, ...]) -> Any:
    if isinstance(place, list):
        return place[_index(place, part, parts)]
    if not isinstance(place, dict):
        raise EngineError(f"{'.'.join(parts)} is not a setting.", f"{part} has nothing below it.", "Correct the path.")
    return place.setdefault(part, {})


def _index(place: list[Any], part: str, parts: tuple[str, ...]) -> int:
    """A list entry by number, or by its `kind`."""
    for number, entry in enumerate(place):
        if part == str(number) or (isinstance(entry, dict) and entry.get("kind") == part):
            return number
    raise EngineError(f"{'.'.join(parts)} is not a setting.", f"No entry is called {part}.", "Correct the path.")
