"""What the verb `batch` shows."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from engine.cli.output import Output
from engine.errors import EngineError
from engine.project import Project
from engine.runs.folder import RunFolder
from engine.settings import to_plain
from engine.tasks.batch import FirstBatch, Seen, first_batch


def show_batch(arguments: argparse.Namespace, output: Output) -> None:
    """Print the first batch; what is learned stands in brackets, in colour on a screen."""
    if arguments.windows < 1:
        raise EngineError(f"{arguments.windows} windows cannot be shown.", "1 or more were expected.",
                          "Give a larger number.")
    run = RunFolder(arguments.folder)
    found = _of_run(run, arguments.windows) if run.settings_file.exists() else _of_project(arguments)
    output.object(found.plain(), _as_text(found))


def _of_run(run: RunFolder, windows: int) -> FirstBatch:
    settings = run.settings()
    if "stages" not in settings:
        raise EngineError(f"The text of {run.name} is not cut into tokens yet.", "A run that has begun was expected.",
                          "Wait a moment.")
    tokens = run.path.parent.parent / "stages" / settings["stages"]["tokens"]
    return first_batch(tokens, run.path / "tokenizer", settings, windows)


def _of_project(arguments: argparse.Namespace) -> FirstBatch:
    project = Project.open(arguments.folder)
    tokens, tokenizer = project.stage("tokens"), project.stage("tokenizer")
    if not tokens.is_done or not tokenizer.is_done:
        raise EngineError("The text is not cut into tokens yet.", "The tokens of the present settings were expected.",
                          "Run the tokenizer first.")
    settings: dict[str, Any] = {"recipe": to_plain(project.recipe)}
    return first_batch(tokens.folder, tokenizer.folder, settings, arguments.windows)


def _as_text(batch: FirstBatch) -> str:
    is_screen = sys.stdout.isatty()
    rows = ["".join(_shown(token, is_screen) for token in row) for row in batch.rows]
    share = batch.learned / max(1, sum(map(len, batch.rows)))
    head = (f"windows of {batch.context_length} tokens; {share:.0%} of these tokens are learned"
            + (" (context and batch are chosen when training begins)" if batch.is_assumed else ""))
    return "\n".join([head, *(f"{number}: {row}" for number, row in enumerate(rows, 1))])


def _shown(token: Seen, is_screen: bool) -> str:
    piece = token.piece.replace("\n", "⏎")
    if not token.is_learned:
        return piece
    return f"\x1b[32m{piece}\x1b[0m" if is_screen else f"[{piece}]"
