"""Runs one after another, each in a process of its own, so that one that fails stops none of the others."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence

from engine.cli.output import Output
from engine.jobs import command_for, new_run
from engine.project import Project
from engine.runs.folder import RunFolder
from engine.runs.job import DONE, STOPPED, USER_ERROR
from engine.runs.log import read_events
from engine.runs.series import series_of
from engine.variants import Variant


def train_all(project: Project, variants: Sequence[Variant], output: Output, of: str = "") -> int:
    """Train each variant and tell the results, the best first; the exit code says whether all went well."""
    name = "" if of else _sweep_name(project)
    made: list[RunFolder] = []
    worst = DONE
    for variant in variants:
        run = new_run(project, recipe=variant.recipe, origin=variant.origin(of, name))
        made.append(run)
        output.object({"run": run.name, "changes": list(variant.changes), "number": len(made), "of": len(variants)},
                      f"{run.name} ({len(made)} of {len(variants)}): {', '.join(variant.changes)}")
        code = _train(project, run)
        if code == STOPPED:
            worst = STOPPED
            break
        worst = max(worst, USER_ERROR) if code != DONE else worst
    _tell(made, output)
    return worst


def _train(project: Project, run: RunFolder) -> int:
    command = command_for("train", str(project.path), "--folder", str(run.path))
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as child:
        while True:
            try:
                return child.wait()
            except KeyboardInterrupt:  # the child heard it too: it saves and stops
                continue


def _tell(made: Sequence[RunFolder], output: Output) -> None:
    rows = []
    for run in made:
        series = series_of(read_events(run.log))
        best = series.best
        rows.append((best.bits_per_byte if best else float("inf"), run, series.steps[-1].step if series.steps else 0))
    for bits, run, steps in sorted(rows, key=lambda row: row[0]):
        changes = run.settings().get("origin", {}).get("changes", [])
        found = bits if bits < float("inf") else None
        output.object({"run": run.name, "status": run.status(), "best_bits_per_byte": found, "steps": steps,
                       "changes": changes},
                      f"{f'{bits:.4f}' if found is not None else '     –'} bits/byte  {run.name}  {run.status()}  "
                      f"{steps} steps  {', '.join(changes)}")


def _sweep_name(project: Project) -> str:
    """sweep-1, sweep-2, ...: one more than the highest in use."""
    used = [run.settings().get("origin", {}).get("sweep", "") for run in project.runs()]
    numbers = [int(each.rpartition("-")[2]) for each in used if each.rpartition("-")[2].isdigit()]
    return f"sweep-{max(numbers, default=0) + 1}"
