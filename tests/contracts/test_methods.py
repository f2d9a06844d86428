"""What every way of going on from an earlier model must do, with every kind of model that learns by gradient."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from engine.models.layers.lora import is_adapter, merged
from engine.models.spec import ModelSpec
from engine.models.tensors import arrays_of
from engine.settings import fields_of, from_plain, members_of, to_plain
from engine.training.method import MethodSpec
from tests.contracts.test_models import VOCAB, small, text

METHODS = members_of(MethodSpec)
KINDS = [kind for kind in members_of(ModelSpec) if kind.trained_by == "gradient" and kind().matrices()]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.kind)
@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.kind)
class TestEveryMethod:
    def test_begins_with_the_earlier_model_and_counts_what_learns(self, method, kind):
        spec = small(kind)
        earlier, network = (spec.build(VOCAB, seed=1) for _ in range(2))
        method().apply(network, seed=2, grew=False)
        ids = torch.from_numpy(text(1)[:17])[None]
        with torch.no_grad():
            expected, found = (each.eval().loss(ids[:, :-1], ids[:, 1:]).item() for each in (earlier, network))
        assert found == pytest.approx(expected, abs=1e-5)
        learn = {id(each): each.numel() for each in network.parameters() if each.requires_grad}
        size = method().size_of(spec, VOCAB, grew=False)
        assert (size.parameters if size.learning_parameters is None else size.learning_parameters) == \
            sum(learn.values())

    def test_gives_weights_that_load_as_any_others(self, method, kind):
        spec = small(kind)
        network = spec.build(VOCAB, seed=1)
        method().apply(network, seed=2, grew=False)
        chance = torch.Generator().manual_seed(3)
        with torch.no_grad():
            for each in network.parameters():
                if each.requires_grad:
                    each.add_(torch.randn(each.shape, generator=chance) * 0.05)
        ids = text(2)[:40]
        with merged(network):
            tensors = {name: each for name, each in arrays_of(network).items() if not is_adapter(name)}
            expected = network.eval().language_model().token_losses(ids)
        assert spec.load(VOCAB, tensors).token_losses(ids) == pytest.approx(expected, abs=1e-6)

    def test_lets_new_pieces_learn_and_leaves_old_ones_as_they_were(self, method, kind):
        spec = small(kind)
        network = spec.build(VOCAB, seed=1)
        grown = spec.grown(arrays_of(network), [[5, 6], [7]])
        for name, axis in spec.by_token.items():
            if name in grown:
                assert np.array_equal(grown[name].take(range(VOCAB), axis), arrays_of(network)[name])
                assert grown[name].take(VOCAB, axis) == pytest.approx(grown[name].take([5, 6], axis).mean(axis))
        larger = spec.build(VOCAB + 2, seed=1)
        method().apply(larger, seed=2, grew=True)
        assert dict(larger.named_parameters())["embedding"].requires_grad


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.kind)
def test_it_names_its_source_words_every_setting_and_survives_toml(method):
    assert "Source:" in (method.__doc__ or "")
    assert all(field.title and field.help for field in fields_of(method))
    assert from_plain(MethodSpec, to_plain(method())) == method()
