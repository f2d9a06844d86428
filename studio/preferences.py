"""What the user chose for the window itself: language, theme, text size, recent projects, where it stood."""

from __future__ import annotations

import base64
import dataclasses
import json
import os
from collections.abc import Mapping
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
    """Preferences from what a file held; unknown names are left out, ValueError where a value has a wrong shape."""
    if not isinstance(values, dict):
        raise ValueError("not a table of preferences")
    known: dict[str, Any] = {}
    defaults = Preferences()
    for each in dataclasses.fields(Preferences):
        if each.name not in values:
            continue
        value, default = values[each.name], getattr(defaults, each.name)
        if isinstance(default, tuple) and isinstance(value, list) and all(isinstance(one, str) for one in value):
            value = tuple(value)
        if not isinstance(value, type(default)) or value not in _ALLOWED.get(each.name, (value,)):
            raise ValueError(f"{each.name} is {value!r}")
        known[each.name] = value
    return Preferences(**known)


class PreferenceFile:
    """The preferences and the file they are kept in; each change is written at once."""

    def __init__(self, folder: Path | None = None) -> None:
        self.path = (folder or home_folder()) / "preferences.json"
        self.problem = ""
        self.value = self._read()

    def change(self, **changes: object) -> None:
        """Change some and write; a disk that refuses is told in `problem`, the window goes on."""
        changed = preferences_from({**dataclasses.asdict(self.value), **changes})
        if changed == self.value:
            return
        self.value = changed
        from engine import storage  # not before the bare window is painted

        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            storage.write_json(self.path, dataclasses.asdict(changed))
        except EngineError as error:
            self.problem = str(error)
        except OSError as error:
            self.problem = str(storage.as_engine_error(error, self.path))

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
        if not self.path.exists():
            return Preferences()
        try:
            return preferences_from(json.loads(self.path.read_text("utf-8")))
        except (OSError, ValueError, RecursionError):
            self.problem = "The preferences could not be read, so the defaults are used."
            return Preferences()
