"""The recurrent net against plain loops of torch and against a word-level model written as textbooks do."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from engine.models.kinds.rnn import reading
from engine.models.kinds.rnn.spec import RnnSpec

VOCAB = 30
SMALL = {"d_embedding": 8, "d_hidden": 12, "context_length": 16}
SPECS = [RnnSpec(cell=cell, n_layers=layers, **SMALL, **others) for cell in ("elman", "lstm", "gru")
         for layers, others in ((1, {}), (2, {"layer_norm": True, "tie_embeddings": True}))]


def shaken(spec: RnnSpec) -> nn.Module:
    network = spec.build(VOCAB, 3).eval()
    chance = torch.Generator().manual_seed(4)
    with torch.no_grad():
        for weights in network.parameters():
            weights.add_(torch.randn(weights.shape, generator=chance) * 0.2)
    return network


def by_hand(spec: RnnSpec, weights: dict[str, torch.Tensor], ids: list[int]) -> torch.Tensor:
    """Scores after each token: one vector at a time, from the equations of the three cells."""
    memories = [torch.zeros(spec.d_hidden) for _ in range(spec.n_layers)]
    stores = [torch.zeros(spec.d_hidden) for _ in range(spec.n_layers)]
    found = []
    for each in ids:
        flow = weights["embedding"][each]
        for layer in range(spec.n_layers):
            own = {name: weights[f"cells.{layer}.{name}_l0"]
                   for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")}
            left = (own["weight_ih"] @ flow + own["bias_ih"]).chunk(spec.gates)
            right = (own["weight_hh"] @ memories[layer] + own["bias_hh"]).chunk(spec.gates)
            if spec.cell == "elman":
                memories[layer] = torch.tanh(left[0] + right[0])
            elif spec.cell == "gru":
                reset, update = torch.sigmoid(left[0] + right[0]), torch.sigmoid(left[1] + right[1])
                new = torch.tanh(left[2] + reset * right[2])
                memories[layer] = (1 - update) * new + update * memories[layer]
            else:
                enter, forget, new, leave = (a + b for a, b in zip(left, right, strict=True))
                stores[layer] = torch.sigmoid(forget) * stores[layer] + torch.sigmoid(enter) * torch.tanh(new)
                memories[layer] = torch.sigmoid(leave) * torch.tanh(stores[layer])
            flow = memories[layer]
            if spec.layer_norm:
                flow = (flow - flow.mean()) / torch.sqrt(flow.var(correction=0) + 1e-5)
                flow = flow * weights[f"norms.{layer}.weight"] + weights[f"norms.{layer}.bias"]
        if spec.has_projection:
            flow = weights["projection.weight"] @ flow
        found.append(weights["embedding" if spec.tie_embeddings else "head.weight"] @ flow + weights["head_bias"])
    return torch.stack(found)


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: f"{spec.cell}-{spec.n_layers}")
def test_follows_the_equations_of_its_cell(spec):
    network = shaken(spec)
    ids = np.random.default_rng(1).integers(0, VOCAB, 20).tolist()
    with torch.no_grad():
        found = network(torch.tensor([ids]))[0]
        wanted = by_hand(spec, network.state_dict(), ids)
    assert torch.allclose(found, wanted, atol=1e-5)


class SeqModel(nn.Module):
    """A word-level model as textbooks write it."""

    def __init__(self, vocab_size: int, embedding_dim: int, hidden_dim: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, embedding_dim)
        self.lstm = nn.LSTM(embedding_dim, hidden_dim, batch_first=True)
        self.fc = nn.Linear(hidden_dim, vocab_size)

    def forward(self, x, hidden=None):
        output, hidden = self.lstm(self.embedding(x), hidden)
        return self.fc(output), hidden


def test_an_lstm_with_a_linear_head_learns_step_by_step_as_the_textbook_model():
    network = RnnSpec(cell="lstm", dropout=0.0, **SMALL).build(VOCAB, 1)
    plain = SeqModel(VOCAB, SMALL["d_embedding"], SMALL["d_hidden"])
    names = {"embedding.weight": "embedding", "fc.weight": "head.weight", "fc.bias": "head_bias"}
    own = network.state_dict()
    plain.load_state_dict({name: own[names.get(name, name.replace("lstm", "cells.0"))].clone()
                           for name in plain.state_dict()})
    ours = torch.optim.AdamW(network.parameters(), lr=0.01)
    theirs = torch.optim.AdamW(plain.parameters(), lr=0.01)
    text = torch.from_numpy(np.random.default_rng(2).integers(0, VOCAB, (4, 81)))
    memory = hidden = None
    for first in range(0, 80, 16):  # truncated back-propagation: the memory goes on, the gradient does not
        x, y = text[:, first:first + 16], text[:, first + 1:first + 17]
        _, loss, memory = network.carried_loss(x, y, 0.0, memory)
        scores, hidden = plain(x, hidden)
        hidden = tuple(each.detach() for each in hidden)
        wanted = nn.functional.cross_entropy(scores.reshape(-1, VOCAB), y.reshape(-1))
        assert loss.item() == pytest.approx(wanted.item(), rel=1e-5)
        for optimizer, value in ((ours, loss), (theirs, wanted)):
            optimizer.zero_grad()
            value.backward()
            optimizer.step()


@pytest.mark.parametrize("cell", ["elman", "lstm", "gru"])
def test_reading_on_from_a_memory_is_reading_the_whole(cell):
    model = shaken(RnnSpec(cell=cell, n_layers=2, **SMALL)).language_model()
    ids = np.random.default_rng(3).integers(0, VOCAB, 40)
    with torch.no_grad():
        whole = model.network(torch.from_numpy(ids)[None]).log_softmax(-1)[0].numpy()
    state, found = None, []
    for first in (0, 1, 7, 30):
        part, state = model.log_probs_after_each(ids[first:{0: 1, 1: 7, 7: 30, 30: 40}[first]].tolist(), state)
        found.append(part)
    assert np.concatenate(found) == pytest.approx(whole, abs=1e-5)


def test_a_long_text_is_scored_in_pieces_with_the_numbers_of_the_whole(monkeypatch):
    model = shaken(RnnSpec(cell="gru", **SMALL)).language_model()
    ids = np.random.default_rng(4).integers(0, VOCAB, 700)
    whole = model.token_losses(ids)
    for at_once in (8_000_000, 3000):
        monkeypatch.setattr(reading, "PIECE_TOKENS", 128)
        monkeypatch.setattr(reading, "WARM_UP_TOKENS", 64)
        monkeypatch.setattr(reading, "_SCORES_AT_ONCE", at_once)
        assert model.token_losses(ids) == pytest.approx(whole, abs=1e-3)
        assert model.token_losses(ids)[:128] == pytest.approx(whole[:128], abs=1e-6)


def test_nothing_later_is_seen():
    network = shaken(RnnSpec(cell="lstm", n_layers=2, **SMALL))
    ids = torch.from_numpy(np.random.default_rng(5).integers(0, VOCAB, (1, 16)))
    changed = ids.clone()
    changed[0, 10] = (changed[0, 10] + 1) % VOCAB
    with torch.no_grad():
        before, after = network(ids), network(changed)
    assert torch.equal(before[:, :10], after[:, :10]) and not torch.equal(before[:, 10:], after[:, 10:])


def test_dropout_acts_only_in_training():
    network = RnnSpec(dropout=0.5, **SMALL).build(VOCAB, 1)
    ids = torch.arange(16)[None]
    assert not torch.equal(network(ids), network(ids))
    network.eval()
    assert torch.equal(network(ids), network(ids))
