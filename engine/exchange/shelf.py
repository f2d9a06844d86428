"""The exports of a project: where they lie, and what was compared when each was made."""

from __future__ import annotations

import dataclasses
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine import storage

if TYPE_CHECKING:
    from engine.exchange.exporting import Exported
    from engine.exchange.source import ExportSource

FOLDER = "exports"
_NOTE = ".export.json"


@dataclass(frozen=True)
class Shelved:
    """An export that lies in a project: from which checkpoint, how large in bytes, and when it was checked."""

    format: str
    run: str
    which: str
    folder: str
    size_bytes: int
    time: float
    compared: dict[str, Any]


def free_folder(project: Path, source: ExportSource, format: str) -> Path:
    """A folder in the project that is not there yet, named after run and format."""
    stem = f"{source.name}-{'' if source.which == 'best' else source.which + '-'}{format}"
    folder = project / FOLDER / stem
    number = 2
    while folder.exists():
        folder, number = project / FOLDER / f"{stem}-{number}", number + 1
    folder.parent.mkdir(exist_ok=True)
    return folder


def note(source: ExportSource, done: Exported) -> Shelved:
    """Keep a note beside an export, so that it is listed."""
    made = Shelved(done.format, source.name, source.which, done.folder.name, sum(done.files.values()), time.time(),
                   done.compared)
    storage.write_json(done.folder.with_name(done.folder.name + _NOTE), dataclasses.asdict(made))
    return made


def shelved(project: Path) -> list[Shelved]:
    """The exports that still lie in a project, the newest first; notes that cannot be read are left out."""
    found = []
    for path in (project / FOLDER).glob(f"*{_NOTE}"):
        try:
            made = Shelved(**storage.read_json(path))
            if (project / FOLDER / made.folder).is_dir() and made.folder == path.name[:-len(_NOTE)]:
                found.append(made)
        except (OSError, ValueError, TypeError):
            continue
    return sorted(found, key=lambda each: -each.time)
