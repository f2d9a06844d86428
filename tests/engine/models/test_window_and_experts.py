"""Sliding-window attention and mixtures of experts, against slow plain versions and the `transformers` library."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from engine.models.kinds.transformer.network import Transformer
from engine.models.kinds.transformer.spec import TransformerSpec
from engine.models.layers.attention import Attention, look_in_blocks
from engine.models.layers.experts import Experts

VOCAB = 61
SMALL = {"shape": "llama", "n_layers": 2, "d_model": 32, "n_heads": 4, "n_kv_heads": 2, "context_length": 24,
         "dropout": 0.0}


def shaken(spec: TransformerSpec) -> Transformer:
    network = spec.build(VOCAB, seed=1)
    generator = torch.Generator().manual_seed(2)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(torch.randn(parameter.shape, generator=generator) * 0.2)
    return network.eval()


def some_ids(count: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(4, VOCAB, count)


def masked(queries, keys, values, window):
    """Attention with the whole matrix, minus infinity where a token must not look."""
    time = queries.shape[-2]
    scores = queries @ keys.transpose(-1, -2) / math.sqrt(queries.shape[-1])
    for row in range(time):
        for column in range(time):
            if not row - window < column <= row:
                scores[..., row, column] = -torch.inf
    return scores.softmax(-1) @ values


@pytest.mark.parametrize(("time", "window"), [(23, 4), (24, 4), (9, 4), (40, 7), (5, 2)])
def test_blocks_of_a_window_equal_masked_full_attention(time, window):
    generator = torch.Generator().manual_seed(3)
    queries, keys, values = (torch.randn(2, 3, time, 8, generator=generator) for _ in range(3))
    found = look_in_blocks(queries, keys, values, window)
    assert torch.allclose(found, masked(queries, keys, values, window), atol=1e-6)


@pytest.mark.parametrize("time", [3, 8, 11, 20])
def test_a_layer_with_a_window_equals_the_masked_one_at_any_length(time):
    layer = Attention(32, 4, 4, window=6)
    generator = torch.Generator().manual_seed(4)
    for each in (layer.query, layer.key, layer.value, layer.output):
        each.initialise(generator, 0.3)
    inputs = torch.randn(2, time, 32, generator=generator)
    heads = [each(inputs).view(2, time, 4, 8).transpose(1, 2) for each in (layer.query, layer.key, layer.value)]
    expected = layer.output(masked(*heads, 6).transpose(1, 2).reshape(2, time, 32))
    assert torch.allclose(layer(inputs, None), expected, atol=1e-6)


def test_a_window_keeps_no_more_than_it_sees_while_writing():
    network = shaken(TransformerSpec(**SMALL, window=5))
    _, state = network.language_model().next_log_probs(some_ids(20).tolist())
    assert {each.keys.shape[2] for each in state.room.layers} == {5}


def test_a_window_is_read_in_any_portions_as_at_once():
    network = shaken(TransformerSpec(**SMALL, window=5))
    model, ids = network.language_model(), some_ids(24)
    whole = network(torch.from_numpy(ids)[None])[0].log_softmax(-1).detach().numpy()
    for lengths in ((2, 9, 1, 12), (1, 1, 3, 4, 6, 9), (13, 11)):
        state, place = None, 0
        for length in lengths:
            found, state = model.next_log_probs(ids[place:place + length].tolist(), state)
            place += length
            assert np.abs(found - whole[place - 1]).max() < 1e-5


def test_an_old_state_of_a_window_can_be_used_after_others_have_read_far_on():
    model, ids = shaken(TransformerSpec(**SMALL, window=4)).language_model(), some_ids(22).tolist()
    _, old = model.next_log_probs(ids[:8])
    state = old
    for each in ids[8:20]:
        _, state = model.next_log_probs([each], state)
    assert not old.is_intact
    for branch in ([9], [11, 12, 13], ids[8:16]):
        found, _ = model.next_log_probs(branch, old)
        assert np.abs(found - model.next_log_probs(ids[:8] + branch)[0]).max() < 1e-5
    assert np.abs(model.next_log_probs([7], state)[0] - model.next_log_probs([*ids[:20], 7])[0]).max() < 1e-5


def test_equals_the_mistral_of_transformers():
    transformers = pytest.importorskip("transformers")
    from tests.engine.models.test_transformer import _for_llama

    spec = TransformerSpec(**SMALL, window=5)
    ours = shaken(spec)
    theirs = transformers.MistralForCausalLM(transformers.MistralConfig(
        vocab_size=VOCAB, hidden_size=32, intermediate_size=spec.inner_width, num_hidden_layers=2,
        num_attention_heads=4, num_key_value_heads=2, head_dim=8, max_position_embeddings=24, rms_norm_eps=1e-6,
        sliding_window=5, tie_word_embeddings=False, rope_theta=spec.rope_theta)).eval()
    theirs.load_state_dict(_for_llama(ours))
    ids = torch.from_numpy(some_ids(40)).view(2, 20)
    assert (theirs(ids).logits - ours(ids)).abs().max() < 1e-5


def one_of(experts: Experts, token: torch.Tensor) -> torch.Tensor:
    """What the experts say of one token: the formula, with nothing gathered."""
    chances = torch.softmax(experts.router.weight @ token, 0)
    best = sorted(range(len(chances)), key=lambda number: -float(chances[number].detach()))[:experts.used]
    total = sum(chances[number] for number in best)
    return sum(chances[number] / total * experts.experts[number](token) for number in best)


@pytest.mark.parametrize(("count", "used"), [(4, 1), (5, 2), (3, 3), (16, 2)])
def test_experts_equal_a_loop_over_tokens_and_so_do_their_gradients(count, used):
    experts = Experts(12, 20, count, used)
    generator = torch.Generator().manual_seed(5)
    with torch.no_grad():
        for parameter in experts.parameters():
            parameter.normal_(0, 0.4, generator=generator)
    inputs = torch.randn(2, 9, 12, generator=generator)
    weights = torch.randn(2, 9, 12, generator=generator)
    (experts(inputs) * weights).sum().backward()
    gathered = [parameter.grad.clone() for parameter in experts.parameters()]
    experts.zero_grad()
    slow = torch.stack([one_of(experts, token) for token in inputs.view(-1, 12)]).view(2, 9, 12)
    assert torch.allclose(experts(inputs), slow, atol=1e-5)
    (slow * weights).sum().backward()
    for parameter, found in zip(experts.parameters(), gathered, strict=True):
        assert torch.allclose(torch.zeros_like(found) if parameter.grad is None else parameter.grad, found, atol=1e-4)


def test_imbalance_is_that_of_the_switch_transformer():
    experts = Experts(8, 8, 4, 1)
    generator = torch.Generator().manual_seed(6)
    with torch.no_grad():
        for parameter in experts.parameters():
            parameter.normal_(0, 0.5, generator=generator)
    inputs = torch.randn(50, 8, generator=generator)
    experts(inputs)
    chances = torch.softmax(inputs @ experts.router.weight.T, 1)
    share = [sum(float(int(row.argmax()) == number) for row in chances) / 50 for number in range(4)]
    expected = 4 * sum(share[number] * float(chances[:, number].mean()) for number in range(4))
    assert float(experts.take_imbalance().detach()) == pytest.approx(expected, rel=1e-5)
    with torch.no_grad():
        experts.router.weight.zero_()
    experts(inputs)
    assert float(experts.take_imbalance().detach()) == pytest.approx(1)


def test_training_learns_from_the_loss_and_the_imbalance_and_tells_the_loss():
    spec = TransformerSpec(**SMALL, n_experts=4, balance_weight=0.5)
    network = shaken(spec)
    ids = torch.from_numpy(some_ids(50)).view(2, 25)
    learnt, told = network.smoothed_loss(ids[:, :-1], ids[:, 1:], 0.0)
    plain = torch.nn.functional.cross_entropy(network(ids[:, :-1]).flatten(0, 1), ids[:, 1:].flatten())
    assert float(told.detach()) == pytest.approx(float(plain.detach()), rel=1e-6)
    uneven = torch.stack([block.feed_forward.take_imbalance() for block in network.blocks]).mean()
    assert float((learnt - told).detach()) == pytest.approx(0.5 * float(uneven.detach()), rel=1e-4)


def test_activation_checkpointing_gives_experts_the_same_gradients():
    def gradients(recomputes: bool) -> list[torch.Tensor]:
        network = shaken(TransformerSpec(**SMALL, n_experts=4, balance_weight=0.5)).train()
        network.recomputes = recomputes
        ids = torch.from_numpy(some_ids(50)).view(2, 25)
        network.smoothed_loss(ids[:, :-1], ids[:, 1:], 0.0)[0].backward()
        return [parameter.grad for parameter in network.parameters()]

    assert all(torch.equal(*pair) for pair in zip(gradients(True), gradients(False), strict=True))


def test_equals_the_mixtral_of_transformers():
    transformers = pytest.importorskip("transformers")
    spec = TransformerSpec(**SMALL, n_experts=4)
    ours = shaken(spec)
    theirs = transformers.MixtralForCausalLM(transformers.MixtralConfig(
        vocab_size=VOCAB, hidden_size=32, intermediate_size=spec.inner_width, num_hidden_layers=2,
        num_attention_heads=4, num_key_value_heads=2, head_dim=8, max_position_embeddings=24, rms_norm_eps=1e-6,
        num_local_experts=4, num_experts_per_tok=2, sliding_window=None, tie_word_embeddings=False,
        rope_theta=spec.rope_theta)).eval()
    own, names = ours.state_dict(), dict(theirs.state_dict())
    plain = {"model.embed_tokens.weight": "embedding", "model.norm.weight": "final_norm.weight",
             "lm_head.weight": "head.weight"}
    filled = {name: own[other] for name, other in plain.items()}
    for number in range(2):
        before, block = f"model.layers.{number}.", f"blocks.{number}."
        for name, other in (("input_layernorm", "attention_norm"), ("post_attention_layernorm", "feed_forward_norm"),
                            *((f"self_attn.{each[0]}_proj", f"attention.{each}")
                              for each in ("query", "key", "value", "output"))):
            filled[f"{before}{name}.weight"] = own[f"{block}{other}.weight"]
        for name in (each for each in names if each.startswith(before) and each not in filled):
            filled[name] = _of_mixtral(name, own, block + "feed_forward.", names[name].shape)
    theirs.load_state_dict(filled)
    ids = torch.from_numpy(some_ids(40)).view(2, 20)
    assert (theirs(ids).logits - ours(ids)).abs().max() < 1e-5


def _of_mixtral(name, own, ours, shape):
    """Its experts lie in two stacks, gate and up in one."""
    def stacked(part):
        return torch.stack([own[f"{ours}experts.{number}.{part}.weight"] for number in range(4)])

    if "experts" not in name:
        return own[ours + "router.weight"]
    found = torch.cat([stacked("gate"), stacked("up")], 1) if "gate_up" in name else stacked("down")
    assert found.shape == shape
    return found


def test_counts_what_works_on_each_token():
    dense = TransformerSpec(**SMALL, d_ff=64).size(VOCAB)
    sparse = TransformerSpec(**SMALL, d_ff=64, n_experts=8, experts_per_token=2).size(VOCAB)
    expert, router = 3 * 32 * 64, 32 * 8
    assert sparse.parameters == dense.parameters + 2 * (7 * expert + router)
    assert sparse.active_parameters == dense.parameters + 2 * (expert + router)
    assert sparse.flops_per_token == dense.flops_per_token + 6 * 2 * (expert + router)
    narrow = TransformerSpec(**SMALL, d_ff=64, window=6).size(VOCAB)
    assert narrow.flops_per_token == dense.flops_per_token - 12 * 2 * 32 * (24 - 6)
    assert dense.active_parameters is None
