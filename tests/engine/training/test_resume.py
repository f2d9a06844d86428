"""A run that was cut off goes on to the very same bits, or says what is missing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from engine.optimization.optimizer import OptimizerSpec
from engine.runs.folder import RunFolder
from engine.runs.job import Job
from engine.settings import members_of, to_plain
from engine.training import checkpoint, state
from engine.training.checkpoint import Checkpoint
from engine.training.course import Course
from engine.training.lesson import Lesson
from engine.training.state import Origin
from tests.engine.training.small_training import Bench, run_through

NewRun = Callable[..., RunFolder]


def _all_of(lesson: Lesson) -> dict[str, np.ndarray]:
    """Weights, optimizer and chance, and what is known of the losses."""
    found = state.snapshot(lesson.learner, lesson.standing, lesson.origin, "last")
    numbers = {name: np.array(value) for name, value in found.state.items()
               if isinstance(value, float | int) and name != "seconds"}
    return {**found.tensors, **numbers}


def _with_cuts(lesson: Lesson, job: Job, into: Path) -> dict[str, np.ndarray]:
    """Run to the end, saving before every step."""
    real_step = lesson.learner.step

    def step(inputs: Any, targets: Any, scale: float) -> Any:
        snapshot = state.snapshot(lesson.learner, lesson.standing, lesson.origin, "time")
        checkpoint.save(into / f"{lesson.standing.step}.cut", snapshot)
        return real_step(inputs, targets, scale)

    lesson.learner.step = step  # type: ignore[method-assign]
    run_through(lesson, job)
    return _all_of(lesson)


def _continued(bench: Bench, run: RunFolder, course: Course, saved: Checkpoint) -> tuple[Lesson, list[str]]:
    lesson = bench.lesson(run.checkpoints, course)
    torch.rand(17)  # another process has drawn other numbers by now
    lesson.standing, missing = state.restore(lesson.learner, saved, lesson.origin)
    return lesson, missing


def _check_all_cuts(bench: Bench, new_run: NewRun, course: Course, into: Path, every: int = 1) -> None:
    whole = new_run("whole")
    wanted = _with_cuts(bench.lesson(whole.checkpoints, course), Job(whole, "train"), into)
    for cut in range(0, course.steps, every):
        run = new_run(f"cut-{cut}")
        lesson, missing = _continued(bench, run, course, checkpoint.load(into / f"{cut}.cut"))
        run_through(lesson, Job(run, "train"))
        found = _all_of(lesson)
        assert missing == [] and found.keys() == wanted.keys()
        for name, array in wanted.items():
            np.testing.assert_array_equal(found[name], array, err_msg=f"{name} after a cut at step {cut}")


def test_a_run_cut_at_any_step_ends_with_the_same_bits(bench: Bench, new_run: NewRun, tmp_path: Path) -> None:
    _check_all_cuts(bench, new_run, bench.course(steps=30, accumulation=2, batch_size=2), tmp_path)


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("optimizer", members_of(OptimizerSpec), ids=lambda each: each.kind)
def test_with_every_optimizer_and_with_two_threads(bench: Bench, new_run: NewRun, tmp_path: Path, threads: int,
                                                   optimizer: type[OptimizerSpec]) -> None:
    course = bench.course(optimizer(), steps=8, threads=threads, validate_every=3)
    _check_all_cuts(bench, new_run, course, tmp_path, every=1 if threads == 1 else 3)


def _saved(bench: Bench, new_run: NewRun) -> tuple[Course, Checkpoint]:
    course = bench.course(steps=4)
    run = new_run("whole")
    run_through(bench.lesson(run.checkpoints, course), Job(run, "train"))
    found, _ = checkpoint.newest_whole(run.checkpoints)
    assert found is not None
    return course, found


@pytest.mark.parametrize(("prefix", "words"), [("random.cpu", "the state of chance"),
                                               ("optimizer.", "the state of the optimizer")])
def test_a_missing_piece_is_named(bench: Bench, new_run: NewRun, prefix: str, words: str) -> None:
    course, saved = _saved(bench, new_run)
    kept = {name: tensor for name, tensor in saved.tensors.items() if not name.startswith(prefix)}
    _, missing = _continued(bench, new_run("b"), course, Checkpoint(kept, saved.state))
    assert missing == [words]


@pytest.mark.parametrize(("name", "words"), [
    ("torch", "the version of torch"), ("threads", "the number of threads"), ("tokens", "the training text"),
    ("tokenizer", "the tokenizer"), ("arithmetic", "the processor"), ("device", "the device")])
def test_a_change_of_surroundings_is_named(bench: Bench, new_run: NewRun, name: str, words: str) -> None:
    course, saved = _saved(bench, new_run)
    surroundings = {**saved.state["surroundings"], name: "another"}
    _, missing = _continued(bench, new_run("b"), course,
                            Checkpoint(saved.tensors, {**saved.state, "surroundings": surroundings}))
    assert missing == [words]


def test_other_training_settings_are_named(bench: Bench, new_run: NewRun) -> None:
    course, saved = _saved(bench, new_run)
    lesson = bench.lesson(new_run("b").checkpoints, bench.course(steps=4, gradient_clip=0.5))
    assert lesson.origin != Origin(saved.state["model"], to_plain(course.spec), 0, "", "")
    _, missing = state.restore(lesson.learner, saved, lesson.origin)
    assert missing == ["the training settings"]
