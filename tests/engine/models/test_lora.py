"""Low-rank adapters add exactly what they should, learn alone, and leave the model as it was."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from engine.errors import EngineError
from engine.models.kinds.rnn.spec import RnnSpec
from engine.models.kinds.transformer.spec import TransformerSpec
from engine.models.layers.linear import Linear
from engine.models.layers.lora import Adapter, LoraCell, LoraLinear, adapt, is_adapter, merged
from engine.models.spec import ModelSpec
from engine.models.tensors import arrays_of
from engine.optimization.groups import learning
from engine.training.methods.lora import Lora

VOCAB = 30
SPECS: dict[str, ModelSpec] = {
    **{shape: TransformerSpec(shape=shape, n_layers=2, d_model=16, n_heads=2, context_length=16, ngram_buckets=256)
       for shape in ("fast", "llama", "gpt2")},
    "experts": TransformerSpec(shape="llama", n_layers=1, d_model=16, n_heads=4, n_kv_heads=2, context_length=16,
                               n_experts=3),
    **{cell: RnnSpec(cell=cell, n_layers=2, d_embedding=12, d_hidden=10, tie_embeddings=cell == "lstm")
       for cell in ("elman", "gru", "lstm")}}


def _network(spec: ModelSpec) -> Any:
    network = spec.build(VOCAB, seed=1)
    chance = torch.Generator().manual_seed(2)
    with torch.no_grad():
        for weights in network.parameters():
            weights.add_(torch.randn(weights.shape, generator=chance) * 0.1)
    return network.eval()


def _adapted(spec: ModelSpec, moved: bool, dropout: float = 0.0) -> Any:
    network = _network(spec)
    adapt(network, Adapter(3, 2.0, dropout), "all", seed=4)
    if moved:
        chance = torch.Generator().manual_seed(3)
        with torch.no_grad():
            for name, weights in network.named_parameters():
                if is_adapter(name):
                    weights.add_(torch.randn(weights.shape, generator=chance) * 0.1)
    return network.eval()


def _scores(network: Any) -> torch.Tensor:
    ids = torch.from_numpy(np.random.default_rng(0).integers(4, VOCAB, (3, 12)))
    with torch.no_grad():
        return network(ids)


@pytest.fixture(params=SPECS, ids=str)
def spec(request: pytest.FixtureRequest) -> ModelSpec:
    return SPECS[request.param]


def test_an_adapted_network_begins_as_the_network_itself(spec: ModelSpec) -> None:
    frozen = _network(spec).requires_grad_(False)  # torch computes cells in another order where they could learn
    assert torch.equal(_scores(_adapted(spec, moved=False)), _scores(frozen))


def test_merged_and_unmerged_say_the_same(spec: ModelSpec) -> None:
    network = _adapted(spec, moved=True)
    apart = _scores(network)
    with merged(network):
        together = _scores(network)
    assert (apart - together).abs().max() < 1e-5
    assert (apart - _scores(_network(spec))).abs().max() > 1e-3


def test_merging_leaves_every_bit_as_it_was(spec: ModelSpec) -> None:
    network = _adapted(spec, moved=True)
    before = arrays_of(network)
    with merged(network):
        assert any(not np.array_equal(each, before[name]) for name, each in arrays_of(network).items())
    assert all(np.array_equal(each, before[name]) for name, each in arrays_of(network).items())


def test_what_is_merged_is_a_model_like_any_other(spec: ModelSpec) -> None:
    network = _adapted(spec, moved=True)
    with merged(network):
        tensors = {name: each for name, each in arrays_of(network).items() if not is_adapter(name)}
        model = network.language_model()
        expected, state = model.next_log_probs([1, 5, 9])
        after, _ = model.next_log_probs([7], state)  # one token more is read in numpy
    loaded = spec.load(VOCAB, tensors)
    found, state = loaded.next_log_probs([1, 5, 9])
    assert np.array_equal(found, expected) and np.array_equal(loaded.next_log_probs([7], state)[0], after)


def test_only_adapters_learn(spec: ModelSpec) -> None:
    network = _adapted(spec, moved=True, dropout=0.2).train()
    ids = torch.from_numpy(np.random.default_rng(1).integers(4, VOCAB, (8, 16)))
    network.loss(ids[:, :-1], ids[:, 1:]).backward()
    grouped = {name for group in learning(network.groups()) for name in group.parameters}
    assert grouped == {name for name, _ in network.named_parameters() if is_adapter(name)}
    for name, each in network.named_parameters():
        assert (each.grad is not None and bool(each.grad.abs().sum() > 0)) == is_adapter(name)


@pytest.mark.parametrize("embeddings", [False, True])
def test_the_size_says_how_many_learn(spec: ModelSpec, embeddings: bool) -> None:
    method = Lora(rank=3, embeddings=embeddings)
    network = _network(spec)
    method.apply(network, seed=1, grew=False)
    learn = {id(each): each.numel() for each in network.parameters() if each.requires_grad}
    size = method.size_of(spec, VOCAB, grew=False)
    assert size.learning_parameters == sum(learn.values())
    assert size.parameters == spec.size(VOCAB).parameters


def test_a_layer_adds_scale_times_up_times_down() -> None:
    base = Linear(5, 7, bias=True)
    base.initialise(torch.Generator().manual_seed(0), 0.5)
    layer = LoraLinear(base, Adapter(2, 1.5, 0.0), torch.Generator().manual_seed(1))
    torch.nn.init.normal_(layer.lora_up, generator=torch.Generator().manual_seed(2))
    inputs = torch.randn(4, 5, generator=torch.Generator().manual_seed(3))
    expected = inputs.double() @ (base.weight + 1.5 * layer.lora_up @ layer.lora_down).double().T + base.bias
    assert torch.allclose(layer(inputs).double(), expected, atol=1e-5)


@pytest.mark.parametrize("kind", [torch.nn.RNN, torch.nn.GRU, torch.nn.LSTM])
def test_a_cell_is_torchs_own_with_the_sum_of_both(kind: type[torch.nn.RNNBase]) -> None:
    torch.manual_seed(0)
    cell = kind(4, 6, batch_first=True)
    layer = LoraCell(cell, Adapter(2, 0.5, 0.0), torch.Generator().manual_seed(1))
    with torch.no_grad():
        for name, each in layer.named_parameters():
            if is_adapter(name):
                each.normal_()
    inputs = torch.randn(3, 5, 4)
    found, _ = layer(inputs)
    summed = kind(4, 6, batch_first=True)
    with merged(torch.nn.Sequential(layer)):
        summed.load_state_dict({name: each for name, each in layer.state_dict().items() if not is_adapter(name)})
    assert torch.allclose(found, summed(inputs)[0], atol=1e-5)
    memory = summed(inputs)[1]
    assert torch.allclose(layer(inputs, memory)[0], summed(inputs, memory)[0], atol=1e-5)


def test_targets_are_honoured_and_missing_ones_told() -> None:
    attention, inner = (_network(SPECS["llama"]) for _ in range(2))
    adapt(attention, Adapter(2, 1.0, 0.0), "attention", 1)
    adapt(inner, Adapter(2, 1.0, 0.0), "feed-forward", 1)
    assert all("attention" in name for name, _ in attention.named_parameters() if is_adapter(name))
    assert all("feed_forward" in name for name, _ in inner.named_parameters() if is_adapter(name))
    with pytest.raises(EngineError, match="no matrices"):
        adapt(_network(SPECS["gru"]), Adapter(2, 1.0, 0.0), "attention", 1)
