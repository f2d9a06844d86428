"""The verb that opens a run capsule."""

from __future__ import annotations

import argparse
from pathlib import Path

from engine.cli.output import Output
from engine.errors import EngineError


def open_file(arguments: argparse.Namespace, output: Output) -> None:
    """Make a run of a capsule, in a project that is there or in one of its own."""
    from engine.jobs import open_run_capsule

    if not arguments.file.is_file():
        raise EngineError(f"{arguments.file} does not exist.", "A run capsule was expected.", "Check the path.")
    place = arguments.into or Path.cwd() / arguments.file.stem
    project, run = open_run_capsule(arguments.file, place)
    output.object({"opened": run.name, "project": str(project.path), "folder": str(run.path)}, f"opened {run.path}")
