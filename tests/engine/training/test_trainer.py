"""A whole run in its folder: planned, trained, compared, proved; stopped and gone on with."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engine.errors import EngineError
from engine.events import (
    Advised,
    BaselineScored,
    CheckpointSaved,
    Continued,
    Event,
    JobEnded,
    Notice,
    Planned,
    SampleWritten,
    StageStarted,
    StepDone,
    Validated,
)
from engine.models.kinds.hmm.spec import HmmSpec
from engine.models.kinds.ngram.spec import NGramSpec
from engine.models.kinds.rnn.spec import RnnSpec
from engine.models.spec import ModelSpec
from engine.runs.folder import RunFolder
from engine.runs.inbox import Command
from engine.runs.job import Job
from engine.runs.log import read_events
from engine.runs.series import series_of
from engine.settings import to_plain
from engine.tokenizers.token_file import mean_loss
from engine.tokenizers.tokenizer import BOS_ID
from engine.training import checkpoint, planner, trainer
from engine.training.spec import TrainSpec
from engine.training.trainer import train
from tests.engine.training.small_training import TINY, Bench, changed_spec

SPEC = TrainSpec(steps=30, batch_size=4, threads=1, validate_every=10, device="cpu", precision="float32",
                 sample_tokens=4, sample_every=15, budget_seconds=60)

NET = RnnSpec(cell="lstm", n_layers=2, d_embedding=8, d_hidden=12, context_length=16)

MakeRun = Callable[..., RunFolder]


@pytest.fixture
def a_run(bench: Bench, new_run: MakeRun) -> MakeRun:
    def make(spec: TrainSpec = SPEC, model: ModelSpec | None = TINY, name: str = "run-1") -> RunFolder:
        recipe: dict[str, Any] = {"training": to_plain(spec)}
        run = new_run(name, recipe=recipe if model is None else {**recipe, "model": to_plain(model)})
        (run.path / "tokenizer").mkdir()
        bench.tokenizer.save(run.path / "tokenizer")
        return run

    return make


def _perform(bench: Bench, run: RunFolder, resume: bool = False,
             listen: Callable[[Event], None] | None = None) -> list[Event]:
    """Train in the folder; the events of this life of the run."""
    before = len(read_events(run.log)) if run.log.exists() else 0
    job = Job(run, "train", listen)
    job.perform(lambda work: train(run, bench.tokens, job, resume))
    return read_events(run.log)[before:]


def _of(events: list[Event], kind: type[Event]) -> list[Any]:
    return [event for event in events if isinstance(event, kind)]


def test_a_run_is_planned_trained_compared_and_proved(bench: Bench, a_run: MakeRun) -> None:
    run = a_run()
    events = _perform(bench, run)
    planned, = _of(events, Planned)
    assert (planned.steps, planned.tokens_per_step) == (30, 64)
    assert planned.parameters == TINY.size(bench.tokenizer.vocab_size).parameters
    resolved = run.settings()["resolved"]
    assert resolved["training"]["optimizer"]["kind"] == "muon" and resolved["model"] == to_plain(TINY)
    assert {event.path for event in _of(events, Advised)} >= {"training.optimizer", "training.schedule"}
    assert [event.stage for event in _of(events, StageStarted)] == ["plan", "train", "baseline", "train", "check"]
    first_sample = next(i for i, event in enumerate(events) if isinstance(event, SampleWritten))
    scored, = _of(events, BaselineScored)
    assert scored.title == "5-gram" and events.index(scored) > first_sample
    ended = events[-1]
    assert isinstance(ended, JobEnded) and ended.status == "done"
    assert ended.summary["best_step"] == 30 and ended.summary["steps"] == 30
    best = _of(events, Validated)[-1]
    assert ended.summary["loss"] == pytest.approx(best.loss, rel=0.1)


def test_the_same_recipe_and_seed_give_the_same_numbers(bench: Bench, a_run: MakeRun) -> None:
    losses = [[check.loss for check in _of(_perform(bench, a_run(name=name)), Validated)] for name in ("a", "b")]
    assert losses[0] == losses[1]


@pytest.mark.parametrize("model", [TINY, NET], ids=["transformer", "recurrent net"])
def test_a_stopped_run_goes_on_to_the_same_end(bench: Bench, a_run: MakeRun, model: ModelSpec) -> None:
    whole, run = a_run(model=model, name="a"), a_run(model=model, name="b")
    _perform(bench, whole)

    def stop_soon(event: Event) -> None:
        if isinstance(event, Validated) and event.step == 10:
            run.inbox.drop(Command("stop"))

    first = _perform(bench, run, listen=stop_soon)
    assert isinstance(first[-1], JobEnded) and first[-1].status == "stopped"
    second = _perform(bench, run, resume=True)
    continued, = _of(second, Continued)
    assert continued.exact and continued.missing == () and continued.step >= 10
    assert not _of(second, Planned) and not _of(second, Advised)
    assert len(_of(first + second, BaselineScored)) == 1
    wanted, found = (checkpoint.load(each.checkpoints / "step-00000030.safetensors") for each in (whole, run))
    assert all((wanted.tensors[name] == found.tensors[name]).all() for name in wanted.tensors)
    series, undisturbed = (series_of(read_events(each.log)) for each in (run, whole))
    assert [check.loss for check in series.validations] == [check.loss for check in undisturbed.validations]


def test_a_stop_while_the_baseline_is_counted_saves_first(bench: Bench, a_run: MakeRun) -> None:
    run = a_run()

    def stop(event: Event) -> None:
        if isinstance(event, StageStarted) and event.stage == "baseline":
            run.inbox.drop(Command("stop"))

    events = _perform(bench, run, listen=stop)
    assert isinstance(events[-1], JobEnded) and events[-1].status == "stopped"
    assert _of(events, CheckpointSaved)[-1].why == "stop"


def test_a_damaged_checkpoint_is_named_and_the_one_before_is_used(bench: Bench, a_run: MakeRun) -> None:
    run = a_run()
    _perform(bench, run)
    newest, before = (info.path for info in reversed(checkpoint.list_checkpoints(run.checkpoints)[-2:]))
    newest.write_bytes(newest.read_bytes()[:-1])
    events = _perform(bench, run, resume=True)
    notice = next(event for event in _of(events, Notice) if event.code == "damaged-checkpoint")
    assert notice.values == {"file": f"damaged-{newest.name}"}
    assert _of(events, Continued)[0].step == checkpoint.load(before).state["step"]
    assert isinstance(events[-1], JobEnded) and events[-1].status == "done"


def test_going_on_before_anything_was_saved_begins_again(bench: Bench, a_run: MakeRun) -> None:
    run = a_run()
    events = _perform(bench, run, resume=True)
    assert _of(events, Continued)[0].step == 0
    assert isinstance(events[-1], JobEnded) and events[-1].status == "done"


def test_a_model_that_counts_is_a_run_like_any_other(bench: Bench, a_run: MakeRun) -> None:
    run = a_run(model=NGramSpec(order=3))
    events = _perform(bench, run)
    assert len(_of(events, Validated)) == 1 and _of(events, SampleWritten)[-1].done
    saved, = _of(events, CheckpointSaved)
    assert saved.is_best and checkpoint.is_whole(run.checkpoints / saved.file)
    ended = events[-1]
    assert isinstance(ended, JobEnded) and ended.status == "done"
    assert ended.summary["loss"] == pytest.approx(_of(events, Validated)[0].loss)


def test_the_parameters_of_a_counted_model_are_those_that_were_counted(bench: Bench, a_run: MakeRun) -> None:
    spec, vocab_size = NGramSpec(order=3), bench.tokenizer.vocab_size
    events = _perform(bench, a_run(model=spec))
    ids = bench.texts.train.ids.tolist()
    seen = {tuple(ids[at:at + n]) for n in (2, 3) for at in range(len(ids) - n + 1) if BOS_ID not in ids[at + 1:at + n]}
    estimated, counted = _of(events, Planned)
    assert estimated.parameters == spec.size_for(vocab_size, len(ids)).parameters != spec.size(vocab_size).parameters
    assert counted.parameters == events[-1].summary["parameters"] == vocab_size + len(seen)


@pytest.mark.parametrize("method", ["batch", "online"])
def test_a_model_that_learns_pass_by_pass_is_a_run_like_any_other(bench: Bench, a_run: MakeRun, method: str) -> None:
    run = a_run(changed_spec(SPEC, steps=6), HmmSpec(n_states=4, method=method))
    events = _perform(bench, run)
    planned, = _of(events, Planned)
    assert planned.steps == 6 and planned.parameters == 4 + 16 + 4 * bench.tokenizer.vocab_size
    checks = _of(events, Validated)
    assert [check.step for check in checks] == [1, 2, 3, 4, 5, 6] and checks[-1].loss < checks[0].loss
    assert len(_of(events, BaselineScored)) == 1 and _of(events, SampleWritten)[-1].done
    ended = events[-1]
    assert isinstance(ended, JobEnded) and ended.status == "done"
    assert ended.summary["steps"] == 6 and ended.summary["loss"] == pytest.approx(checks[-1].loss, rel=1e-3)


@pytest.mark.parametrize("method", ["batch", "online"])
def test_passes_that_were_stopped_go_on_to_the_same_end(bench: Bench, a_run: MakeRun, method: str) -> None:
    spec, model = changed_spec(SPEC, steps=6, batch_size=1), HmmSpec(n_states=4, method=method)
    whole, run = a_run(spec, model, "a"), a_run(spec, model, "b")
    _perform(bench, whole)

    def stop_soon(event: Event) -> None:
        if isinstance(event, Validated) and event.step == 2:
            run.inbox.drop(Command("stop"))

    first = _perform(bench, run, listen=stop_soon)
    assert isinstance(first[-1], JobEnded) and first[-1].status == "stopped"
    second = _perform(bench, run, resume=True)
    assert _of(second, Continued)[0].step >= 2 and not _of(second, BaselineScored)
    wanted, found = (checkpoint.load(checkpoint.last(each.checkpoints).path) for each in (whole, run))
    assert wanted.state["step"] == found.state["step"] == 6
    assert all((wanted.tensors[name] == found.tensors[name]).all() for name in wanted.tensors)


@pytest.mark.parametrize("wanted", [None, 128])
def test_the_last_check_reads_eight_times_the_tokens_that_the_plan_chose(
        bench: Bench, a_run: MakeRun, monkeypatch: pytest.MonkeyPatch, wanted: int | None) -> None:
    chosen = wanted or 96
    monkeypatch.setattr(planner, "_check_size", lambda spec, measured, texts, seconds: (chosen, 0.01))
    read: list[int] = []

    def loss(losses: Any, ids: Any, *mask: Any) -> float:
        read.append(len(ids))
        return mean_loss(losses, ids, *mask)

    monkeypatch.setattr(trainer, "mean_loss", loss)
    _perform(bench, a_run(TrainSpec(budget_seconds=5, device="cpu", threads=1, validation_tokens=wanted)))
    assert read == [8 * chosen]


def test_without_a_baseline_none_is_counted(bench: Bench, a_run: MakeRun) -> None:
    run = a_run(TrainSpec(**{**to_plain(SPEC), "baseline": False}))
    assert not _of(_perform(bench, run), BaselineScored)
    assert not (run.checkpoints / checkpoint.BASELINE).exists()


def test_left_to_wenlu_a_small_text_gets_a_small_model_in_time(bench: Bench, a_run: MakeRun) -> None:
    run = a_run(TrainSpec(budget_seconds=6, device="cpu"), model=None)
    events = _perform(bench, run)
    assert isinstance(events[-1], JobEnded) and events[-1].status == "done"
    assert "small-text" in [notice.code for notice in _of(events, Notice)]
    chosen = {event.path for event in _of(events, Advised)}
    assert chosen >= {"model", "training.steps", "training.batch_size", "training.optimizer", "training.precision"}
    ended_early = "early-stop" in [notice.code for notice in _of(events, Notice)]
    assert ended_early or _of(events, StepDone)[-1].step == _of(events, Planned)[-1].steps


def test_a_text_shorter_than_a_window_is_refused_before_the_start(bench: Bench, a_run: MakeRun) -> None:
    run = a_run(model=TINY.model_validate({**to_plain(TINY), "context_length": 32768}))
    events = _perform(bench, run)
    ended = events[-1]
    assert isinstance(ended, JobEnded) and ended.status == "failed"
    assert "less than one window of 32769" in ended.what
    assert not _of(events, StepDone)


def test_a_folder_without_tokens_says_so(bench: Bench, a_run: MakeRun, tmp_path: Path) -> None:
    run = a_run()
    job = Job(run, "train")
    with pytest.raises(EngineError, match="no tokens"):
        train(run, tmp_path / "nothing", job)
