"""What is added to the loss and to gradients, and steps that keep less in memory."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from engine.models.kinds.transformer.spec import TransformerSpec
from engine.models.layers.losses import losses_of
from engine.models.tensors import arrays_of
from engine.recipe import Recipe
from engine.settings import from_plain
from engine.training.gradients import add_noise
from tests.engine.training.small_training import TINY, Bench, changed_spec


def test_noise_has_the_variance_of_the_paper_and_falls_along_the_run() -> None:
    weight = torch.nn.Parameter(torch.zeros(400, 400))
    torch.manual_seed(1)
    for step in (0, 9, 999):
        weight.grad = torch.full((400, 400), 3.0)
        add_noise([weight], 0.3, step)
        assert float(weight.grad.mean()) == pytest.approx(3.0, abs=0.01)
        assert float(weight.grad.var()) == pytest.approx(0.3 / (1 + step) ** 0.55, rel=0.02)


def test_noise_leaves_rows_alone_that_were_not_looked_up() -> None:
    table = torch.nn.Parameter(torch.zeros(9, 2))
    table.grad = torch.sparse_coo_tensor(torch.tensor([[4, 2, 4]]), torch.ones(3, 2), (9, 2), check_invariants=True)
    add_noise([table], 1.0, 0)
    changed = table.grad.to_dense().abs().sum(1).nonzero().flatten()
    assert changed.tolist() == [2, 4]


def test_z_loss_adds_the_square_of_the_logarithm_of_the_sum() -> None:
    chance = np.random.default_rng(2)
    scores, targets = chance.normal(size=(6, 5)), np.array([1, -1, 0, 4, -1, 2])
    learned, plain = losses_of(torch.tensor(scores), torch.tensor(targets), 0.0, 0.3)
    sums = np.log(np.exp(scores).sum(1))
    counts = targets >= 0
    nats = (sums - scores[np.arange(6), targets])[counts].mean()
    assert float(plain) == pytest.approx(nats)
    assert float(learned) == pytest.approx(nats + 0.3 * (sums[counts] ** 2).mean())


def test_the_loss_that_is_told_stays_the_plain_one(bench: Bench, tmp_path: Path) -> None:
    losses = {}
    for name, values in {"plain": {}, "all": {"z_loss": 0.5, "label_smoothing": 0.2, "gradient_noise": 0.3}}.items():
        lesson = bench.lesson(tmp_path, bench.course(**values))
        inputs, targets, _ = lesson.batches.take(lesson.standing.position, 4)
        losses[name] = lesson.learner.step(inputs, targets, 1.0).loss
    assert losses["all"] == losses["plain"]


@pytest.mark.parametrize("shape", ["fast", "llama", "gpt2"])
def test_activation_checkpointing_gives_the_same_weights(bench: Bench, tmp_path: Path, shape: str) -> None:
    model: TransformerSpec = changed_spec(TINY, shape=shape, n_layers=2)
    found = []
    for is_on in (False, True):
        lesson = bench.lesson(tmp_path, bench.course(activation_checkpointing=is_on), model)
        position = lesson.standing.position
        for _ in range(3):
            inputs, targets, position = lesson.batches.take(position, 4)
            lesson.learner.step(inputs, targets, 1.0)
        found.append(arrays_of(lesson.learner.network))
    for name, array in found[0].items():
        np.testing.assert_array_equal(array, found[1][name])


def test_activation_checkpointing_keeps_less_for_the_way_back() -> None:
    network = TransformerSpec(shape="llama", n_layers=6, d_model=32, n_heads=2, context_length=64).build(50, 1)
    ids = torch.randint(0, 50, (4, 64))
    kept = {}
    for is_on in (False, True):
        network.recomputes = is_on
        sizes: dict[int, int] = {}

        def note(tensor: torch.Tensor, sizes: dict[int, int] = sizes) -> torch.Tensor:
            sizes[tensor.untyped_storage().data_ptr()] = tensor.untyped_storage().nbytes()
            return tensor

        with torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor):
            network.loss(ids, ids)
        kept[is_on] = sum(sizes.values())
    assert kept[True] < 0.5 * kept[False]


def test_what_a_kind_of_model_cannot_do_is_refused_with_the_remedy() -> None:
    plain = {"model": {"kind": "transformer"}, "training": {"z_loss": 0.1, "activation_checkpointing": True}}
    assert not from_plain(Recipe, plain).problems()
    honours = TransformerSpec.honours
    TransformerSpec.honours = frozenset()
    try:
        problems = from_plain(Recipe, plain).problems()
    finally:
        TransformerSpec.honours = honours
    assert [problem.path for problem in problems] == [("training", "z_loss"), ("training", "activation_checkpointing")]
    assert all(problem.fix for problem in problems)
