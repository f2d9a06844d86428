"""Looking inside: the numbers shown are those the models compute with."""

import itertools
import math

import numpy as np
import pytest
import torch

from engine.generation.answers import Answers
from engine.generation.sampler import filtered
from engine.models.insight import Focus, LooksInside, nearest, projected
from engine.models.kinds.hmm.insight import posteriors
from engine.models.kinds.hmm.model import HiddenMarkovModel
from engine.models.kinds.rnn.insight import layer_along
from engine.models.kinds.rnn.spec import RnnSpec
from engine.models.kinds.transformer.insight import attention_weights
from engine.models.kinds.transformer.spec import TransformerSpec

IDS = [1, 9, 5, 17, 9, 30, 22, 5, 11]


def test_posteriors_of_hidden_states_equal_a_sum_over_all_walks():
    model = HiddenMarkovModel.of_chance(3, 8, seed=4)
    tokens = [4, 6, 5, 7, 4]
    expected, total = np.zeros((3, 5)), 0.0
    for walk in itertools.product(range(3), repeat=5):
        chance = model.start[walk[0]] * model.emission[walk[0], tokens[0]]
        for place in range(1, 5):
            chance *= model.transition[walk[place - 1], walk[place]] * model.emission[walk[place], tokens[place]]
        total += chance
        for place, state in enumerate(walk):
            expected[state, place] += chance
    assert np.allclose(posteriors(model, tokens), expected / total, atol=1e-12)


def network_of(spec, seed=3):
    network = spec.build(40, seed)
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for each in network.parameters():
            each.add_(0.1 * torch.randn(each.shape, generator=generator))
    return network


@pytest.mark.parametrize("layer", [0, 1])
@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_gates_are_those_that_the_cell_computes_with(cell, layer):
    network = network_of(RnnSpec(cell=cell, n_layers=2, d_embedding=12, d_hidden=10, dropout=0.0))
    with torch.no_grad():
        gates, given = layer_along(network, IDS, layer)
        flow = torch.nn.functional.embedding(torch.tensor([IDS]), network.embedding)
        if layer:
            flow = network.cells[0](flow)[0]
            flow = network.norms[0](flow) if network.norms else flow
        one = (torch.nn.LSTMCell if cell == "lstm" else torch.nn.GRUCell)(flow.shape[2], 10)
        one.load_state_dict({name.removesuffix("_l0"): each
                             for name, each in network.cells[layer].state_dict().items()})
        hidden, store = torch.zeros(1, 10), torch.zeros(1, 10)
        for place in range(len(IDS)):
            sums = flow[0, place] @ one.weight_ih.T + one.bias_ih + hidden[0] @ one.weight_hh.T + one.bias_hh
            if cell == "lstm":
                hidden, store = one(flow[:, place], (hidden, store))
                assert torch.allclose(gates["forget"][place], sums[10:20].sigmoid(), atol=1e-5)
                assert torch.allclose(gates["output"][place] * store[0].tanh(), given[place], atol=1e-5)
            else:
                hidden = one(flow[:, place], hidden)
                assert torch.allclose(gates["reset"][place], sums[:10].sigmoid(), atol=1e-5)
                assert torch.allclose(gates["update"][place], sums[10:20].sigmoid(), atol=1e-5)
            assert torch.allclose(hidden[0], given[place], atol=1e-5)


