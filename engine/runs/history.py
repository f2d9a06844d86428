"""What a person adds to a run: title, note and tags; and the trash, from which a deleted run comes back."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from engine import storage
from engine.errors import EngineError
from engine.runs.folder import RunFolder, next_name

FILE = "about.json"
TRASH = "trash"


@dataclass(frozen=True)
class About:
    """A title beside the run's name, a note of any length, and tags; kept in `about.json` in the run's folder.

    A file of its own, because a run that trains writes `run.toml`.
    """

    title: str = ""
    note: str = ""
    tags: tuple[str, ...] = ()

    def matches(self, words: str) -> bool:
        """Whether each of these words occurs in title, note or tags."""
        text = " ".join((self.title, self.note, *self.tags)).casefold()
        return all(word in text for word in words.casefold().split())


def read_about(run: RunFolder, settings: dict[str, Any] | None = None) -> About:
    """What was added to a run; a file that cannot be read counts as nothing. A title in `run.toml` counts as one."""
    title = str((settings or {}).get("title", ""))
    try:
        plain = storage.read_json(run.path / FILE) if (run.path / FILE).exists() else {}
        tags = tuple(str(tag) for tag in plain.get("tags", ()))
        return About(str(plain.get("title", title)), str(plain.get("note", "")), tags)
    except (EngineError, OSError, AttributeError, TypeError):
        return About(title)


def write_about(run: RunFolder, about: About) -> None:
    """Keep it; raises EngineError where the disk does not take it."""
    tags = tuple(dict.fromkeys(tag.strip() for tag in about.tags if tag.strip()))
    storage.write_json(run.path / FILE, {**asdict(about), "title": about.title.strip(), "tags": list(tags)})


def discard(run: RunFolder) -> Path:
    """Move a run to the project's trash folder and say where it is; raises EngineError while it trains."""
    if run.is_running():
        raise EngineError(f"{run.name} is training.", "A run that has ended was expected.", "Stop it first.")
    trash = run.path.parent.parent / TRASH
    try:
        trash.mkdir(exist_ok=True)
        place = trash / (run.name if not (trash / run.name).exists() else next_name(trash, f"{run.name}-again"))
        os.replace(run.path, place)
    except OSError as error:
        raise storage.as_engine_error(error, run.path) from error
    return place


def bring_back(place: Path, name: str) -> RunFolder:
    """Move a run from the trash back under its name, or a free one where that is taken by now."""
    runs = place.parent.parent / "runs"
    try:
        target = runs / name if not (runs / name).exists() else runs / next_name(runs, "run")
        os.replace(place, target)
    except OSError as error:
        raise storage.as_engine_error(error, place) from error
    return RunFolder(target)
