"""The Transformer against the models of the `transformers` library, and against itself read in other ways."""

from __future__ import annotations

import itertools
import math
import random

import numpy as np
import pytest
import torch

from engine.errors import EngineError
from engine.models.kinds.transformer.network import Transformer
from engine.models.kinds.transformer.spec import TransformerSpec
from engine.models.layers.ngram_embedding import NgramEmbedding
from engine.settings import from_plain, to_plain

VOCAB = 61
SMALL = {"n_layers": 2, "d_model": 32, "n_heads": 4, "context_length": 16, "dropout": 0.0}
SPECS = [TransformerSpec(shape="fast", **SMALL, ngram_orders=4, ngram_buckets=256),
         TransformerSpec(shape="fast", **SMALL, ngram_orders=1, tie_embeddings=True, logit_cap=1000.0),
         TransformerSpec(shape="llama", **SMALL, n_kv_heads=2),
         TransformerSpec(shape="llama", **SMALL, tie_embeddings=True, d_ff=40),
         TransformerSpec(shape="gpt2", **SMALL), TransformerSpec(shape="gpt2", **SMALL, tie_embeddings=False),
         TransformerSpec(shape="llama", **SMALL, window=5), TransformerSpec(shape="llama", **SMALL, n_experts=4)]


def name_of(spec: TransformerSpec) -> str:
    return f"{spec.shape}-{'tied' if spec.is_tied else 'untied'}-{spec.window}-{spec.n_experts}"


def shaken(spec: TransformerSpec) -> Transformer:
    """A network none of whose weights is zero, so that nothing hides."""
    network = spec.build(VOCAB, seed=1)
    generator = torch.Generator().manual_seed(2)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(torch.randn(parameter.shape, generator=generator) * 0.1)
    return network.eval()


