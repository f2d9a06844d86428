"""An evaluation answers examples kept apart, keeps what it found, and looks at the test split once."""

from __future__ import annotations

import json

import pytest

from engine import jobs
from engine.corpora.source import source_of
from engine.errors import EngineError
from engine.evaluation.evaluate import results_of
from engine.evaluation.metric import Metric
from engine.evaluation.spec import EvaluateSpec
from engine.project import Project
from engine.recipe import Recipe
from engine.runs.job import Job
from engine.settings import from_plain, member
from engine.work import Stopped, Work

PLACES = ["table", "window", "old well", "kitchen"]


def trained(folder, rows, task):
    """A 5-gram counted on a project of rows: it answers as well as counting can."""
    (folder / "rows.jsonl").write_text("\n".join(json.dumps(row) for row in rows), "utf-8")
    project = Project.create(folder / "project", recipe=from_plain(Recipe, {
        "task": task, "model": {"kind": "n-gram"}, "tokenizer": {"kind": "bpe", "vocab_size": 400},
        "training": {"baseline": False}}))
    project.add_sources(source_of(folder / "rows.jsonl"))
    run = jobs.new_run(project)
    assert Job(run, "train").perform(lambda job: jobs.train(project, job, False)) == 0
    return run


@pytest.fixture(scope="module")
def answering(tmp_path_factory):
    rows = [{"question": f"Who sits number {number} at the {PLACES[number % 4]}?",
             "answer": f"A guest at the {PLACES[number % 4]}."} for number in range(120)]
    return trained(tmp_path_factory.mktemp("questions"), rows, {"kind": "question-answering"})


def test_the_figures_are_those_of_the_answers_that_are_kept(answering):
    said = []
    result = jobs.evaluate(answering, EvaluateSpec(examples=8), Work(said.append))
    assert len(result.rows) == 8 == result.data["examples"] and result.data["available"] >= 8
    for kind, values in result.figures.items():
        for name, value in values.items():
            answers = [row.answer if name == "model" else row.baselines[name] for row in result.rows]
            expected = [row.expected for row in result.rows]
            assert value == pytest.approx(member(Metric, kind)().score(answers, expected), abs=1e-3)
    assert [row.score for row in result.rows] == sorted((row.score for row in result.rows), reverse=True)
    assert result.figures["f1"]["nearest"] > result.figures["f1"]["copy"]
    assert results_of(answering)[-1] == result
    assert {each.stage for each in said if each.name == "progress"} == {"evaluate", "compare"}


def test_a_beam_gives_answers_too_and_all_examples_of_validation_are_outside_training(answering):
    wide = jobs.evaluate(answering, EvaluateSpec(examples=3, beams=4), Work())
    assert all(row.answer for row in wide.rows)


def test_the_test_split_is_looked_at_once_unless_asked_for_again(answering):
    first = jobs.evaluate(answering, EvaluateSpec(split="test", examples=2), Work())
    assert first.looks == 1
    with pytest.raises(EngineError, match="was measured on its test split before"):
        jobs.evaluate(answering, EvaluateSpec(split="test", examples=2), Work())
    assert jobs.evaluate(answering, EvaluateSpec(split="test", examples=2, again=True), Work()).looks == 2


def test_it_can_be_stopped_and_then_keeps_nothing(answering):
    kept = len(results_of(answering))
    with pytest.raises(Stopped):
        jobs.evaluate(answering, EvaluateSpec(), Work(is_stopping=lambda: True))
    assert len(results_of(answering)) == kept


def test_a_damaged_result_is_left_out(answering):
    kept = len(results_of(answering))
    (answering.path / "evaluations" / "validation-99.json").write_text("{", "utf-8")
    assert len(results_of(answering)) == kept


def test_labels_are_chosen_among_those_of_the_training_texts(tmp_path):
    rows = [{"text": f"{'Rain fell on' if number % 3 else 'The bank paid'} house {number} today.",
             "label": "weather" if number % 3 else "money"} for number in range(90)]
    run = trained(tmp_path, rows, {"kind": "classification"})
    result = jobs.evaluate(run, EvaluateSpec(), Work())
    assert {row.answer for row in result.rows} <= {"weather", "money"}
    assert set(result.figures["accuracy"]) == {"model", "frequent", "nearest"}
    assert result.figures["accuracy"]["nearest"] == 100


def test_a_run_that_only_continues_texts_is_refused(tmp_path):
    run = trained(tmp_path, [{"text": f"A text about house {number}."} for number in range(30)],
                  {"kind": "continuation"})
    with pytest.raises(EngineError, match="no answer is right or wrong"):
        jobs.evaluate(run, EvaluateSpec(), Work())
