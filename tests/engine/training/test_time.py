"""A run that was left to its time keeps it, also when it is cut off and gone on with."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.events import Advised, Event, Planned, StepDone
from engine.runs.folder import RunFolder
from engine.runs.job import BUG, DONE, Job
from engine.runs.log import read_events
from engine.settings import to_plain
from engine.training import checkpoint, pace, planner, refit, trainer
from engine.training.checkpoint import MODEL
from engine.training.devices import Pace
from engine.training.planner import Measured
from engine.training.refit import TimeKeeper
from engine.training.spec import TrainSpec
from tests.engine.training.small_training import TINY, Bench

SPEC = TrainSpec(budget_seconds=20, batch_size=4, threads=1, device="cpu", precision="float32", sample_tokens=2,
                 checkpoint_seconds=0.01, baseline=False, patience=1000)
MEASURED, TRUE = 0.05, 0.1
"""Seconds a step, as they were measured before and as they are pretended to be."""


_lessons: list[Any] = []
"""The lesson of this life of the run, whose step is the clock."""


class Cut(Exception):  # noqa: N818  (no error: it stands for a kill)
    """What ends a life of a run here, between any two events."""


@pytest.fixture(autouse=True)
def pretended_time(monkeypatch: pytest.MonkeyPatch) -> None:
    real_prepare, real_plan = trainer.prepare, trainer.plan

    def prepare(*arguments: Any, **named: Any) -> Any:
        _lessons[:] = [real_prepare(*arguments, **named)]
        return _lessons[0]

    monkeypatch.setattr(trainer, "prepare", prepare)
    monkeypatch.setattr(trainer, "plan", lambda *arguments, **named: real_plan(
        *arguments, clock=lambda: 0.0, **named))
    monkeypatch.setattr(planner, "measure",
                        lambda *_: Measured(Pace(1, MEASURED, {1: MEASURED}), 0.01, 0.01, "float32"))
    monkeypatch.setattr(Job, "seconds", lambda self: TRUE * _lessons[0].standing.step if _lessons else 0.0)
    monkeypatch.setattr(pace.Pace, "seconds_left", lambda self, steps, *others: TRUE * steps)
    monkeypatch.setattr(pace, "_PER_SECOND", 10**9)
    monkeypatch.setattr(pace, "_LINES", 10**9)


@pytest.fixture
def a_run(bench: Bench, new_run: Callable[..., RunFolder]) -> Callable[[str], RunFolder]:
    def make(name: str) -> RunFolder:
        run = new_run(name, recipe={"training": to_plain(SPEC), "model": to_plain(TINY)})
        (run.path / "tokenizer").mkdir()
        bench.tokenizer.save(run.path / "tokenizer")
        return run

    return make


def _perform(bench: Bench, run: RunFolder, resume: bool = False,
             cut_at: Callable[[Event], bool] = lambda event: False) -> int:
    def hear(event: Event) -> None:
        if cut_at(event):
            raise Cut

    _lessons.clear()
    job = Job(run, "train", hear)
    return job.perform(lambda work: trainer.train(run, bench.tokens, job, resume))


def _planned(run: RunFolder) -> list[int]:
    return [event.steps for event in read_events(run.log) if isinstance(event, Planned)]


def _last(run: RunFolder) -> checkpoint.Checkpoint:
    info = checkpoint.last(run.checkpoints)
    assert info is not None
    return checkpoint.load(info.path)


def _at_step(step: int) -> Callable[[Event], bool]:
    return lambda event: isinstance(event, StepDone) and event.step == step


def _at_refit(kind: type[Event]) -> Callable[[Event], bool]:
    """The moment when a new number of steps is said, but for what the plan says before the start."""
    begun: list[Event] = []

    def found(event: Event) -> bool:
        if isinstance(event, StepDone):
            begun.append(event)
        return bool(begun) and isinstance(event, kind)

    return found


@pytest.mark.parametrize("cut", [_at_step(3), _at_step(8), _at_refit(Advised), _at_refit(Planned), _at_step(40),
                                 _at_step(120)], ids=["3", "8", "while saying so", "having said so", "40", "120"])
def test_a_timed_run_that_is_cut_off_ends_as_an_undisturbed_one(bench: Bench, a_run: Callable[[str], RunFolder],
                                                                cut: Callable[[Event], bool]) -> None:
    calm, run = a_run("calm"), a_run("cut")
    assert _perform(bench, calm) == DONE
    first, refitted = _planned(calm)
    assert refitted < 0.7 * first
    assert _perform(bench, run, cut_at=cut) == BUG
    assert _perform(bench, run, resume=True) == DONE
    assert _planned(run)[-1] == refitted == run.settings()["resolved"]["training"]["steps"]
    wanted, found = _last(calm), _last(run)
    assert wanted.state["step"] == found.state["step"] == refitted
    for name in ("budget_seconds", "began", "most_steps", "looked"):
        assert found.state["time"][name] == wanted.state["time"][name]
    assert found.state["time"]["looked"] == len(refit._LOOKS)
    for name, tensor in wanted.part(MODEL).items():
        np.testing.assert_array_equal(found.part(MODEL)[name], tensor, err_msg=name)


def test_a_run_cut_off_before_anything_was_saved_still_looks_at_its_time(
        bench: Bench, a_run: Callable[[str], RunFolder]) -> None:
    run = a_run("cut")
    assert _perform(bench, run, cut_at=lambda event: isinstance(event, Planned)) == BUG
    assert not list(Path(run.checkpoints).iterdir())
    assert _perform(bench, run, resume=True) == DONE
    first, refitted = _planned(run)
    assert refitted < 0.7 * first


def test_what_a_keeper_knows_survives_its_state() -> None:
    keeper = TimeKeeper(300.0, 7.5, 1234, looked=1, usual_seconds={"sample": 0.5})
    assert TimeKeeper.from_state(keeper.state()) == keeper


def _told(step: int, seconds_left: float) -> StepDone:
    return StepDone(step=step, tokens=1, loss=1.0, bits_per_byte=1.0, learning_rate=0.1, gradient_norm=1.0,
                    tokens_per_second=1.0, memory_bytes=1, seconds_left=seconds_left)


@pytest.mark.parametrize(("share", "left", "steps"), [
    (0.5, 0.44, None), (0.5, 1.32, 667), (0.5, 0.1, None), (0.8, 0.42, 867), (0.95, 5.0, 520)])
def test_a_machine_that_slows_down_on_the_way_gets_fewer_steps_and_never_more(
        share: float, left: float, steps: int | None) -> None:
    """At half of the time 500 of 1 000 steps are made; at the first two looks all was well."""
    spec = TrainSpec(steps=1000, validate_every=50, sample_every=50)
    keeper = TimeKeeper(100.0, 0.0, 10_000, looked=2)
    done = 500 if share == 0.5 else 800 if share == 0.8 else 495
    found = keeper.refitted(spec, 100 * share, _told(done, 100 * left))
    assert (found.steps if found else None) == steps
