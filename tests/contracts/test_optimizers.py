"""What every optimizer must do, and the rules of our own against plain formulas."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch
from torch import nn

from engine.errors import EngineError
from engine.models.kinds.transformer.spec import TransformerSpec
from engine.optimization.groups import ParameterGroup
from engine.optimization.muon_rule import MuonRule, orthogonalised
from engine.optimization.optimizer import OptimizerSpec
from engine.optimization.optimizers.adamw import AdamW
from engine.optimization.optimizers.muon import Muon
from engine.optimization.optimizers.sgd import SGD
from engine.optimization.row_rule import RowRule
from engine.settings import fields_of, from_plain, members_of, to_plain

TINY = TransformerSpec(n_layers=1, d_model=16, n_heads=2, context_length=8, ngram_buckets=256)


def network_of(spec: TransformerSpec = TINY):
    return spec.build(12, seed=3)


def windows_of(seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    ids = torch.randint(0, 12, (4, 9), generator=torch.Generator().manual_seed(seed))
    return ids[:, :-1], (ids[:, :-1] * 5 + 1) % 12  # the target is a function of the token, so it can be learnt


def train(network, optimizer, steps: range, scale: float = 1.0) -> float:
    loss = torch.zeros(())
    for step in steps:
        torch.manual_seed(step)
        optimizer.zero_grad()
        loss = network.loss(*windows_of(step))
        loss.backward()
        optimizer.step(scale)
    return float(loss.detach())


@pytest.mark.parametrize("kind", members_of(OptimizerSpec), ids=lambda kind: kind.kind)
class TestEveryOptimizer:
    def test_lowers_the_loss_of_a_small_network(self, kind):
        network = network_of()
        before = float(network.loss(*windows_of(0)).detach())
        assert train(network, kind().build(network.groups()), range(60)) < 0.7 * before

    def test_finds_the_bottom_of_a_bowl(self, kind):
        weight = nn.Parameter(torch.full((4, 4), 3.0) + torch.arange(16.0).view(4, 4) / 10)
        optimizer = kind(learning_rate=0.04).build([ParameterGroup("matrix", {"w": weight}, decay=False)])
        for step in range(400):
            optimizer.zero_grad()
            (0.5 * weight.square().sum()).backward()
            optimizer.step(1 - step / 400)
        assert weight.abs().max() < 0.3

    def test_a_continued_run_equals_an_uninterrupted_one_to_the_bit(self, kind):
        straight = network_of()
        optimizer = kind().build(straight.groups())
        train(straight, optimizer, range(5))
        saved = {name: tensor.clone() for name, tensor in optimizer.state_tensors().items()}
        continued = copy.deepcopy(straight)
        train(straight, optimizer, range(5, 12), scale=0.5)
        restored = kind().build(continued.groups())
        restored.load_state_tensors(saved)
        train(continued, restored, range(5, 12), scale=0.5)
        assert all(torch.equal(a, b) for a, b in zip(straight.parameters(), continued.parameters(), strict=True))
        one, other = optimizer.state_tensors(), restored.state_tensors()
        assert one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)

    def test_a_scale_of_zero_changes_nothing(self, kind):
        network = network_of()
        before = copy.deepcopy(network.state_dict())
        train(network, kind().build(network.groups()), range(2), scale=0.0)
        assert all(torch.equal(tensor, before[name]) for name, tensor in network.state_dict().items())

    def test_reports_the_rate_it_uses(self, kind):
        optimizer = kind(learning_rate=0.5).build(network_of().groups())
        assert optimizer.rate(0.25) == pytest.approx(0.125)

    def test_refuses_a_state_that_is_not_its_own(self, kind):
        with pytest.raises(EngineError):
            kind().build(network_of().groups()).load_state_tensors({"nobody.average": torch.zeros(1)})

    def test_touches_only_the_rows_that_were_looked_up(self, kind):
        network = network_of()
        ids, _ = windows_of(1)
        before = network.ngrams.weight.detach().clone()
        train(network, kind().build(network.groups()), range(1, 2))
        network.eval()
        changed = (network.ngrams.weight != before).any(1).nonzero().flatten().tolist()
        assert set(changed) <= set(network.ngrams.rows(ids).flatten().tolist())

    def test_survives_being_written_down(self, kind):
        assert from_plain(OptimizerSpec, to_plain(kind(learning_rate=0.3))) == kind(learning_rate=0.3)

    def test_words_every_setting_and_its_source(self, kind):
        assert "Source:" in kind.__doc__
        assert all(field.title and field.help for field in fields_of(kind))


def test_adamw_equals_the_formula():
    weight = nn.Parameter(torch.tensor([1.0, -2.0], dtype=torch.float64))
    spec = AdamW(learning_rate=0.1, weight_decay=0.5, beta1=0.8, beta2=0.9, epsilon=1e-6)
    optimizer = spec.build([ParameterGroup("matrix", {"w": weight}, decay=True)])
    expected, first, second = np.array([1.0, -2.0]), np.zeros(2), np.zeros(2)
    for step in range(1, 6):
        gradient = np.array([0.3 * step, -1.0 / step])
        weight.grad = torch.tensor(gradient)
        optimizer.step(0.5)
        first, second = 0.8 * first + 0.2 * gradient, 0.9 * second + 0.1 * gradient ** 2
        expected *= 1 - 0.05 * 0.5
        expected -= 0.05 * (first / (1 - 0.8 ** step)) / (np.sqrt(second / (1 - 0.9 ** step)) + 1e-6)
    assert weight.detach().numpy() == pytest.approx(expected, rel=1e-9)


def test_weight_decay_spares_groups_that_are_not_to_decay():
    matrix, vector = nn.Parameter(torch.ones(2, 2)), nn.Parameter(torch.ones(2))
    groups = [ParameterGroup("matrix", {"m": matrix}, decay=True), ParameterGroup("vector", {"v": vector}, decay=False)]
    for spec in (AdamW(weight_decay=1.0), SGD(weight_decay=1.0), Muon(weight_decay=1.0)):
        optimizer = spec.build(groups)
        matrix.grad, vector.grad = torch.zeros(2, 2), torch.zeros(2)
        optimizer.step(1.0)
    assert (matrix < 1).all() and (vector == 1).all()


@pytest.mark.parametrize("shape", [(3, 8, 8), (2, 5, 12), (2, 12, 5)])
def test_orthogonalised_keeps_the_directions_and_levels_their_strength(shape):
    matrices = torch.randn(shape, generator=torch.Generator().manual_seed(1))
    found = orthogonalised(matrices, 5)
    left, strengths, right = torch.linalg.svd(matrices, full_matrices=False)
    after = left.mT @ found @ right.mT
    diagonal = after.diagonal(dim1=-2, dim2=-1)
    assert torch.allclose(after, torch.diag_embed(diagonal), atol=1e-4)
    strong = strengths > 0.05 * strengths.amax(1, keepdim=True)
    assert ((diagonal > 0.5) & (diagonal < 1.3))[strong].all()


def test_muon_treats_matrices_together_as_it_would_each_alone():
    generator = torch.Generator().manual_seed(5)
    weights = {f"w{n}": nn.Parameter(torch.randn(6, 4, generator=generator)) for n in range(3)}
    alone = {name: nn.Parameter(each.detach().clone()) for name, each in weights.items()}
    together = MuonRule(dict(weights), 0.1, 0.1, 0.9, 4)
    singles = [MuonRule({name: each}, 0.1, 0.1, 0.9, 4) for name, each in alone.items()]
    for _ in range(3):
        for name, each in weights.items():
            each.grad = torch.randn(6, 4, generator=generator)
            alone[name].grad = each.grad.clone()
        together.step(1.0)
        for single in singles:
            single.step(1.0)
    assert all(torch.allclose(weights[name], alone[name], atol=1e-5) for name in weights)


def test_rows_follow_adagrad_with_one_sum_a_row():
    generator = np.random.default_rng(2)
    table = nn.Parameter(torch.zeros(10, 3))
    rule = RowRule({"t": table}, rate=0.5)
    expected, sums = np.zeros((10, 3)), np.zeros(10)
    for _ in range(4):
        rows, values = generator.integers(0, 10, 8), generator.normal(size=(8, 3))
        table.grad = torch.sparse_coo_tensor(torch.tensor(rows[None]), torch.tensor(values, dtype=torch.float32),
                                             (10, 3), check_invariants=True)
        rule.step(0.8)
        gradient = np.zeros((10, 3))
        np.add.at(gradient, rows, values)
        touched = np.unique(rows)
        sums[touched] += (gradient[touched] ** 2).mean(1)
        expected[touched] -= 0.4 * gradient[touched] / np.sqrt(sums[touched])[:, None]
    assert table.detach().numpy() == pytest.approx(expected, abs=1e-5)


def test_rows_learn_alike_from_sparse_and_dense_gradients():
    sparse, dense = nn.Parameter(torch.ones(6, 2)), nn.Parameter(torch.ones(6, 2))
    dense.grad = torch.zeros(6, 2)
    dense.grad[[1, 4]] = torch.tensor([[1.0, 2.0], [3.0, -1.0]])
    sparse.grad = dense.grad.to_sparse(1)
    for table in (sparse, dense):
        RowRule({"t": table}, 0.1).step(1.0)
    assert torch.equal(sparse, dense)
