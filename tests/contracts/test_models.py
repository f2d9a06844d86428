"""What every kind of model must do, whether it is trained by gradient or by counting."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from engine.models.language_model import LanguageModel
from engine.models.spec import ModelSpec
from engine.settings import fields_of, from_plain, members_of, to_plain
from engine.tokenizers.tokenizer import BOS_ID, EOS_ID
from engine.work import Work

VOCAB = 40

SMALL: dict[str, Any] = {"n_layers": 2, "d_model": 16, "n_heads": 2, "context_length": 16, "ngram_buckets": 256,
                         "order": 4, "d_hidden": 16, "n_states": 4}
"""Sizes for settings of these names, so that every kind builds in an instant."""


def small(kind: type[ModelSpec]) -> ModelSpec:
    names = {field.name for field in fields_of(kind)}
    return from_plain(kind, {name: value for name, value in SMALL.items() if name in names})


def text(seed: int, documents: int = 40) -> np.ndarray:
    generator = np.random.default_rng(seed)
    parts = [[BOS_ID, *(4 + generator.integers(0, VOCAB - 4, 12) ** 2 % (VOCAB - 4)), EOS_ID] for _ in range(documents)]
    return np.array([token for part in parts for token in part], dtype=np.int64)


def model_of(spec: ModelSpec) -> LanguageModel:
    """A model that has seen something, or at least has weights of its own."""
    if spec.trained_by == "counting":
        return spec.count(text(0), VOCAB, Work())
    network = spec.build(VOCAB, seed=1)
    if spec.trained_by != "gradient":
        return network
    torch = pytest.importorskip("torch")
    chance = torch.Generator().manual_seed(2)
    with torch.no_grad():  # weights that begin at zero would hide mistakes
        for weights in network.parameters():
            weights.add_(torch.randn(weights.shape, generator=chance) * 0.05)
    return network.language_model()


@pytest.fixture(params=members_of(ModelSpec), ids=lambda kind: kind.kind, scope="module")
def spec(request):
    return small(request.param)


@pytest.fixture(scope="module")
def model(spec):
    return model_of(spec)


class TestEveryModel:
    def test_gives_probabilities_that_sum_to_one(self, model):
        ids = text(1)[:30].tolist()
        for end in range(1, len(ids)):
            log_probs, _ = model.next_log_probs(ids[:end])
            assert log_probs.shape == (VOCAB,) and log_probs.dtype == np.float32
            assert np.exp(log_probs.astype(np.float64)).sum() == pytest.approx(1, abs=1e-5)

    def test_scores_a_text_as_it_predicts_it_token_by_token(self, model):
        ids = text(2)[:45]
        state, losses = None, []
        for before, after in zip(ids[:-1].tolist(), ids[1:].tolist(), strict=True):
            log_probs, state = model.next_log_probs([before], state)
            losses.append(-log_probs[after])
        scored = model.token_losses(ids)
        assert scored.shape == (len(ids) - 1,) and scored.dtype == np.float32
        assert scored == pytest.approx(np.array(losses), abs=2e-5)

    def test_reads_many_tokens_as_one_after_another(self, model):
        ids = text(3)[:12].tolist()
        at_once, _ = model.next_log_probs(ids)
        state = None
        for each in ids:
            one_by_one, state = model.next_log_probs([each], state)
        assert at_once == pytest.approx(one_by_one, abs=2e-5)

    def test_lets_a_state_be_used_again_to_branch_from_it(self, model):
        ids = text(4)[:10].tolist()
        _, state = model.next_log_probs(ids)
        first, _ = model.next_log_probs([5], state)
        other, further = model.next_log_probs([6], state)
        model.next_log_probs([7, 8], further)
        again, _ = model.next_log_probs([5], state)
        assert np.array_equal(first, again)
        assert not np.array_equal(first, other)

    def test_comes_back_the_same_from_its_tensors(self, spec, model):
        tensors = {name: np.array(array) for name, array in model.tensors().items()}
        loaded = spec.load(VOCAB, tensors)
        ids = text(5)[:60]
        assert loaded.vocab_size == model.vocab_size == VOCAB
        assert np.array_equal(loaded.token_losses(ids), model.token_losses(ids))
        assert {name: array.dtype for name, array in loaded.tensors().items()} == \
            {name: array.dtype for name, array in tensors.items()}

    def test_refuses_tensors_that_are_not_its_own(self, spec, model):
        tensors = dict(model.tensors())
        name = sorted(tensors)[0]
        for wrong in ({**tensors, "stranger": tensors[name]}, {n: t for n, t in tensors.items() if n != name},
                      {**tensors, name: tensors[name][:-1]}):
            with pytest.raises(Exception) as raised:
                spec.load(VOCAB, wrong)
            assert type(raised.value).__name__ == "EngineError"

    def test_says_how_large_it_is(self, spec):
        size = spec.size(VOCAB)
        assert size.parameters > 0 and size.training_bytes > 0 and size.flops_per_token > 0
        assert all(title and count >= 0 for title, _, count in size.parts)
        if spec.trained_by == "gradient":
            network = spec.build(VOCAB, seed=1)
            assert size.parameters == sum(each.numel() for each in set(network.parameters()))

    def test_survives_toml(self, spec):
        assert from_plain(ModelSpec, to_plain(spec)) == spec

    def test_names_its_source_and_words_every_setting(self, spec):
        assert "Source:" in (type(spec).__doc__ or "")
        assert all(field.title and field.help for field in fields_of(type(spec)))


@pytest.mark.parametrize("kind", [kind for kind in members_of(ModelSpec) if kind.trained_by == "gradient"],
                         ids=lambda kind: kind.kind)
class TestEveryNetwork:
    def test_is_built_the_same_from_the_same_seed_and_leaves_global_chance_alone(self, kind):
        torch = pytest.importorskip("torch")
        torch.manual_seed(3)
        before = torch.get_rng_state()
        one, same, other = (small(kind).build(VOCAB, seed) for seed in (7, 7, 8))
        assert torch.equal(before, torch.get_rng_state())
        weights = [torch.cat([each.flatten() for each in network.parameters()]) for network in (one, same, other)]
        assert torch.equal(weights[0], weights[1]) and not torch.equal(weights[0], weights[2])

    def test_its_loss_is_the_mean_of_the_nats_of_what_is_predicted(self, kind):
        torch = pytest.importorskip("torch")
        network = small(kind).build(VOCAB, seed=1).eval()
        ids = torch.from_numpy(text(6)[:33])
        targets = ids[1:17].clone()[None]
        targets[targets == BOS_ID] = -1
        loss = network.loss(ids[None, :16], targets).item()
        nats = network.language_model().token_losses(ids[:17].numpy())
        counted = targets[0].numpy() >= 0
        assert loss == pytest.approx(float(nats[counted].mean()), abs=1e-4)

    def test_using_it_does_not_disturb_training(self, kind):
        torch = pytest.importorskip("torch")
        network = small(kind).build(VOCAB, seed=1).train()
        before = torch.get_rng_state()
        model = network.language_model()
        model.token_losses(text(7)[:50])
        model.next_log_probs([1, 5])
        assert network.training and torch.equal(before, torch.get_rng_state())
        assert all(each.grad is None for each in network.parameters())

    def test_every_weight_has_its_place_in_one_group(self, kind):
        network = small(kind).build(VOCAB, seed=1)
        grouped = [id(each) for group in network.groups() for each in group.parameters.values()]
        assert sorted(grouped) == sorted(id(each) for each in set(network.parameters()))
