"""One token at a time on a processor, against the network itself."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from engine.models.kinds.transformer.decoding import Decoder
from engine.models.kinds.transformer.spec import TransformerSpec

SMALL = {"n_layers": 2, "d_model": 32, "n_heads": 4, "context_length": 20}
SPECS = [TransformerSpec(**SMALL), TransformerSpec(**SMALL, ngram_orders=1), TransformerSpec(**SMALL, logit_cap=1000.0),
         TransformerSpec(**SMALL, ngram_orders=5, ngram_buckets=256), TransformerSpec(shape="llama", **SMALL),
         TransformerSpec(shape="llama", **SMALL, n_kv_heads=2), TransformerSpec(shape="llama", **SMALL, n_kv_heads=1,
                                                                                tie_embeddings=True),
         TransformerSpec(shape="gpt2", **SMALL), TransformerSpec(shape="gpt2", **SMALL, tie_embeddings=False),
         TransformerSpec(shape="llama", **SMALL, window=6, n_kv_heads=2),
         TransformerSpec(shape="llama", **SMALL, n_experts=5, experts_per_token=3),
         TransformerSpec(shape="llama", **SMALL, window=3, n_experts=3, experts_per_token=1)]
IDS = [int(each) for each in np.random.default_rng(5).integers(0, 90, 55)]


def network_of(spec):
    network = spec.build(90, 1)
    generator = torch.Generator().manual_seed(2)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.normal_(0, 0.3, generator=generator)
    return network


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: "-".join(map(str, (
    spec.shape, spec.n_kv_heads, spec.ngram_orders, spec.window, spec.n_experts))))
class TestEveryShape:
    def test_equals_the_network_over_several_windows(self, spec):
        model = network_of(spec).language_model()
        expected, _ = model.log_probs_after_each(IDS)
        state = None
        for each, row in zip(IDS, expected, strict=True):
            found, state = model.next_log_probs([each], state)
            assert np.abs(found - row).max() < 5e-5
            assert found.dtype == np.float32 and np.exp(found).sum() == pytest.approx(1, abs=1e-5)

    def test_two_branches_of_one_state_do_not_meet(self, spec):
        model = network_of(spec).language_model()
        _, state = model.next_log_probs(IDS[:7])
        first, after_first = model.next_log_probs([11], state)
        second, _ = model.next_log_probs([12], state)
        third, _ = model.next_log_probs([13], after_first)
        for found, ids in ((first, [11]), (second, [12]), (third, [11, 13])):
            expected, _ = model.next_log_probs([*IDS[:7], *ids])
            assert np.abs(found - expected).max() < 5e-5

    def test_several_texts_at_once_are_each_as_alone_over_several_windows(self, spec):
        model = network_of(spec).language_model()
        begun = [model.next_log_probs(IDS[:length])[1] for length in (1, 7, 18, 3)]
        states = [*begun, begun[1], begun[1]]  # the last two branch from the second
        alone = list(states)
        for place in range(20, 30):
            ids = [IDS[place + number] for number in range(len(states))]
            rows, states = model.next_log_probs_together(ids, states)
            for number, one in enumerate(ids):
                expected, alone[number] = model.next_log_probs([one], alone[number])
                assert np.abs(rows[number] - expected).max() < 5e-5

    def test_sees_the_weights_as_they_are_after_more_training(self, spec):
        network = network_of(spec)
        model = network.language_model()
        _, state = model.next_log_probs(IDS[:7])
        model.next_log_probs([11], state)
        with torch.no_grad():
            for parameter in network.parameters():
                parameter.mul_(0.5)
        _, state = model.next_log_probs(IDS[:7])
        found, _ = model.next_log_probs([11], state)
        expected, _ = model.next_log_probs([*IDS[:7], 11])
        assert np.abs(found - expected).max() < 5e-5


def test_weights_that_numpy_cannot_read_are_left_to_torch():
    network = network_of(SPECS[4])
    assert Decoder.suits(network)
    assert not Decoder.suits(network.double())
    model = network.language_model()
    _, state = model.next_log_probs(IDS[:7])
    found, _ = model.next_log_probs([11], state)
    expected, _ = model.next_log_probs([*IDS[:7], 11])
    assert np.abs(found - expected).max() < 1e-6
