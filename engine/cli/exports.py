"""The verb that exports a run."""

from __future__ import annotations

import argparse

from engine.cli.output import Output
from engine.errors import EngineError
from engine.exchange.exporter import Exporter
from engine.exchange.exporting import export, fitting
from engine.exchange.source import ExportSource
from engine.settings import assign, member, members_of


def list_formats(arguments: argparse.Namespace, output: Output) -> None:
    """All formats; for a run, with the reason why some do not fit it."""
    refusals = fitting(ExportSource(arguments.run, arguments.checkpoint)) if arguments.run else {}
    for each in members_of(Exporter):  # type: ignore[type-abstract]
        refusal = refusals.get(each.kind)
        value: dict[str, object] = {"format": each.kind, "title": each.title, "help": each.summary()}
        if arguments.run:
            value |= {"fits": refusal is None, "why_not": str(refusal) if refusal else ""}
        output.object(value, f"{each.kind}: {each.summary()}" + (f"\n  does not fit: {refusal}" if refusal else ""))


def export_run(arguments: argparse.Namespace, output: Output) -> None:
    """Write a run; done is said only after it was read back."""
    if arguments.run is None or arguments.format is None or arguments.to is None:
        raise EngineError("Something is missing: a run, a format and --to with a folder are needed.",
                          "export RUN FORMAT --to FOLDER was expected.", "List the formats with export --list.")
    exporter = assign(member(Exporter, arguments.format)(), *arguments.assignments)  # type: ignore[type-abstract]
    done = export(ExportSource(arguments.run, arguments.checkpoint), exporter, arguments.to)
    compared = ", ".join(f"{key.replace('_', ' ')} {value}" for key, value in done.compared.items())
    output.object({"exported": done.format, "folder": str(done.folder), "files": done.files,
                   "compared": done.compared},
                  f"exported {done.folder}: {', '.join(done.files)}\nread back and compared: {compared}")
