"""Measuring a model on its task: answers to examples kept apart, beside those of trivial baselines."""

from __future__ import annotations

import dataclasses
import itertools
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine import storage
from engine.cleaning.spec import CleaningSpec
from engine.corpora.corpus import Corpus
from engine.corpora.split import SplitSpec
from engine.errors import EngineError
from engine.evaluation.answering import Answerer, longest_answer
from engine.evaluation.metric import Metric
from engine.evaluation.nearest import Nearest
from engine.evaluation.spec import EvaluateSpec
from engine.generation.loading import load_model
from engine.randomness import generator_for
from engine.runs.folder import RunFolder
from engine.settings import Spec, from_plain, member, setting, to_plain
from engine.tasks.example import Example
from engine.tasks.examples import Examples
from engine.tasks.task import Task
from engine.work import Work

FOLDER = "evaluations"
FORMAT = 1
ROWS_KEPT = 1000
"""The most answers that a result keeps; the figures are of all."""
_TRAINING_ANSWERS = 1000
"""Training examples from which the length of answers is learned."""

STAGE = "evaluate"


class _Told(Spec):
    """What a run's recipe says of its examples."""

    task: Task = setting({"kind": "continuation"}, "Task", "")
    split: SplitSpec = setting(SplitSpec(), "Split", "")
    cleaning: CleaningSpec = setting(CleaningSpec(), "Cleaning", "")


@dataclass(frozen=True)
class Row:
    """One example with the model's answer and those of the baselines; `score` by the metric that ranks."""

    name: str
    given: dict[str, str]
    expected: str
    answer: str
    score: float
    baselines: dict[str, str]


@dataclass(frozen=True)
class Result:
    """What came of an evaluation, as it is kept in the run's folder.

    `figures` has for each metric the figure of the "model" and of each baseline, from 0 to 100. `rows` begin with the
    best. `data` says on what was measured; `looks` how often the split had been looked at by then, this time included.
    """

    task: dict[str, Any]
    settings: dict[str, Any]
    step: int | None
    time: float
    seconds: float
    tokens: int
    figures: dict[str, dict[str, float]]
    data: dict[str, Any]
    looks: int
    rows: tuple[Row, ...]
    format: int = FORMAT

    @property
    def ranking(self) -> str:
        """The kind of the metric that ranks."""
        return next(iter(self.figures))


def evaluate(run: RunFolder, cleaned: Path, spec: EvaluateSpec, work: Work) -> Result:
    """Answer examples of a run's task that were kept apart, and keep the result in the run's folder.

    `cleaned` is the corpus that the run's examples were made of. Raises EngineError where the run has no task with
    answers, or its test split was looked at before; Stopped.
    """
    recipe = run.settings().get("recipe", {})
    told = from_plain(_Told, {key: recipe[key] for key in ("task", "split", "cleaning") if key in recipe})
    if not told.task.metrics:
        raise EngineError(f"{run.name} learned to continue texts, where no answer is right or wrong.",
                          "A run of a task such as translation was expected.",
                          "Measure it in bits per byte with score.")
    looks = 1 + len(list((run.path / FOLDER).glob(f"{spec.split}-*.json")))  # also those that cannot be read any more
    if spec.split == "test" and looks > 1 and not spec.again:
        raise EngineError(f"{run.name} was measured on its test split before.",
                          "The test split is for one last look.", "Read the result that is kept, or set again=true.")
    began = time.time(), work.clock()
    examples = Examples(Corpus(cleaned), told.task, told.split, told.cleaning)
    chosen, available = _drawn(examples, spec)
    training = list(itertools.islice(examples.of("train"), 200_000))
    loaded = load_model(run.path, spec.checkpoint)
    labels = sorted({each.answer for each in training}) if told.task.chooses else ()
    longest = spec.max_tokens or longest_answer(loaded, [each.answer for each in training[:_TRAINING_ANSWERS]])
    answerer = Answerer(loaded, told.task, spec, longest, labels)
    answers = []
    for number, example in enumerate(chosen):
        work.progress(STAGE, number, len(chosen), "examples")
        answers.append(answerer.answer(example, work))
    work.progress(STAGE, len(chosen), len(chosen), "examples")
    seconds = work.clock() - began[1]
    baselines = baseline_answers(told.task, training, chosen, work)
    metrics = [member(Metric, kind)() for kind in told.task.metrics]  # type: ignore[type-abstract]
    expected = [each.answer for each in chosen]
    figures = {metric.kind: {name: round(metric.score(given, expected), 4)
                             for name, given in {"model": answers, **baselines}.items()} for metric in metrics}
    rows = [Row(example.name, dict(example.given), example.answer, answer,
                round(metrics[0].score_one(answer, example.answer), 2),
                {name: given[number] for name, given in baselines.items()})
            for number, (example, answer) in enumerate(zip(chosen, answers, strict=True))]
    rows.sort(key=lambda row: -row.score)
    data = {"cleaned": cleaned.name, "split": spec.split, "examples": len(chosen), "available": available,
            "training_examples": len(training),
            "digest": storage.fingerprint([[each.text for each in chosen]])}
    result = Result(to_plain(told.task), to_plain(spec), loaded.step, began[0], round(seconds, 2), answerer.tokens,
                    figures, data, looks, tuple(_kept(rows)))
    _save(run, result)
    return result


