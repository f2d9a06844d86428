"""The verb that exports a run."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from engine.cli.output import Output
from engine.errors import EngineError
from engine.events import StageStarted
from engine.exchange.exporter import Exporter
from engine.exchange.exporting import export, fitting
from engine.exchange.shelf import free_folder, note
from engine.exchange.source import ExportSource
from engine.runs.folder import RunFolder
from engine.runs.job import DONE, Job
from engine.settings import assign, member, members_of
from engine.work import Work


def list_formats(arguments: argparse.Namespace, output: Output) -> None:
    """All formats; for a run, with the reason why some do not fit it."""
    refusals = fitting(ExportSource(arguments.run, arguments.checkpoint)) if arguments.run else {}
    for each in members_of(Exporter):  # type: ignore[type-abstract]
        refusal = refusals.get(each.kind)
        value: dict[str, object] = {"format": each.kind, "title": each.title, "help": each.summary()}
        if arguments.run:
            value |= {"fits": refusal is None, "why_not": str(refusal) if refusal else ""}
        output.object(value, f"{each.kind}: {each.summary()}" + (f"\n  does not fit: {refusal}" if refusal else ""))


def export_run(arguments: argparse.Namespace, output: Output) -> int:
    """Write a run; done is said only after it was read back."""
    if arguments.run is None or arguments.format is None:
        raise EngineError("Something is missing: a run and a format are needed.",
                          "export RUN FORMAT was expected.", "List the formats with export --list.")
    exporter = assign(member(Exporter, arguments.format)(), *arguments.assignments)  # type: ignore[type-abstract]
    source = ExportSource(arguments.run, arguments.checkpoint)
    if arguments.folder is None:
        _perform(arguments, source, exporter, output, Work())
        return DONE
    job = Job(RunFolder(arguments.folder), "export", output.event)
    return job.perform(lambda work: _perform(arguments, source, exporter, output, work))


def _perform(arguments: argparse.Namespace, source: ExportSource, exporter: Exporter, output: Output,
             work: Work) -> dict[str, Any]:
    work.report(StageStarted(stage="export"))
    project = arguments.run.resolve().parent.parent
    done = export(source, exporter, arguments.to or _place(project, source, exporter.kind), work)
    if arguments.to is None:
        note(source, done)
    compared = ", ".join(f"{key.replace('_', ' ')} {value}" for key, value in done.compared.items())
    output.object({"exported": done.format, "folder": str(done.folder), "files": done.files,
                   "compared": done.compared},
                  f"exported {done.folder}: {', '.join(done.files)}\nread back and compared: {compared}")
    return {"format": done.format, "folder": str(done.folder)}


def _place(project: Path, source: ExportSource, kind: str) -> Path:
    if not (project / "project.toml").is_file():
        raise EngineError("This run lies in no project.", "--to with a folder was expected.", "Add --to FOLDER.")
    return free_folder(project, source, kind)
