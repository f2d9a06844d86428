"""What a running job is told from the command line."""

from __future__ import annotations

import argparse
from pathlib import Path

from engine.cli.output import Output
from engine.errors import EngineError
from engine.runs.folder import RunFolder
from engine.runs.inbox import Command, CommandName


def existing_run(folder: Path) -> RunFolder:
    """The run in a folder; raises EngineError where there is none."""
    run = RunFolder(folder)
    if not run.settings_file.exists():
        raise EngineError(f"{folder} is not a run.", "A folder with run.toml was expected.", "Check the path.")
    return run


def stop(arguments: argparse.Namespace, output: Output) -> None:
    """Ask a run to save and stop."""
    _ask(arguments, output, "stop", "save and stop")


def pause(arguments: argparse.Namespace, output: Output) -> None:
    """Ask a run to wait."""
    _ask(arguments, output, "pause", "pause")


def continue_(arguments: argparse.Namespace, output: Output) -> None:
    """Ask a run that waits to go on."""
    _ask(arguments, output, "resume", "go on")


def speed(arguments: argparse.Namespace, output: Output) -> None:
    """Ask a run to take more or less of the machine."""
    _ask(arguments, output, "speed", f"train at speed {arguments.speed}", speed=arguments.speed)


def _ask(arguments: argparse.Namespace, output: Output, command: CommandName, text: str, **values: str) -> None:
    """Drop a command into the inbox of a living run."""
    run = existing_run(arguments.run)
    if not run.is_running():
        raise EngineError(f"{run.name} is not running.", f"Its status is {run.status()}.", "Nothing to do.")
    run.inbox.drop(Command(command, dict(values)))
    output.object({"run": run.name, "asked": command, **values}, f"asked {run.name} to {text}")
