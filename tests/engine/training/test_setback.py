"""A run whose loss jumps or is no number goes back to its last good checkpoint, past the batches that led there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.errors import EngineError
from engine.events import Continued, Event, Notice, StepDone
from engine.models.tensors import arrays_of
from engine.runs.folder import RunFolder
from engine.runs.job import Job
from engine.runs.series import series_of
from engine.training import checkpoint, setback, state
from engine.training.batches import Position
from engine.training.learner import NotFinite, StepResult
from engine.training.lesson import Lesson
from engine.training.setback import Jump, LossGuard, last_good
from tests.engine.training.small_training import Bench, run_through

NewRun = Callable[..., RunFolder]


def _spoilt(lesson: Lesson, bad_step: int, spoil: Callable[[StepResult], StepResult]) -> list[Position]:
    """Let the batch that is read at a step do harm whenever it is read; gives the batches that were learnt from."""
    real_step, real_take = lesson.learner.step, lesson.batches.take
    bad: list[Any] = []
    used: list[Position] = []
    current: list[Position] = []

    def take(position: Position, count: int) -> Any:
        current[:] = [position]
        return real_take(position, count)

    def step(inputs: Any, targets: Any, scale: float) -> StepResult:
        standing = lesson.standing
        if standing.step == bad_step and not bad:
            bad.append(current[0])
        if bad and current[0] == bad[0]:
            return spoil(real_step(inputs, targets, scale))
        used.append(current[0])
        return real_step(inputs, targets, scale)

    lesson.learner.step = step  # type: ignore[method-assign]
    lesson.batches.take = take  # type: ignore[method-assign]
    return used


def _no_number(_: StepResult) -> StepResult:
    raise NotFinite


def _of(events: list[Event], kind: type[Any]) -> list[Any]:
    return [event for event in events if isinstance(event, kind)]


def test_a_loss_that_is_no_number_costs_the_batches_and_not_the_run(bench: Bench, new_run: NewRun) -> None:
    run = new_run()
    lesson = bench.lesson(run.checkpoints, bench.course())
    used = _spoilt(lesson, 12, _no_number)
    events = run_through(lesson, Job(run, "train"))
    back, said = _of(events, Continued)[0], _of(events, Notice)[0]
    assert back.went_back and back.exact and back.step == 10 and said.code == "set-back" and said.values["at"] == 13
    series = series_of(events)
    assert [each.step for each in series.steps] == sorted({each.step for each in series.steps})
    assert series.steps[-1].step == 30 and not series.restarts and len(series.notices) == 1
    plain = bench.lesson(new_run("plain").checkpoints, bench.course())
    plain.standing.skipped = lesson.standing.skipped
    assert len(plain.standing.skipped) == 2
    run_through(plain, Job(new_run("log"), "train"))
    for name, array in arrays_of(plain.learner.network).items():
        np.testing.assert_array_equal(array, arrays_of(lesson.learner.network)[name])
    assert used[-1] == Position(used[-1].epoch, used[-1].index)


def test_what_was_passed_over_is_part_of_a_checkpoint(bench: Bench, new_run: NewRun) -> None:
    run = new_run()
    lesson = bench.lesson(run.checkpoints, bench.course())
    _spoilt(lesson, 12, _no_number)
    run_through(lesson, Job(run, "train"))
    other = bench.lesson(run.checkpoints, bench.course())
    found, _ = checkpoint.newest_whole(run.checkpoints)
    assert found is not None
    standing, _ = state.restore(other.learner, found, other.origin)
    assert standing.skipped == lesson.standing.skipped and standing.setbacks == 1


def test_it_goes_back_three_times_and_then_ends_with_a_word(bench: Bench, new_run: NewRun) -> None:
    run = new_run()
    lesson = bench.lesson(run.checkpoints, bench.course())
    real_step = lesson.learner.step

    def failing(inputs: Any, targets: Any, scale: float) -> StepResult:
        if lesson.standing.step == 12:
            raise NotFinite
        return real_step(inputs, targets, scale)

    lesson.learner.step = failing  # type: ignore[method-assign]
    events: list[Event] = []
    with pytest.raises(EngineError, match="not-a-number"):
        from engine.training.descent import descend

        for event in descend(lesson, Job(run, "train")):
            events.append(event)
    assert len(_of(events, Notice)) == setback.MOST == 3


def test_a_loss_that_jumps_takes_the_run_back_before_the_jump(bench: Bench, new_run: NewRun,
                                                              monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(setback, "_BEFORE", 10)
    run = new_run()
    lesson = bench.lesson(run.checkpoints, bench.course(steps=40))
    lesson_steps: list[int] = []
    real_step = lesson.learner.step

    def jumping(inputs: Any, targets: Any, scale: float) -> StepResult:
        found = real_step(inputs, targets, scale)
        lesson_steps.append(lesson.standing.step)
        is_high = 20 <= lesson.standing.step < 26 and len(lesson_steps) < 27
        return StepResult(found.loss * 10, found.gradient_norm) if is_high else found

    lesson.learner.step = jumping  # type: ignore[method-assign]
    events = run_through(lesson, Job(run, "train"))
    back, said = _of(events, Continued)[0], _of(events, Notice)[0]
    assert back.went_back and back.step == 10 and said.values["at"] == 21 and float(said.values["times"]) > 2
    assert _of(events, StepDone)[-1].step == 40 and len(_of(events, Notice)) == 1


def test_the_noise_of_small_batches_is_no_jump() -> None:
    chance, guard = np.random.default_rng(3), LossGuard()
    for step in range(5000):
        guard.take(step, Position(0, step))
        guard.see(float(2 * np.exp(0.3 * chance.normal())))
    with pytest.raises(Jump):
        for _ in range(5):
            guard.see(9.0)


def test_only_checkpoints_from_before_the_harm_are_good(bench: Bench, tmp_path: Path) -> None:
    lesson = bench.lesson(tmp_path, bench.course())
    for step in (5, 8, 10):
        lesson.standing.step = step
        snapshot = state.snapshot(lesson.learner, lesson.standing, lesson.origin, "time")
        checkpoint.save(checkpoint.checkpoint_path(tmp_path, step), snapshot)
    assert last_good(tmp_path, 3) is None and len(checkpoint.list_checkpoints(tmp_path)) == 3
    found = last_good(tmp_path, 9)
    assert found is not None and found.state["step"] == 8
    assert [info.step for info in checkpoint.list_checkpoints(tmp_path)] == [5, 8]
