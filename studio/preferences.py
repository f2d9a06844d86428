"""What the user chose for the window itself: language, theme, text size, recent projects, where it stood."""

from __future__ import annotations

import base64
import dataclasses
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.errors import EngineError

_MOST_RECENT = 30


def home_folder() -> Path:
    """Where preferences and crash reports live; WENLU_HOME overrides it."""
    given = os.environ.get("WENLU_HOME")
    if given:
        return Path(given)
    import platformdirs

    return Path(platformdirs.user_data_dir("Wenlu", appauthor=False))


@dataclass(frozen=True)
class Preferences:
    """All of it. Kept apart from the engine's settings, so that the window can paint before those are loaded."""

    language: str = "system"
    theme: str = "system"
    text_size: int = 100
    stronger_outlines: bool = False
    projects_folder: str = ""
    recent_projects: tuple[str, ...] = ()
    geometry: str = ""
    folds: Mapping[str, bool] = field(default_factory=dict)


_ALLOWED: dict[str, tuple[object, ...]] = {
    "language": ("system", "en", "zh"), "theme": ("light", "dark", "system"), "text_size": (100, 115, 130),
}


def preferences_from(values: Any) -> Preferences:
    """Preferences from plain values; unknown names are left out, ValueError names those of a wrong shape."""
    preferences, wrong = readable(values)
    if wrong:
        raise ValueError(f"not possible: {', '.join(wrong)}")
    return preferences


def readable(values: Any) -> tuple[Preferences, tuple[str, ...]]:
    """All preferences that can be read, the defaults in the place of the others, and the names of those others."""
    if not isinstance(values, dict):
        return Preferences(), ("preferences",)
    known: dict[str, Any] = {}
    wrong = []
    defaults = Preferences()
    for each in dataclasses.fields(Preferences):
        if each.name not in values:
            continue
        value, rest_is_wrong = _shaped(values[each.name], getattr(defaults, each.name))
        if value is None or value not in _ALLOWED.get(each.name, (value,)):
            rest_is_wrong = True
        else:
            known[each.name] = value
        wrong += [each.name] if rest_is_wrong else []
    return Preferences(**known), tuple(wrong)


def _shaped(value: Any, default: Any) -> tuple[Any, bool]:
    """A value in the default's shape, or None; of a list and a table what can be used stays."""
    if isinstance(default, tuple) and isinstance(value, list | tuple):
        kept = tuple(one for one in value if isinstance(one, str))
        return kept, len(kept) < len(value)
    if isinstance(default, Mapping) and isinstance(value, Mapping):
        table = {name: one for name, one in value.items() if isinstance(name, str) and isinstance(one, bool)}
        return table, len(table) < len(value)
    return (value, False) if type(value) is type(default) else (None, True)


@dataclass(frozen=True)
class PreferenceProblem:
    """What the user should know of the file: the first part is a sentence of the window, `why` may be the system's."""

    what: str
    why: str = ""


UNREADABLE = "Some preferences could not be read, so their defaults are used."
KEPT_COPY = "The file is kept as preferences.damaged.json."
NOT_WRITTEN = "Your preferences cannot be saved. They hold until the window closes."


class PreferenceFile:
    """The preferences and the file they are kept in; each change is written at once."""

    def __init__(self, folder: Path | None = None) -> None:
        self.path = (folder or home_folder()) / "preferences.json"
        self.problem: PreferenceProblem | None = None
        self.on_problem: Callable[[PreferenceProblem], object] = lambda problem: None
        """Called when the file cannot be written, once until it can be again."""
        self.value = self._read()

    def change(self, **changes: object) -> None:
        """Change some and write; a disk that refuses is told once, and the window goes on."""
        changed = preferences_from({**dataclasses.asdict(self.value), **changes})
        if changed == self.value:
            return
        self.value = changed
        from engine import storage  # not before the bare window is painted

        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            storage.write_json(self.path, dataclasses.asdict(changed))
        except EngineError as error:
            self._tell(str(error))
        except OSError as error:
            self._tell(str(storage.as_engine_error(error, self.path)))
        else:
            self.problem = None

    def _tell(self, why: str) -> None:
        is_new = self.problem is None or self.problem.what != NOT_WRITTEN
        self.problem = PreferenceProblem(NOT_WRITTEN, why)
        if is_new:
            self.on_problem(self.problem)

    def remember_project(self, path: Path) -> None:
        """Put a project at the head of the recent ones."""
        others = [other for other in self.value.recent_projects if other != str(path)]
        self.change(recent_projects=(str(path), *others)[:_MOST_RECENT])

    def forget_project(self, path: Path) -> None:
        """Take a project off the list; its files stay."""
        self.change(recent_projects=tuple(other for other in self.value.recent_projects if other != str(path)))

    def projects_folder(self) -> Path:
        """Where new projects are made."""
        if self.value.projects_folder:
            return Path(self.value.projects_folder)
        if os.environ.get("WENLU_HOME"):
            return home_folder() / "projects"
        import platformdirs

        return Path(platformdirs.user_documents_dir()) / "Wenlu"

    def keep_geometry(self, geometry: bytes) -> None:
        """Remember where the window stood."""
        self.change(geometry=base64.b64encode(geometry).decode())

    def geometry(self) -> bytes:
        """Where the window stood last; empty when it was never closed."""
        try:
            return base64.b64decode(self.value.geometry, validate=True)
        except ValueError:
            return b""

    def _read(self) -> Preferences:
        try:
            raw = self.path.read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return Preferences()
        except OSError as error:
            self.problem = PreferenceProblem(UNREADABLE, f"{self.path}: {error.strerror or error}")
            return Preferences()
        try:
            preferences, wrong = readable(json.loads(raw.decode("utf-8")))
        except (ValueError, RecursionError):
            preferences, wrong = Preferences(), ("preferences",)
        if wrong:
            self.problem = PreferenceProblem(UNREADABLE, KEPT_COPY if self._keep_copy(raw) else "")
        return preferences

    def _keep_copy(self, raw: bytes) -> bool:
        """The next change writes the file anew; what stood in it may still be wanted."""
        from engine import storage  # only where something is wrong

        try:
            storage.write_bytes(self.path.with_name("preferences.damaged.json"), raw)
        except EngineError:
            return False
        return True