def some_ids(count: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(4, VOCAB, count)


@pytest.mark.parametrize("spec", SPECS, ids=name_of)
class TestEveryShape:
    def test_counts_its_parameters_exactly(self, spec):
        size = spec.size(VOCAB)
        assert size.parameters == sum(each.numel() for each in spec.build(VOCAB, 1).parameters())
        assert size.parameters == sum(count * (size.repeated if title in size.repeating else 1)
                                      for title, _, count in size.parts)

    def test_never_looks_ahead(self, spec):
        network = shaken(spec)
        ids = torch.from_numpy(some_ids(16))[None]
        later = ids.clone()
        later[0, 9:] = torch.from_numpy(some_ids(7, seed=5))
        before, after = network(ids)[0, :9], network(later)[0, :9]
        if spec.n_experts == 1:
            assert torch.equal(before, after)
        assert torch.allclose(before, after, atol=1e-6)  # experts see tokens in groups, and sum in another order

    def test_does_not_depend_on_the_place_in_the_batch(self, spec):
        network = shaken(spec)
        windows = torch.from_numpy(some_ids(48)).view(3, 16)
        assert torch.allclose(network(windows)[2], network(windows[2:])[0], atol=1e-5)

    def test_reads_with_a_cache_as_it_does_without(self, spec):
        network = shaken(spec)
        model, ids = network.language_model(), some_ids(16)
        whole = network(torch.from_numpy(ids)[None])[0].log_softmax(-1).detach().numpy()
        state, place = None, 0
        for length in (1, 4, 1, 3, 7):
            log_probs, state = model.next_log_probs(ids[place:place + length].tolist(), state)
            place += length
            assert np.abs(log_probs - whole[place - 1]).max() < 1e-5

    def test_scores_a_long_text_as_step_by_step_reading_does(self, spec):
        model, ids = shaken(spec).language_model(), some_ids(53)
        state, found = None, []
        for each, following in itertools.pairwise(ids):
            log_probs, state = model.next_log_probs([int(each)], state)
            found.append(-log_probs[following])
        assert model.token_losses(ids) == pytest.approx(found, abs=1e-5)
        assert -model.log_probs_after_each(ids[:-1].tolist())[0][range(52), ids[1:]] == pytest.approx(found, abs=1e-5)

    def test_a_state_can_be_branched_from_and_used_again(self, spec):
        model, ids = shaken(spec).language_model(), some_ids(12).tolist()
        _, state = model.next_log_probs(ids[:6])
        for branch in ([7, 8, 9], [30, 31], ids[6:]):
            found, _ = model.next_log_probs(branch, state)
            assert np.abs(found - model.next_log_probs(ids[:6] + branch)[0]).max() < 1e-5

    def test_is_the_same_after_being_saved_and_loaded(self, spec):
        model, ids = shaken(spec).language_model(), some_ids(20)
        again = from_plain(TransformerSpec, to_plain(spec)).load(VOCAB, model.tensors())
        assert np.array_equal(again.token_losses(ids), model.token_losses(ids))

    def test_the_same_seed_gives_the_same_weights_and_leaves_other_chance_alone(self, spec):
        torch.manual_seed(4)
        before = torch.get_rng_state()
        one, same, other = (spec.build(VOCAB, seed).state_dict() for seed in (1, 1, 2))
        assert all(torch.equal(one[name], same[name]) for name in one)
        assert any(not torch.equal(one[name], other[name]) for name in one)
        assert torch.equal(torch.get_rng_state(), before)

    def test_every_parameter_is_in_one_group_and_learns(self, spec):
        network = shaken(spec)
        names = [name for group in network.groups() for name in group.parameters]
        assert sorted(names) == sorted(name for name, _ in network.named_parameters())
        ids = torch.from_numpy(some_ids(34)).view(2, 17)
        network.loss(ids[:, :-1], ids[:, 1:]).backward()
        assert all(each.grad is not None for each in network.parameters())

    def test_begins_by_giving_every_token_about_the_same_chance(self, spec):
        ids = torch.from_numpy(some_ids(34)).view(2, 17)
        loss = float(spec.build(VOCAB, 1).loss(ids[:, :-1], ids[:, 1:]).detach())
        assert loss == pytest.approx(math.log(VOCAB), abs=0.1)


def test_equals_the_llama_of_transformers():
    transformers = pytest.importorskip("transformers")
    for spec in (each for each in SPECS if each.shape == "llama" and each.window is None and each.n_experts == 1):
        config = transformers.LlamaConfig(
            vocab_size=VOCAB, hidden_size=spec.d_model, intermediate_size=spec.inner_width,
            num_hidden_layers=spec.n_layers, num_attention_heads=spec.n_heads, num_key_value_heads=spec.kv_heads,
            max_position_embeddings=spec.context_length, rms_norm_eps=1e-6, tie_word_embeddings=spec.is_tied,
            rope_theta=spec.rope_theta)
        theirs = transformers.LlamaForCausalLM(config).eval()
        ours = shaken(spec)
        theirs.load_state_dict(_for_llama(ours), strict=not spec.is_tied)
        ids = torch.from_numpy(some_ids(32)).view(2, 16)
        assert (theirs(ids).logits - ours(ids)).abs().max() < 1e-5


def _for_llama(network: Transformer) -> dict[str, torch.Tensor]:
    plain = {"embedding": "model.embed_tokens.weight", "final_norm.weight": "model.norm.weight",
             "head.weight": "lm_head.weight"}
    parts = {"attention_norm": "input_layernorm", "feed_forward_norm": "post_attention_layernorm",
             "attention.query": "self_attn.q_proj", "attention.key": "self_attn.k_proj",
             "attention.value": "self_attn.v_proj", "attention.output": "self_attn.o_proj",
             "feed_forward.gate": "mlp.gate_proj", "feed_forward.up": "mlp.up_proj",
             "feed_forward.down": "mlp.down_proj"}
    found = {}
    for name, tensor in network.state_dict().items():
        if name in plain:
            found[plain[name]] = tensor
        else:
            _, number, rest = name.split(".", 2)
            found[f"model.layers.{number}.{parts[rest.removesuffix('.weight')]}.weight"] = tensor
    return found


def test_equals_the_gpt2_of_transformers():
    transformers = pytest.importorskip("transformers")
    for spec in (each for each in SPECS if each.shape == "gpt2"):
        config = transformers.GPT2Config(
            vocab_size=VOCAB, n_embd=spec.d_model, n_layer=spec.n_layers, n_head=spec.n_heads,
            n_positions=spec.context_length, tie_word_embeddings=spec.is_tied)
        theirs = transformers.GPT2LMHeadModel(config).eval()
        ours = shaken(spec)
        theirs.load_state_dict(_for_gpt2(ours), strict=not spec.is_tied)
        ids = torch.from_numpy(some_ids(32)).view(2, 16)
        assert (theirs(ids).logits - ours(ids)).abs().max() < 1e-5


def _for_gpt2(network: Transformer) -> dict[str, torch.Tensor]:
    """GPT-2 keeps its matrices turned over, and query, key and value side by side."""
    own, found = network.state_dict(), {}
    found["transformer.wte.weight"], found["transformer.wpe.weight"] = own["embedding"], own["positions"]
    parts = {"attention_norm": "ln_1", "feed_forward_norm": "ln_2", "attention.output": "attn.c_proj",
             "feed_forward.up": "mlp.c_fc", "feed_forward.down": "mlp.c_proj"}
    for number in range(network.spec.n_layers):
        ours, theirs = f"blocks.{number}.", f"transformer.h.{number}."
        for kind in ("weight", "bias"):
            joined = torch.cat([own[f"{ours}attention.{each}.{kind}"] for each in ("query", "key", "value")])
            found[f"{theirs}attn.c_attn.{kind}"] = joined.T if kind == "weight" else joined
            for part, name in parts.items():
                tensor = own[f"{ours}{part}.{kind}"]
                found[f"{theirs}{name}.{kind}"] = tensor.T if tensor.dim() == 2 else tensor
    for kind in ("weight", "bias"):
        found[f"transformer.ln_f.{kind}"] = own[f"final_norm.{kind}"]
    if "head.weight" in own:
        found["lm_head.weight"] = own["head.weight"]
    return found


def test_token_groups_are_hashed_as_plain_integers_would_be():
    table = NgramEmbedding(orders=5, buckets=1000, width=2)
    ids = some_ids(40).reshape(2, 20)
    rows = table.rows(torch.from_numpy(ids))
    prime = 2 ** 31 - 1
    for place, time, order in ((0, 0, 2), (0, 2, 5), (1, 19, 4), (1, 7, 2)):
        group = [int(ids[place, time - back]) if time >= back else 3 for back in range(order)]
        hashed = group[0] + 1
        for each in group[1:]:
            hashed = (hashed * 1_103_515_245 + each + 1) % prime
        assert rows[order - 2, place, time] == hashed * 69_621 % prime % 1000 + (order - 2) * 1000


def test_the_rows_of_token_groups_are_used_evenly():
    rows = NgramEmbedding(orders=3, buckets=64, width=1).rows(torch.arange(4096).view(1, -1) % 1999)
    counts = torch.bincount(rows[1].flatten() - 64, minlength=64)
    assert counts.min() > 30 and counts.max() < 110  # 64 on average


def test_the_loss_leaves_out_targets_of_minus_one_and_smooths_labels():
    network = shaken(SPECS[0])
    ids = torch.from_numpy(some_ids(17))[None]
    inputs, targets = ids[:, :-1], ids[:, 1:].clone()
    targets[0, ::3] = -1
    log_probs = network(inputs)[0].log_softmax(-1)
    kept = targets[0] >= 0
    plain = -log_probs[kept, targets[0][kept]]
    smooth = 0.8 * plain - 0.2 * log_probs[kept].mean(1)
    assert float(network.loss(inputs, targets).detach()) == pytest.approx(float(plain.detach().mean()), rel=1e-5)
    smoothed, told = network.smoothed_loss(inputs, targets, 0.2)
    assert float(smoothed.detach()) == pytest.approx(float(smooth.detach().mean()), rel=1e-5)
    assert float(told.detach()) == pytest.approx(float(plain.detach().mean()), rel=1e-5)


def test_writing_in_the_midst_of_training_disturbs_nothing():
    def train(writes: bool) -> torch.Tensor:
        network = TransformerSpec(**{**SMALL, "dropout": 0.3}, ngram_buckets=256).build(VOCAB, 1).train()
        torch.manual_seed(7)
        random.seed(7)
        for step in range(3):
            ids = torch.from_numpy(some_ids(17, seed=step))[None]
            network.loss(ids[:, :-1], ids[:, 1:]).backward()
            if writes:
                model = network.language_model()
                model.token_losses(some_ids(40))
                model.next_log_probs([5, 6, 7])
                assert network.training
        return network.head.weight.grad

    assert torch.equal(train(writes=False), train(writes=True))


def test_dropout_acts_in_training_only():
    network = TransformerSpec(**{**SMALL, "dropout": 0.5}, ngram_buckets=256).build(VOCAB, 1)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(0.1)
    ids = torch.from_numpy(some_ids(16))[None]
    assert not torch.equal(network.train()(ids), network(ids))
    assert torch.equal(network.eval()(ids), network(ids))


def test_loading_names_what_does_not_fit():
    tensors = dict(SPECS[0].build(VOCAB, 1).language_model().tensors())
    with pytest.raises(EngineError, match="embedding"):
        SPECS[0].load(VOCAB, {name: each for name, each in tensors.items() if name != "embedding"})
    with pytest.raises(EngineError, match="stranger"):
        SPECS[0].load(VOCAB, {**tensors, "stranger": tensors["embedding"]})
    with pytest.raises(EngineError, match="shape"):
        SPECS[0].load(VOCAB + 1, tensors)


@pytest.mark.parametrize(("settings", "field"), [
    ({"d_model": 30, "n_heads": 4}, "n_heads"), ({"d_model": 36, "n_heads": 12}, "n_heads"),
    ({"n_heads": 4, "n_kv_heads": 3}, "n_kv_heads"), ({"shape": "gpt2", "n_kv_heads": 2}, "n_kv_heads"),
    ({"window": 64}, "window"), ({"shape": "llama", "context_length": 128, "window": 128}, "window"),
    ({"n_experts": 4}, "n_experts"), ({"shape": "gpt2", "n_experts": 4}, "n_experts"),
    ({"shape": "llama", "n_experts": 4, "experts_per_token": 5}, "experts_per_token")])
def test_settings_that_do_not_divide_are_refused_with_a_way_out(settings, field):
    problem = TransformerSpec(**settings).problems()[0]
    assert problem.path == (field,) and problem.fix
