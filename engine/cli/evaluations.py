"""What the verb `evaluate` does and prints."""

from __future__ import annotations

import argparse
import time
from typing import Any

from engine.cli.output import Output
from engine.errors import EngineError
from engine.evaluation.evaluate import Result, Row, results_of
from engine.evaluation.metric import Metric
from engine.evaluation.spec import EvaluateSpec
from engine.runs.folder import RunFolder
from engine.runs.job import Job, job_folder
from engine.settings import assign, member

BASELINES = {"copy": "source copied", "first-sentence": "first sentence", "frequent": "most frequent label",
             "nearest": "most similar training example"}
_WIDTH = 300


def evaluate_run(arguments: argparse.Namespace, output: Output) -> int:
    """Measure a run, or list what was measured; returns the exit code."""
    from engine import jobs

    run = RunFolder(arguments.run)
    if not run.settings_file.exists():
        raise EngineError(f"{arguments.run} is not a run.", "A folder with run.toml was expected.", "Check the path.")
    if arguments.list:
        for result in results_of(run):
            _print(result, 0, output)
        return 0
    spec = assign(EvaluateSpec(), *arguments.assignments)
    folder = RunFolder.create(arguments.folder, {"verb": "evaluate"}) if arguments.folder else job_folder(
        run.path.absolute().parent.parent / "jobs", "evaluate", {"verb": "evaluate", "run": run.name})
    made: list[Result] = []

    def body(job: Job) -> dict[str, Any]:
        made.append(jobs.evaluate(RunFolder(run.path.absolute()), spec, job))
        return {"figures": made[-1].figures}

    code = Job(folder, "evaluate", output.event).perform(body)
    if made:
        _print(made[-1], arguments.shown, output)
    return code


def _print(result: Result, shown: int, output: Output) -> None:
    """The figures as a table, then the best and worst answers."""
    data = result.data
    day = time.strftime("%Y-%m-%d", time.localtime(result.time))
    output.object({"figures": result.figures, "data": data, "step": result.step, "seconds": result.seconds,
                   "looks": result.looks, "settings": result.settings},
                  f"{data['examples']} of {data['available']} examples of the {data['split']} split, "
                  f"step {result.step}, {result.seconds:.0f} s, {day}"
                  + (f"; look number {result.looks} at the test split" if data["split"] == "test" else ""))
    if not output.as_json:
        for line in _table(result.figures):
            output.object({}, line)
    shown = min(shown, len(result.rows) // 2)
    for word, rows in (("best", result.rows[:shown]), ("worst", result.rows[len(result.rows) - shown:])):
        for row in rows:
            output.object({word: {"given": row.given, "expected": row.expected, "answer": row.answer,
                                  "score": row.score, "baselines": row.baselines}},
                          _as_text(word, row, result.ranking))


def _table(figures: dict[str, dict[str, float]]) -> list[str]:
    names = list(next(iter(figures.values())))
    titles = {"model": "model", **BASELINES}
    width = max(len(titles.get(name, name)) for name in names)
    head = " " * width + "".join(f"{member(Metric, kind).title:>13}" for kind in figures)  # type: ignore[type-abstract]
    rows = ((titles.get(name, name), [values[name] for values in figures.values()]) for name in names)
    return [head, *(f"{title:<{width}}" + "".join(f"{value:13.1f}" for value in values) for title, values in rows)]


def _as_text(word: str, row: Row, metric: str) -> str:
    parts = [f"{role}: {_short(text)}" for role, text in row.given.items()]
    parts += [f"expected: {_short(row.expected)}", f"model: {_short(row.answer)}"]
    return f"\n{word}, {metric} {row.score:.0f}\n  " + "\n  ".join(parts)


def _short(text: str) -> str:
    text = text.replace("\n", "⏎")
    return text if len(text) <= _WIDTH else text[:_WIDTH] + "…"