@pytest.mark.parametrize("shape", ["fast", "llama", "gpt2"])
@pytest.mark.parametrize("window", [None, 3])
def test_attention_maps_give_what_the_layer_gives(shape, window):
    extra = {"window": window, "n_kv_heads": 2} if shape == "llama" else {}
    if window and shape != "llama":
        pytest.skip("only this shape has a window")
    network = network_of(TransformerSpec(shape=shape, n_layers=2, d_model=32, n_heads=4, context_length=16, dropout=0.0,
                                         **extra))
    for layer in range(2):
        caught = []
        attention = network.blocks[layer].attention
        attention.register_forward_hook(lambda module, given, made, caught=caught: caught.append((given[0], made)))
        weights = attention_weights(network, IDS, layer)
        inputs, made = caught[0]
        with torch.no_grad():
            values = attention._heads(attention.value(inputs), attention.n_kv_heads)
            values = values.repeat_interleave(4 // attention.n_kv_heads, dim=1)[0]
            mixed = (weights @ values).transpose(0, 1).reshape(1, len(IDS), 32)
            assert torch.allclose(attention.output(mixed), made, atol=1e-5)
        assert torch.allclose(weights.sum(-1), torch.ones(4, len(IDS)), atol=1e-5)


def test_neighbours_and_the_map_equal_plain_ones():
    vectors = np.random.default_rng(0).normal(size=(30, 6)).astype(np.float32)
    cosines = [float(a @ vectors[4] / np.linalg.norm(a) / np.linalg.norm(vectors[4])) for a in vectors]
    order = sorted((n for n in range(30) if n not in (0, 4)), key=lambda n: -cosines[n])[:5]
    allowed = np.ones(30, dtype=bool)
    allowed[0] = False
    found = nearest(vectors, 4, 5, allowed)
    assert [each for each, _ in found] == order
    assert np.allclose([cosine for _, cosine in found], [cosines[n] for n in order], atol=1e-5)
    points, share = projected(vectors)
    values, axes = np.linalg.eigh(np.cov(vectors.T, bias=True))
    plain = (vectors - vectors.mean(0)) @ axes[:, ::-1][:, :2]
    assert np.allclose(np.abs(points), np.abs(plain), atol=1e-4)
    assert share == pytest.approx(values[-2:].sum() / values.sum(), abs=1e-5)


def asked(run, **values):
    return Answers().look({"run": str(run.path), **values}, lambda line: None, lambda: False)


def test_what_is_expected_next_is_the_models_distribution_at_the_temperature(any_loaded):
    found = asked_of(any_loaded, place=3, temperature=0.7)
    ids = [token["id"] for token in found["tokens"]]
    log_probs, _ = any_loaded.model.next_log_probs([1, *ids[:4]])
    scores = filtered(log_probs, (), ()).astype(np.float64)
    chances = np.exp(scores / 0.7)
    chances /= chances.sum()
    for each in found["next"]:
        assert each["probability"] == pytest.approx(chances[each["id"]], abs=1e-5)
    assert found["next"][0]["id"] == int(chances.argmax())


def asked_of(loaded, **values):
    return Answers().look({"run": str(loaded.run), "checkpoint": loaded.which, "text": "The guest brought tea to the",
                           **values}, lambda line: None, lambda: False)


def test_every_family_has_a_view_that_can_be_told(any_loaded):
    found = asked_of(any_loaded)
    assert isinstance(any_loaded.model, LooksInside) and found["view"] == any_loaded.model.views[0]
    assert found["shown"]["shape"] in ("grid", "steps")


def test_the_back_off_path_ends_in_the_probability_that_the_model_gives(run_with_baseline):
    found = asked(run_with_baseline, checkpoint="baseline", text="The guest brought tea", place=2)
    from engine.generation.loading import load_model
    model = load_model(run_with_baseline.path, "baseline").model
    ids = [token["id"] for token in found["tokens"]]
    log_probs, _ = model.next_log_probs([1, *ids[:2]])
    assert found["shown"]["steps"][0]["probability"] == pytest.approx(math.exp(log_probs[ids[2]]), abs=1e-5)


def test_views_of_hidden_states_and_gates_are_grids_up_to_the_token_in_focus():
    hmm = HiddenMarkovModel.of_chance(5, 40, seed=1)
    grid = hmm.look("states", IDS, Focus(place=4))
    assert grid.values.shape == (5, 4) and grid.first == 1
    assert np.allclose(grid.values.sum(0)[:0], 1.0)
    assert grid.path == tuple(hmm.walk(np.array(IDS[1:]))[0][:4])
    rnn = network_of(RnnSpec(cell="lstm", n_layers=1, d_embedding=12, d_hidden=10)).language_model()
    grid = rnn.look("gates", IDS, Focus(place=4, part=1))
    assert grid.values.shape == (10, 5) and grid.parts == ("input", "forget", "output", "memory")
