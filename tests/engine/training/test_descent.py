"""The loop: it learns, says what it does, obeys, and never applies a step that is not a number."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from engine.errors import EngineError
from engine.events import (
    CheckpointSaved,
    Continued,
    Event,
    Notice,
    Paused,
    SampleWritten,
    SpeedChanged,
    StepDone,
    Validated,
)
from engine.models.tensors import arrays_of
from engine.runs.folder import RunFolder
from engine.runs.inbox import Command
from engine.runs.job import Job
from engine.runs.series import series_of
from engine.training import checkpoint, descent, state
from engine.training.checkpoint import Checkpoint
from engine.training.checkpoint_writer import CheckpointWriter
from engine.training.descent import descend
from engine.work import Stopped
from tests.engine.training.small_training import TINY, Bench, changed_spec, run_through

NewRun = Callable[..., RunFolder]


def _job(run: RunFolder) -> Job:
    return Job(run, "train")


def _of(events: list[Event], kind: type[Event]) -> list[Any]:
    return [event for event in events if isinstance(event, kind)]


def test_the_loss_falls_and_everything_is_said(bench: Bench, new_run: NewRun) -> None:
    run = new_run()
    events = run_through(bench.lesson(run.checkpoints, bench.course(steps=60)), _job(run))
    steps, checks = _of(events, StepDone), _of(events, Validated)
    assert steps[0].step == 1 and steps[-1].step == 60
    assert steps[-1].loss < 0.7 * steps[0].loss
    assert [check.step for check in checks] == [10, 20, 30, 40, 50, 60]
    assert checks[-1].bits_per_byte < checks[0].bits_per_byte
    assert {sample.step for sample in _of(events, SampleWritten)} == {2, 15, 30, 45, 60}
    saved = _of(events, CheckpointSaved)
    assert saved[-1].why == "last" and saved[-1].step == 60
    assert steps[-1].tokens == checks[-1].tokens > 0 and steps[-1].seconds_left == 0


def test_samples_and_validation_change_nothing(bench: Bench, new_run: NewRun) -> None:
    found = []
    for name, values in (("a", {}), ("b", {"validate_every": 30, "sample_every": 1000})):
        run = new_run(name)
        lesson = bench.lesson(run.checkpoints, bench.course(**values))
        run_through(lesson, _job(run))
        found.append(arrays_of(lesson.learner.network))
    for name in found[0]:
        np.testing.assert_array_equal(found[0][name], found[1][name])


def test_samples_of_one_step_are_the_same_text(bench: Bench, new_run: NewRun) -> None:
    lesson = bench.lesson(new_run().checkpoints, bench.course())
    model = lesson.learner.network.language_model()
    first, second = (list(lesson.samples.write(model, 0, lambda: False))[-1].text for _ in range(2))
    assert first == second


@pytest.mark.parametrize("accumulation", [2, 4])
def test_gathered_batches_give_the_gradient_of_one_large_batch(bench: Bench, new_run: NewRun,
                                                               accumulation: int) -> None:
    model = changed_spec(TINY, dropout=0.0, ngram_dropout=0.0)
    results = []
    for name, size, times in (("a", 8, 1), ("b", 8 // accumulation, accumulation)):
        course = bench.course(steps=3, batch_size=size, accumulation=times)
        lesson = bench.lesson(new_run(name).checkpoints, course, model)
        inputs, targets, _ = lesson.batches.take(lesson.standing.position, course.windows_per_step)
        results.append(lesson.learner.step(inputs, targets, 1.0))
    assert results[0].loss == pytest.approx(results[1].loss, rel=1e-5)
    assert results[0].gradient_norm == pytest.approx(results[1].gradient_norm, rel=1e-4)


def test_when_memory_runs_out_the_same_step_is_made_in_halves(bench: Bench, new_run: NewRun) -> None:
    model = changed_spec(TINY, dropout=0.0, ngram_dropout=0.0)
    whole = bench.lesson(new_run("a").checkpoints, bench.course(batch_size=8), model)
    halved = bench.lesson(new_run("b").checkpoints, bench.course(batch_size=8), model)
    real_loss = halved.learner._loss

    def hungry(inputs: torch.Tensor, targets: torch.Tensor, label_smoothing: float) -> Any:
        if len(inputs) > 3:
            raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 8 bytes")
        return real_loss(inputs, targets, label_smoothing)

    halved.learner._loss = hungry
    inputs, targets, _ = whole.batches.take(whole.standing.position, 8)
    first, second = (each.learner.step(inputs, targets, 1.0) for each in (whole, halved))
    assert halved.learner.at_once == 2
    assert first.loss == pytest.approx(second.loss, rel=1e-5)
    halved.learner.at_once = 8
    assert any(isinstance(event, Notice) and event.code == "memory"
               for event in run_through(halved, _job(new_run("c"))))


def test_the_loss_shown_is_without_label_smoothing(bench: Bench, new_run: NewRun) -> None:
    model = changed_spec(TINY, dropout=0.0, ngram_dropout=0.0)
    plain = bench.lesson(new_run("a").checkpoints, bench.course(), model)
    smoothed = bench.lesson(new_run("b").checkpoints, bench.course(label_smoothing=0.3), model)
    inputs, targets, _ = plain.batches.take(plain.standing.position, 4)
    first, second = (each.learner.step(inputs, targets, 1.0) for each in (plain, smoothed))
    assert first.loss == second.loss
    assert first.gradient_norm != pytest.approx(second.gradient_norm, rel=1e-3)


def test_memory_too_small_for_one_window_is_an_error_that_says_so(bench: Bench, new_run: NewRun) -> None:
    lesson = bench.lesson(new_run().checkpoints, bench.course())

    def starving(*_: Any, **__: Any) -> torch.Tensor:
        raise MemoryError

    lesson.learner._loss = starving
    with pytest.raises(EngineError, match="too little memory for one window"):
        run_through(lesson, _job(new_run("b")))


def test_a_loss_that_is_no_number_is_never_applied(bench: Bench, new_run: NewRun) -> None:
    run = new_run()
    lesson = bench.lesson(run.checkpoints, bench.course(checkpoint_seconds=0.01))
    real_step, before = lesson.learner.step, {}

    def poisoned(inputs: Any, targets: Any, scale: float) -> Any:
        if lesson.standing.step == 12:
            with torch.no_grad():
                lesson.learner.network.embedding[5, 3] = float("inf")
            before.update(arrays_of(lesson.learner.network))
            inputs[0, 0] = 5
        return real_step(inputs, targets, scale)

    lesson.learner.step = poisoned  # type: ignore[method-assign]
    with pytest.raises(EngineError) as caught:
        run_through(lesson, _job(run))
    assert caught.value.what == "The loss became not-a-number at step 13."
    saved = checkpoint.last(run.checkpoints)
    assert saved is not None and f"Step {saved.step} is saved" in caught.value.expected
    assert "0.0" in caught.value.fix
    for name, after in arrays_of(lesson.learner.network).items():
        np.testing.assert_array_equal(before[name], after)


def test_weights_that_are_no_numbers_are_never_saved(bench: Bench, new_run: NewRun) -> None:
    run = new_run()
    lesson = bench.lesson(run.checkpoints, bench.course(checkpoint_seconds=0.01))
    real_step = lesson.learner.step

    def spoiling(inputs: Any, targets: Any, scale: float) -> Any:
        result = real_step(inputs, targets, scale)
        if lesson.standing.step == 12:
            with torch.no_grad():
                lesson.learner.network.embedding[5, 3] = float("nan")
        return result

    lesson.learner.step = spoiling  # type: ignore[method-assign]
    with pytest.raises(EngineError, match="not-a-number"):
        run_through(lesson, _job(run))
    saved = checkpoint.last(run.checkpoints)
    assert saved is not None and saved.step <= 12
    assert all(np.isfinite(part).all() for part in checkpoint.load(saved.path).part(checkpoint.MODEL).values())


def test_pause_waits_saves_and_goes_on(bench: Bench, new_run: NewRun, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(descent, "LOOK_SECONDS", 0.0)  # the whole run takes less than the usual time between looks
    run = new_run()
    job = _job(run)
    seen: list[Event] = []
    for event in descend(bench.lesson(run.checkpoints, bench.course()), job):
        seen.append(event)
        if isinstance(event, StepDone) and event.step == 1:
            run.inbox.drop(Command("pause"))
        if isinstance(event, Paused):
            run.inbox.drop(Command("sample", {"prompt": "a dog"}))
            run.inbox.drop(Command("resume"))
    names = [type(event) for event in seen]
    paused = names.index(Paused)
    between = seen[paused + 1:names.index(Continued)]
    assert [event.prompt for event in between if isinstance(event, SampleWritten) and event.done] == ["a dog"]
    assert "asked" in [event.why for event in _of(seen, CheckpointSaved)]
    assert names[-1] is CheckpointSaved


def test_stop_saves_first(bench: Bench, new_run: NewRun) -> None:
    run = new_run()
    job = _job(run)
    seen: list[Event] = []
    with pytest.raises(Stopped):
        for event in descend(bench.lesson(run.checkpoints, bench.course()), job):
            seen.append(event)
            if isinstance(event, StepDone):
                job.stop()
    last = _of(seen, CheckpointSaved)[-1]
    assert last.why == "stop" and checkpoint.is_whole(run.checkpoints / last.file)


def test_save_now_saves_now(bench: Bench, new_run: NewRun) -> None:
    run = new_run()
    run.inbox.drop(Command("save"))
    events = run_through(bench.lesson(run.checkpoints, bench.course()), _job(run))
    assert _of(events, CheckpointSaved)[0].why == "asked"


def test_training_ends_early_without_gain(bench: Bench, new_run: NewRun) -> None:
    run = new_run()
    lesson = bench.lesson(run.checkpoints, bench.course(steps=400, validate_every=5, patience=2))
    losses = iter([3.0, 2.0, 2.5, 2.0, 1.0])

    def pretended(*_: Any) -> float:
        return next(losses)

    lesson.validation.loss = pretended  # type: ignore[method-assign, assignment]
    events = run_through(lesson, _job(run))
    assert [check.is_best for check in _of(events, Validated)] == [True, True, False, False]
    assert [notice.code for notice in _of(events, Notice)] == ["early-stop"]
    best = checkpoint.best(run.checkpoints)
    assert best is not None and best.step == 10


class _FullOnce:
    """A disk that is full at the first write."""

    def __init__(self) -> None:
        self.is_full = True

    def __call__(self, path: Path, snapshot: Checkpoint) -> int:
        if self.is_full:
            self.is_full = False
            raise EngineError("The disk is full: it was not written.")
        return checkpoint.save(path, snapshot)


def test_a_full_disk_pauses_and_loses_nothing(bench: Bench, new_run: NewRun) -> None:
    run, plain = new_run("a"), new_run("b")
    lesson = bench.lesson(run.checkpoints, bench.course(), writer=CheckpointWriter(run.checkpoints, _FullOnce()))

    def watched() -> Iterator[Event]:
        for event in descend(lesson, _job(run)):
            if isinstance(event, Paused):
                run.inbox.drop(Command("resume"))
            yield event

    events = list(watched())
    assert [notice.code for notice in _of(events, Notice)] == ["not-saved"]
    undisturbed = bench.lesson(plain.checkpoints, bench.course())
    run_through(undisturbed, _job(plain))
    for name, array in arrays_of(undisturbed.learner.network).items():
        np.testing.assert_array_equal(array, arrays_of(lesson.learner.network)[name])


def test_a_command_changes_the_speed_and_the_run_says_and_keeps_it(bench: Bench, new_run: NewRun,
                                                                   monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(descent, "LOOK_SECONDS", 0.0)
    run = new_run()
    rests: list[float] = []
    monkeypatch.setattr(descent.time, "sleep", rests.append)
    run.inbox.drop(Command("speed", {"speed": "quiet"}))
    run.inbox.drop(Command("speed", {"speed": "at once"}))
    events = run_through(bench.lesson(run.checkpoints, bench.course(steps=6, speed="full")), _job(run))
    assert [event.speed for event in _of(events, SpeedChanged)] == ["full", "quiet"]
    assert len([rest for rest in rests if rest > 0]) == 6 and series_of(events).speed == "quiet"
    lesson = bench.lesson(run.checkpoints, bench.course(steps=6, speed="full"))
    found, _ = checkpoint.newest_whole(run.checkpoints)
    assert found is not None
    lesson.standing, missing = state.restore(lesson.learner, found, lesson.origin)
    assert lesson.standing.speed == "quiet" and missing == []


def test_quiet_and_other_speeds_give_the_same_weights(bench: Bench, new_run: NewRun) -> None:
    found = []
    for name, speed in (("a", "quiet"), ("b", "full")):
        run = new_run(name)
        lesson = bench.lesson(run.checkpoints, bench.course(speed=speed, steps=5))
        run_through(lesson, _job(run))
        found.append(arrays_of(lesson.learner.network)["embedding"])
    np.testing.assert_array_equal(found[0], found[1])
