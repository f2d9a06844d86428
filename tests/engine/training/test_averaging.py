"""Averaged weights are those that are checked, written with and kept, while training goes on with the others."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch

from engine.events import Validated
from engine.models.tensors import arrays_of, fill
from engine.optimization.optimizers.adamw import AdamW
from engine.optimization.optimizers.schedule_free import ScheduleFree
from engine.optimization.schedules.constant import Constant
from engine.optimization.schedules.linear import Linear
from engine.optimization.weight_average import WeightAverage
from engine.runs.folder import RunFolder
from engine.runs.job import Job
from engine.settings import from_plain
from engine.training import checkpoint, state
from engine.training.checkpoint import MODEL, TRAINED
from engine.training.spec import TrainSpec
from tests.engine.training.small_training import TINY, Bench, run_through
from tests.engine.training.test_resume import _check_all_cuts

NewRun = Callable[..., RunFolder]

WAYS = {"average": {"weight_average": 0.9}, "schedule-free": {"optimizer": ScheduleFree(), "schedule": Constant()}}


@pytest.mark.parametrize("way", WAYS)
def test_a_run_cut_at_any_step_ends_with_the_same_bits(bench: Bench, new_run: NewRun, tmp_path, way) -> None:
    _check_all_cuts(bench, new_run, bench.course(steps=8, validate_every=3, gradient_noise=0.01, **WAYS[way]), tmp_path)


@pytest.mark.parametrize("way", WAYS)
def test_checks_and_saved_models_use_the_average_and_training_does_not(bench: Bench, new_run: NewRun, way) -> None:
    run = new_run()
    lesson = bench.lesson(run.checkpoints, bench.course(steps=20, **WAYS[way]))
    told = [event for event in run_through(lesson, Job(run, "train")) if isinstance(event, Validated)]
    found = checkpoint.load(checkpoint.last(run.checkpoints).path)  # type: ignore[union-attr]
    trained, kept = found.part(TRAINED), found.part(MODEL)
    for name, array in arrays_of(lesson.learner.network).items():
        np.testing.assert_array_equal(trained[name], array)
    assert any((trained[name] != kept[name]).any() for name in kept)
    network = TINY.build(bench.texts.train.vocab_size, 0)
    fill(network, kept)
    assert lesson.validation.loss(network, 8, "cpu") == pytest.approx(told[-1].loss, rel=1e-6)


def test_the_average_equals_the_formula_in_tables_too() -> None:
    chance = np.random.default_rng(3)
    table, matrix = torch.nn.Parameter(torch.ones(6, 2)), torch.nn.Parameter(torch.ones(2, 2))
    average = WeightAverage({"m": matrix}, {"t": table}, 0.5)
    wanted_table, wanted_matrix = np.ones((6, 2)), np.ones((2, 2))
    for step in range(1, 13):
        rows = torch.tensor(chance.integers(0, 4, 2))
        table.grad = torch.sparse_coo_tensor(rows[None], torch.ones(2, 2), (6, 2), check_invariants=True)
        average.before_step()
        with torch.no_grad():
            table.add_(-0.1 * table.grad.coalesce())
            matrix.add_(float(chance.normal()))
        average.after_step()
        decay = min(0.5, (1 + step) / (10 + step))
        wanted_table = decay * wanted_table + (1 - decay) * table.detach().numpy()
        wanted_matrix = decay * wanted_matrix + (1 - decay) * matrix.detach().numpy()
        if step % 5 == 0:
            assert average.averaged()["t"].numpy() == pytest.approx(wanted_table, rel=1e-5)
    assert average.averaged()["t"].numpy() == pytest.approx(wanted_table, rel=1e-5)
    assert average.averaged()["m"].numpy() == pytest.approx(wanted_matrix, rel=1e-5)


def test_the_weights_to_train_on_come_back_to_the_bit_when_a_check_is_cut_short(bench: Bench, new_run: NewRun) -> None:
    lesson = bench.lesson(new_run().checkpoints, bench.course(weight_average=0.9))
    inputs, targets, _ = lesson.batches.take(lesson.standing.position, 4)
    lesson.learner.step(inputs, targets, 1.0)
    before = arrays_of(lesson.learner.network)
    with pytest.raises(KeyError), lesson.learner.with_kept_weights():
        assert any((array != before[name]).any() for name, array in arrays_of(lesson.learner.network).items())
        raise KeyError
    for name, array in arrays_of(lesson.learner.network).items():
        np.testing.assert_array_equal(array, before[name])


def test_a_run_that_lacks_its_other_weights_says_so(bench: Bench, new_run: NewRun) -> None:
    course = bench.course(steps=3, weight_average=0.9)
    run = new_run()
    lesson = bench.lesson(run.checkpoints, course)
    run_through(lesson, Job(run, "train"))
    found = state.snapshot(lesson.learner, lesson.standing, lesson.origin, "last")
    for prefix, words in (("trained.", "the weights beside the averaged ones"), ("average.", "the averaged weights")):
        kept = {name: each for name, each in found.tensors.items() if not name.startswith(prefix)}
        again = bench.lesson(run.checkpoints, course)
        assert state.restore(again.learner, checkpoint.Checkpoint(kept, found.state), again.origin)[1] == [words]


def test_two_averages_or_a_falling_rate_under_an_average_are_refused_with_the_remedy() -> None:
    for values in ({"weight_average": 0.9}, {"schedule": {"kind": "linear"}}):
        problems = from_plain(TrainSpec, {"optimizer": {"kind": "schedule-free"}, **values}).problems()
        assert [problem.path for problem in problems] == [tuple(values)] and problems[0].fix
    assert not TrainSpec(optimizer=ScheduleFree(), schedule=Constant()).problems()
    assert not TrainSpec(optimizer=AdamW(), schedule=Linear(), weight_average=0.99).problems()
