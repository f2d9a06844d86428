"""Exporting a run: write beside the place, read back, compare, and only then put it there."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine import storage
from engine.errors import EngineError
from engine.exchange.exporter import Exporter
from engine.exchange.notices import write_notice
from engine.exchange.source import ExportSource
from engine.settings import members_of
from engine.work import Work

_PARTS = 2
"""Writing, and reading back."""


@dataclass(frozen=True)
class Exported:
    """A finished export: the files with their sizes in bytes, and what was compared with the run."""

    format: str
    folder: Path
    files: dict[str, int]
    compared: dict[str, Any]


def export(source: ExportSource, exporter: Exporter, folder: Path, work: Work | None = None) -> Exported:
    """Write a run into a new or empty folder.

    Raises EngineError where the format does not fit, the folder holds something, or what was written does not come
    back the same; the folder is then as it was.
    """
    refusal = _refusal(exporter, source)
    if refusal is not None:
        raise refusal
    _require_empty(folder)
    work = work or Work()
    work.progress("export", 0, _PARTS, "")
    with storage.replacing_folder(folder.absolute()) as temporary:
        exporter.write(source, temporary)
        work.progress("export", 1, _PARTS, "")
        compared = exporter.compare(source, temporary)
        write_notice(source, temporary)
        work.progress("export", _PARTS, _PARTS, "")
        files = {path.relative_to(temporary).as_posix(): path.stat().st_size
                 for path in sorted(temporary.rglob("*")) if path.is_file()}
        _require_empty(folder)
        if folder.exists():
            folder.rmdir()
    return Exported(exporter.kind, folder, files, compared)


def fitting(source: ExportSource) -> dict[str, EngineError | None]:
    """Every format by its kind, with the reason why it does not fit this run, or None."""
    return {each.kind: _refusal(each(), source) for each in members_of(Exporter)}  # type: ignore[type-abstract]


def _refusal(exporter: Exporter, source: ExportSource) -> EngineError | None:
    """The reason, also where the run has no checkpoint or a damaged one."""
    try:
        return exporter.refusal(source)
    except EngineError as error:
        return error


def _require_empty(folder: Path) -> None:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise EngineError(f"{folder} holds something already.", "A new or empty folder was expected.",
                          "Choose another folder.")
