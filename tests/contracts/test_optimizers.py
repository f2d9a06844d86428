"""What every optimizer must do, and the rules of our own against plain formulas."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch
from torch import nn

from engine.errors import EngineError
from engine.models.kinds.transformer.spec import TransformerSpec
from engine.optimization.groups import ParameterGroup, decaying
from engine.optimization.muon_rule import MuonRule, orthogonalised
from engine.optimization.optimizer import OptimizerSpec
from engine.optimization.optimizers.adafactor import Adafactor
from engine.optimization.optimizers.adagrad import Adagrad
from engine.optimization.optimizers.adamw import AdamW
from engine.optimization.optimizers.lion import Lion
from engine.optimization.optimizers.muon import Muon
from engine.optimization.optimizers.schedule_free import ScheduleFree
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
        assert train(network, kind().build(network.groups()), range(60)) < 0.75 * before

    def test_finds_the_bottom_of_a_bowl(self, kind):
        weight = nn.Parameter(torch.full((4, 4), 3.0) + torch.arange(16.0).view(4, 4) / 10)
        rate = {Adagrad: 0.4, ScheduleFree: 0.4}.get(kind, 0.04)  # whose steps or average fall behind
        optimizer = kind(learning_rate=rate).build([ParameterGroup("matrix", {"w": weight}, decay=False)])
        for step in range(400):
            optimizer.zero_grad()
            (0.5 * weight.square().sum()).backward()
            optimizer.step(1 - step / 400)
        assert weight.abs().max() < 0.4

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

    def test_remembers_as_many_numbers_of_a_weight_as_it_says(self, kind):
        weight = nn.Parameter(torch.ones(200, 300))
        optimizer = kind().build([ParameterGroup("matrix", {"w": weight}, decay=True)])
        weight.grad = torch.ones_like(weight)
        optimizer.step(1.0)
        kept = sum(each.nbytes for each in optimizer.state_tensors().values()) / weight.nbytes
        assert kept == pytest.approx(kind.numbers_per_weight, abs=0.01)

    def test_gives_an_average_of_every_weight_outside_tables_if_it_averages(self, kind):
        network = network_of()
        optimizer = kind().build(network.groups())
        train(network, optimizer, range(3))
        found = optimizer.averaged()
        wanted = {n for n, _ in network.named_parameters() if n != "ngrams.weight"} if kind.averages_weights else set()
        assert found.keys() == wanted

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
    for kind in (AdamW, SGD, Muon, Adagrad, Lion, Adafactor, ScheduleFree):
        spec = kind(weight_decay=1.0)
        optimizer = spec.build(groups)
        matrix.grad, vector.grad = torch.zeros(2, 2), torch.zeros(2)
        optimizer.step(1.0)
    assert (matrix < 1).all() and (vector == 1).all()


@pytest.mark.parametrize("kind", [AdamW, SGD, Muon, Adagrad, Lion, Adafactor, ScheduleFree], ids=lambda each: each.kind)
def test_weight_decay_pulls_where_it_is_wanted(kind):
    weights = {role: nn.Parameter(torch.ones(2, 2) if role != "vector" else torch.ones(2))
               for role in ("matrix", "embedding", "head", "vector")}
    usual = [ParameterGroup(role, {role: each}, decay=role in ("matrix", "head")) for role, each in weights.items()]
    optimizer = kind(weight_decay=1.0).build(decaying(usual, embeddings=True, output=False, vectors=True))
    for each in weights.values():
        each.grad = torch.zeros_like(each)
    optimizer.step(1.0)
    assert {role for role, each in weights.items() if (each < 1).all()} == {"matrix", "embedding", "vector"}
    assert (weights["head"] == 1).all()


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


def steps_of(spec: OptimizerSpec, shape: tuple[int, ...], count: int = 7) -> tuple[list, np.ndarray]:
    """Gradients of chance, and the weights that an optimizer makes of them, from ones, in float64."""
    chance = np.random.default_rng(4)
    weight = nn.Parameter(torch.ones(shape, dtype=torch.float64))
    optimizer = spec.build([ParameterGroup("matrix", {"w": weight}, decay=True)])
    gradients = [chance.normal(size=shape) for _ in range(count)]
    for gradient in gradients:
        weight.grad = torch.tensor(gradient)
        optimizer.step(0.5)
    average = optimizer.averaged().get("w", weight)
    return gradients, average.detach().numpy()


def by_torch(optimizer: torch.optim.Optimizer, weight: nn.Parameter, gradients: list) -> np.ndarray:
    for gradient in gradients:
        weight.grad = torch.tensor(gradient)
        optimizer.step()
    return weight.detach().numpy()


@pytest.mark.parametrize(("spec", "theirs"), [
    (SGD(learning_rate=0.1, momentum=0.8, weight_decay=0.1),
     lambda w: torch.optim.SGD(w, 0.05, momentum=0.8, nesterov=True, weight_decay=0.1)),
    (SGD(learning_rate=0.1, momentum=0.8, nesterov=False), lambda w: torch.optim.SGD(w, 0.05, momentum=0.8)),
    (Adagrad(learning_rate=0.1, weight_decay=0.1), lambda w: torch.optim.Adagrad(w, 0.05, weight_decay=0.1)),
    (Adafactor(learning_rate=0.1, relative_step=True),
     lambda w: torch.optim.Adafactor(w, 0.05, beta2_decay=-0.8, eps=(1e-30, 1e-3), d=1.0, weight_decay=0.1)),
], ids=["nesterov", "momentum", "adagrad", "adafactor"])
@pytest.mark.parametrize("shape", [(5, 3), (4,)])
def test_makes_the_steps_that_torch_makes(spec, theirs, shape):
    gradients, found = steps_of(spec, shape)
    weight = nn.Parameter(torch.ones(shape, dtype=torch.float64))
    assert found == pytest.approx(by_torch(theirs([weight]), weight, gradients), rel=1e-5)


def test_lion_equals_the_formula():
    gradients, found = steps_of(Lion(learning_rate=0.1, beta1=0.7, beta2=0.9, weight_decay=0.2), (3, 2))
    weight, average = np.ones((3, 2)), np.zeros((3, 2))
    for gradient in gradients:
        weight -= 0.05 * (np.sign(0.7 * average + 0.3 * gradient) + 0.2 * weight)
        average = 0.9 * average + 0.1 * gradient
    assert found == pytest.approx(weight)


def test_adafactor_without_relative_steps_equals_the_formula():
    gradients, found = steps_of(Adafactor(learning_rate=0.1, weight_decay=0.0, update_clip=0.5), (4, 3))
    weight, rows, columns = np.ones((4, 3)), np.zeros(4), np.zeros(3)
    for step, gradient in enumerate(gradients, 1):
        share = step ** -0.8
        rows = (1 - share) * rows + share * (gradient ** 2).sum(1)
        columns = (1 - share) * columns + share * (gradient ** 2).sum(0)
        update = gradient / np.sqrt(np.outer(rows, columns) / rows.sum())
        weight -= 0.05 * update / max(1.0, np.sqrt((update ** 2).mean()) / 0.5)
    assert found == pytest.approx(weight, rel=1e-5)


def test_schedule_free_equals_the_algorithm_with_three_sequences():
    spec = ScheduleFree(learning_rate=0.1, beta1=0.8, beta2=0.9, epsilon=1e-6, weight_decay=0.3)
    gradients, found = steps_of(spec, (3, 2))
    x = y = z = np.ones((3, 2))
    squares, weighed = np.zeros((3, 2)), 0.0
    for step, gradient in enumerate(gradients, 1):
        squares = 0.9 * squares + 0.1 * gradient ** 2
        z = z - 0.05 * (gradient / (np.sqrt(squares / (1 - 0.9 ** step)) + 1e-6) + 0.3 * y)
        weighed += 0.05 ** 2
        x = (1 - 0.05 ** 2 / weighed) * x + 0.05 ** 2 / weighed * z
        y = (1 - 0.8) * z + 0.8 * x
    assert found == pytest.approx(x)