def baseline_answers(task: Task, training: Sequence[Example], asked: Sequence[Example],
                     work: Work) -> dict[str, list[str]]:
    """What needs no model: the source copied, its first sentence, or the most frequent label; and the answer of the
    training example with the most similar question and passage."""
    found: dict[str, list[str]] = {}
    if task.chooses:
        most = Counter(each.answer for each in training).most_common(1)
        found["frequent"] = [most[0][0] if most else ""] * len(asked)
    else:
        found["copy"] = [each.source for each in asked]
    if task.kind == "summarisation":
        found["first-sentence"] = [_first_sentence(each.source) for each in asked]
    nearest = Nearest(_all_given(each) for each in training)
    similar = []
    for number, example in enumerate(asked):
        work.progress("compare", number, len(asked), "examples")
        similar.append(training[nearest.find(_all_given(example))].answer if training else "")
    found["nearest"] = similar
    return found


def results_of(run: RunFolder) -> list[Result]:
    """All evaluations of a run that are kept, oldest first; a damaged or newer one is left out."""
    found = []
    for path in sorted((run.path / FOLDER).glob("*.json"), key=lambda path: int(path.stem.rpartition("-")[2])
                       if path.stem.rpartition("-")[2].isdigit() else 0):
        try:
            plain = storage.read_json(path)
            if plain["format"] == FORMAT:
                found.append(Result(**{**plain, "rows": tuple(Row(**row) for row in plain["rows"])}))
        except (EngineError, OSError, TypeError, KeyError):
            continue
    return found


def _drawn(examples: Examples, spec: EvaluateSpec) -> tuple[list[Example], int]:
    """The examples to be answered, in their order, and how many there are in all."""
    every = list(examples.of(spec.split))
    if not every:
        raise EngineError(f"There is no example in the {spec.split} split.", "At least one was expected.",
                          "Keep a larger share apart, or add examples.")
    count = min(spec.examples, len(every))
    places = sorted(generator_for(spec.seed, STAGE, spec.split).choice(len(every), count, replace=False).tolist())
    return [every[place] for place in places], len(every)


def _all_given(example: Example) -> str:
    return "\n".join(reversed(list(example.given.values())))  # the question first: of long texts a part is compared


def _first_sentence(text: str) -> str:
    line = text.strip().split("\n", 1)[0]
    ends = [place + 1 for mark in ("。", "！", "？", ". ", "! ", "? ") if (place := line.find(mark)) >= 0]
    return line[:min(ends, default=len(line))].strip()


def _kept(rows: Sequence[Row]) -> Sequence[Row]:
    """The best and the worst, where not all can be kept."""
    return rows if len(rows) <= ROWS_KEPT else [*rows[:ROWS_KEPT // 2], *rows[-ROWS_KEPT // 2:]]


def _save(run: RunFolder, result: Result) -> None:
    folder = run.path / FOLDER
    folder.mkdir(exist_ok=True)
    numbers = [int(path.stem.rpartition("-")[2]) for path in folder.glob("*-*.json")
               if path.stem.rpartition("-")[2].isdigit()]
    path = folder / f"{result.settings['split']}-{max(numbers, default=0) + 1}.json"
    storage.write_json(path, dataclasses.asdict(result))
