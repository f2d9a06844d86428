"""Drafts that could not be saved in their project: kept in the user's data folder until the project opens again."""

from __future__ import annotations

import json
import time
from pathlib import Path

from engine import storage
from engine.errors import EngineError
from engine.project import ProjectFile
from engine.recipe import Recipe
from engine.settings import from_plain, to_plain
from studio.draft import Draft


class KeptDrafts:
    """One file a project, named by where the project lies."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def keep(self, project: Path, draft: Draft) -> None:
        """Write a draft down; raises EngineError where that folder cannot be written to either."""
        file = ProjectFile(name=draft.name, sources=draft.sources)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise storage.as_engine_error(error, self.folder) from error
        storage.write_json(self._place(project), {
            "project": str(project), "kept": time.time(), "file": to_plain(file), "recipe": to_plain(draft.recipe)})

    def find(self, project: Path) -> Draft | None:
        """The draft kept for a project, or None.

        Raises EngineError where it cannot be read; a damaged file is put aside, so that it is told once.
        """
        place = self._place(project)
        try:
            plain = json.loads(place.read_text("utf-8"))
            file, recipe = from_plain(ProjectFile, plain["file"]), from_plain(Recipe, plain["recipe"])
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise _unreadable() from error
        except (EngineError, ValueError, TypeError, LookupError, RecursionError) as error:
            self._put_aside(place)
            raise _unreadable() from error
        return Draft(file.name, file.sources, recipe)

    def forget(self, project: Path) -> None:
        """The draft is in the project now."""
        try:
            self._place(project).unlink(missing_ok=True)
        except OSError:
            return  # it equals what is saved: at the next opening it changes nothing

    def _place(self, project: Path) -> Path:
        return self.folder / f"{storage.fingerprint(str(project))}.json"

    def _put_aside(self, place: Path) -> None:
        try:
            place.replace(place.with_suffix(".damaged"))
        except OSError:
            return  # it is told again at the next opening


def _unreadable() -> EngineError:
    return EngineError("Changes that were kept as a draft cannot be read.", "The project is as it was last saved.", "")
