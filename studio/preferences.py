"""What the user chose for the window itself: language, theme, text size, recent projects, where it stood."""

from __future__ import annotations

import base64
import os
from pathlib import Path
from typing import Literal

import platformdirs
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from engine import storage
from engine.errors import EngineError

_MOST_RECENT = 30


def home_folder() -> Path:
    """Where preferences and crash reports live; WENLU_HOME overrides it."""
    given = os.environ.get("WENLU_HOME")
    return Path(given) if given else Path(platformdirs.user_data_dir("Wenlu", appauthor=False))


class Preferences(BaseModel):
    """All of it. An unknown or damaged file gives the defaults."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    language: Literal["system", "en", "zh"] = "system"
    theme: Literal["light", "dark", "system"] = "system"
    text_size: Literal[100, 115, 130] = 100
    stronger_outlines: bool = False
    projects_folder: str = ""
    recent_projects: tuple[str, ...] = ()
    geometry: str = ""
    folds: dict[str, bool] = Field(default_factory=dict)


class PreferenceFile:
    """The preferences and the file they are kept in; each change is written at once."""

    def __init__(self, folder: Path | None = None) -> None:
        self.path = (folder or home_folder()) / "preferences.json"
        self.problem = ""
        self.value = self._read()

    def change(self, **changes: object) -> None:
        """Change some and write; a disk that refuses is told in `problem`, the window goes on."""
        changed = Preferences.model_validate({**self.value.model_dump(), **changes})
        if changed == self.value:
            return
        self.value = changed
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            storage.write_json(self.path, changed.model_dump(mode="json"))
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
            return Preferences.model_validate(storage.read_json(self.path))
        except (EngineError, ValidationError, OSError, UnicodeDecodeError):
            self.problem = "The preferences could not be read, so the defaults are used."
            return Preferences()
