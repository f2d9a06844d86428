"""A run that begins with an earlier model: what it takes over, how it goes on after a cut, what it needs no more."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine import jobs
from engine.corpora.source import pasted
from engine.errors import EngineError
from engine.events import Advised, BaselineScored, Planned, Validated
from engine.generation.loading import load_model
from engine.models.kinds.rnn.spec import RnnSpec
from engine.models.spec import ModelSpec
from engine.optimization.optimizers.schedule_free import ScheduleFree
from engine.optimization.schedules.constant import Constant
from engine.project import Project
from engine.runs.folder import RunFolder
from engine.runs.job import Job
from engine.runs.log import read_events
from engine.settings import assign, to_plain
from engine.training import checkpoint
from engine.training.beginning import Beginning, beginning_of, keep_beginning
from engine.training.checkpoint import MODEL
from engine.training.lesson import prepare
from engine.training.method import MethodSpec
from engine.training.methods.full import Full
from engine.training.methods.lora import Lora
from engine.training.start import StartSpec
from tests.engine.training.small_training import TINY, Bench, Documents, run_through
from tests.engine.training.test_resume import NewRun, _check_all_cuts

RNN = RnnSpec(cell="gru", d_embedding=8, d_hidden=12, context_length=16)


def _earlier(bench: Bench, new_run: NewRun, model: ModelSpec = TINY, steps: int = 4) -> RunFolder:
    run = new_run("earlier", recipe={"model": to_plain(model)})
    bench.tokenizer.save(_made(run.path / "tokenizer"))
    run_through(bench.lesson(run.checkpoints, bench.course(steps=steps), model), Job(run, "train"))
    return run


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def _beginning(bench: Bench, earlier: RunFolder, into: RunFolder, method: MethodSpec) -> Beginning:
    start = StartSpec(run=str(earlier.path), method=method)
    kept = keep_beginning(into, start, into.path.parent, bench.tokenizer, [])
    found = beginning_of(into, {"start": kept, "recipe": {"start": to_plain(start)}})
    assert found is not None
    return found


@pytest.mark.parametrize(("model", "method", "values"), [
    (TINY, Full(), {}),
    (TINY, Lora(rank=2, dropout=0.1), {}),
    (TINY, Lora(rank=2, embeddings=True), {"weight_average": 0.9}),
    (TINY, Lora(rank=2), {"optimizer": ScheduleFree(), "schedule": Constant()}),
    (RNN, Lora(rank=2, dropout=0.1), {}),
], ids=["full", "lora", "averaged", "schedule-free", "rnn"])
def test_a_run_that_began_with_a_model_and_was_cut_ends_with_the_same_bits(
        bench: Bench, new_run: NewRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, model: ModelSpec,
        method: MethodSpec, values: dict[str, Any]) -> None:
    beginning = _beginning(bench, _earlier(bench, new_run, model), new_run("begun"), method)
    monkeypatch.setattr(Bench, "lesson", lambda self, folder, course: prepare(
        model, course, self.texts, self.tokenizer, folder, beginning=beginning))
    _check_all_cuts(bench, new_run, bench.course(**{"steps": 8, "validate_every": 3, **values}), tmp_path, every=3)


def test_a_checkpoint_with_adapters_is_a_whole_model(bench: Bench, new_run: NewRun) -> None:
    run, earlier = new_run("tuned"), _earlier(bench, new_run)
    beginning = _beginning(bench, earlier, run, Lora(rank=2))
    lesson = prepare(TINY, bench.course(steps=4), bench.texts, bench.tokenizer, run.checkpoints, beginning=beginning)
    run_through(lesson, Job(run, "train"))
    saved = checkpoint.load(checkpoint.last(run.checkpoints).path)  # type: ignore[union-attr]
    ids = np.asarray(bench.texts.validation.ids[:60], dtype=np.int64)
    with lesson.learner.with_kept_weights():
        expected = lesson.learner.network.language_model().token_losses(ids)
    found = TINY.load(bench.texts.train.vocab_size, saved.part(MODEL)).token_losses(ids)
    before = TINY.load(bench.texts.train.vocab_size, beginning.tensors).token_losses(ids)
    assert np.array_equal(found, expected) and not np.array_equal(found, before)
    frozen = saved.part(MODEL)["embedding"]
    assert np.array_equal(frozen, beginning.tensors["embedding"])


# whole runs

TRAINING = ("training.steps=6", "training.batch_size=2", "training.threads=1", "training.sample_tokens=4",
            "training.baseline=false", "training.validation_tokens=256", "training.device=cpu",
            "training.precision=float32")


@pytest.fixture
def project(tmp_path: Path) -> Project:
    made = Project.create(tmp_path / "project")
    made.save(sources=[pasted("\n\n".join(document.text for document in Documents().documents()))],
              recipe=assign(made.recipe, "tokenizer.kind=character", "cleaning.steps=[]", *TRAINING))
    return made


def _train(project: Project, *assignments: str, model: ModelSpec | None = None) -> RunFolder:
    project.recipe = assign(project.recipe, *assignments)
    if model is not None:
        project.recipe = assign(project.recipe, *(f"model.{name}={value}" for name, value in to_plain(model).items()))
    run = jobs.new_run(project)
    _perform(project, run)
    return run


def _perform(project: Project, run: RunFolder, resume: bool = False) -> None:
    """Train in a job; what went wrong is raised again."""
    raised: list[EngineError] = []

    def body(job: Job) -> dict[str, Any]:
        try:
            return jobs.train(project, job, resume)
        except EngineError as error:
            raised.append(error)
            raise

    Job(run, "train").perform(body)
    if raised:
        raise raised[0]


def _of(run: RunFolder, kind: type[Any]) -> list[Any]:
    return [event for event in read_events(run.log) if isinstance(event, kind)]


@pytest.fixture
def earlier(project: Project) -> RunFolder:
    return _train(project, model=TINY)


def test_a_run_takes_over_weights_tokenizer_and_shape(project: Project, earlier: RunFolder) -> None:
    project.recipe = project.recipe.model_copy(update={"model": None})
    run = _train(project, "start.run=run-1", "start.method.kind=lora", "start.method.rank=2",
                 "tokenizer.kind=word")
    told = {event.path: event for event in _of(run, Advised)}
    assert told["start.run"].value == "run-1" and told["model"].value == "Transformer"
    assert told["training.optimizer"].value["kind"] == "adamw"
    assert load_model(run.path).tokenizer.kind == "character"
    planned = _of(run, Planned)[0]
    assert planned.learning_parameters is not None and planned.learning_parameters < planned.parameters / 4
    before = _of(run, BaselineScored)
    assert [each.title for each in before] == ["Before"]


def test_a_run_needs_the_earlier_one_no_more_once_it_has_begun(project: Project, earlier: RunFolder) -> None:
    run = _train(project, "start.run=run-1", "start.method.kind=lora")
    shutil.rmtree(earlier.path)
    for path in run.checkpoints.glob("*"):
        path.unlink()
    _perform(project, run, resume=True)
    assert load_model(run.path, "last").step == 6


def test_rates_are_lower_than_for_a_fresh_model(project: Project, earlier: RunFolder) -> None:
    run = _train(project, "start.run=run-1")
    optimizer = run.settings()["resolved"]["training"]["optimizer"]
    usual = TINY.usual_optimizer()
    assert optimizer["kind"] == usual.kind and optimizer["learning_rate"] == pytest.approx(usual.main_rate / 2)


def test_new_pieces_and_symbols_leave_the_old_ones_as_they_were(project: Project, earlier: RunFolder) -> None:
    run = _train(project, "start.run=run-1", "start.new_pieces=6", 'tokenizer.user_symbols=["<|a|>"]')
    older, larger = load_model(earlier.path), load_model(run.path)
    assert larger.tokenizer.vocab_size > older.tokenizer.vocab_size + 1
    assert larger.tokenizer.encode("<|a|>").tolist() == [older.tokenizer.vocab_size]
    text = "my aunt ate nothing at all"
    assert larger.tokenizer.decode(larger.tokenizer.encode(text)) == text
    assert len(larger.tokenizer.encode(text)) < len(older.tokenizer.encode(text))
    start = checkpoint.load(run.path / "start.safetensors").part(MODEL)
    begun = TINY.load(larger.tokenizer.vocab_size, start)
    ids = [1, *older.tokenizer.encode(text).tolist()]
    old_scores, new_scores = older.model.next_log_probs(ids)[0], begun.next_log_probs(ids)[0]
    kept = new_scores[:len(old_scores)]
    assert kept - kept[0] == pytest.approx(old_scores - old_scores[0], abs=1e-5)  # all but the softmax's sum
    for each, parts in enumerate(older.tokenizer.older_ids(larger.tokenizer), older.tokenizer.vocab_size):
        assert start["embedding"][each] == pytest.approx(start["embedding"][parts].mean(0), abs=1e-6)


@pytest.mark.parametrize(("assignments", "told"), [
    (("start.run=run-7",), "no run 'run-7'"),
    (("start.run=run-1", "model.n_layers=3"), "another shape: n_layers is 1"),
    (("start.run=run-1", "model.kind=rnn"), "another shape: kind"),
    (("start.run=run-1", "start.checkpoint=step-99"), "no checkpoint"),
])
def test_what_does_not_fit_is_told(project: Project, earlier: RunFolder, assignments: tuple[str, ...],
                                   told: str) -> None:
    with pytest.raises(EngineError, match=told):
        _train(project, *assignments)


def test_what_does_not_shape_the_weights_may_be_set(project: Project, earlier: RunFolder) -> None:
    run = _train(project, "start.run=run-1", "model.dropout=0.3", "model.context_length=8")
    assert run.settings()["resolved"]["model"]["context_length"] == 8


def test_counts_are_added_to_those_of_an_earlier_model(project: Project) -> None:
    first = _train(project, "model.kind=n-gram")
    run = _train(project, f"start.run={first.name}", "start.new_pieces=5")
    before, after = (load_model(each.path).model for each in (first, run))
    assert after.tables[-1].counts.sum() > 1.5 * before.tables[-1].counts.sum()  # type: ignore[attr-defined]
    with pytest.raises(EngineError, match="no matrices"):
        _train(project, "start.method.kind=lora")


def test_a_hidden_markov_model_goes_on_with_its_tables(project: Project) -> None:
    first = _train(project, "model.kind=hmm", "model.n_states=4")
    run = _train(project, f"start.run={first.name}", "training.steps=1")
    assert _of(run, Validated)[0].loss < _of(first, Validated)[0].loss


def test_the_settings_of_a_beginning_are_told_when_they_change(bench: Bench, new_run: NewRun) -> None:
    from engine.training import state

    beginning = _beginning(bench, _earlier(bench, new_run), new_run("begun"), Lora(rank=2))
    make: Callable[..., Any] = prepare
    course = bench.course(steps=2)
    lesson = make(TINY, course, bench.texts, bench.tokenizer, new_run("a").checkpoints, beginning=beginning)
    saved = state.snapshot(lesson.learner, lesson.standing, lesson.origin, "last")
    other = replace(beginning, method=Lora(rank=2, alpha=1.0))
    again = make(TINY, course, bench.texts, bench.tokenizer, new_run("b").checkpoints, beginning=other)
    assert state.restore(again.learner, saved, again.origin)[1] == ["the earlier model"]
