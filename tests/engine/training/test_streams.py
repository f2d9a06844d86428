"""Windows that go on where those before ended, and a memory that goes on with them, also over a restart."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from engine.errors import EngineError
from engine.models.kinds.rnn.spec import RnnSpec
from engine.training.batches import Position, Streams
from engine.training.learner import Learner
from tests.engine.training.small_training import Bench, changed_spec

NET = RnnSpec(cell="lstm", n_layers=2, d_embedding=8, d_hidden=12, context_length=8, dropout=0.0)


def test_every_row_goes_on_where_it_ended_until_the_epoch_is_over():
    ids = np.arange(4, 1004, dtype=np.uint16)
    streams, position = Streams(ids, 16, seed=1, streams=5), Position()
    seen: list[int] = []
    last = np.zeros(5, dtype=np.int64)
    while position.epoch == 0:
        before = position
        inputs, targets, position = streams.take(position, 5)
        assert inputs.shape == (5, 16) and (targets == inputs + 1).all()
        if before.index:
            assert (inputs[:, 0] == last + 1).all()
        last = inputs[:, -1]
        seen += inputs.flatten().tolist()
    assert len(seen) == len(set(seen)) >= 1000 - 16 - 5 * 16
    assert streams.epochs(position) == 1.0


def test_a_text_too_short_for_so_many_streams_is_refused_in_words():
    with pytest.raises(EngineError) as raised:
        Streams(np.arange(100, dtype=np.uint16), 16, seed=1, streams=8)
    assert raised.value.path == ("training", "batch_size")


def test_a_batch_in_parts_carries_the_memories_of_the_whole(bench: Bench):
    found = []
    for at_once in (4, 1):
        lesson_course = bench.course(batch_size=4)
        learner = Learner(NET.build(bench.tokenizer.vocab_size, 1), lesson_course)
        learner.at_once = at_once
        streams = Streams(bench.texts.train.ids, 8, 1, 4)
        inputs, targets, position = streams.take(Position(), 4)
        first = learner.step(inputs, targets, 1.0).loss
        inputs, targets, position = streams.take(position, 4)
        found.append((first, learner.step(inputs, targets, 1.0).loss, learner.carried))
    assert found[0][:2] == pytest.approx(found[1][:2], rel=1e-5)
    for one, other in zip(found[0][2], found[1][2], strict=True):
        assert one.shape == (2, 4, 12) and torch.allclose(one, other, atol=1e-5)


def test_without_carrying_every_window_begins_with_an_empty_memory(bench: Bench):
    learner = Learner(changed_spec(NET, carry_state=False).build(bench.tokenizer.vocab_size, 1), bench.course())
    ids = 4 + np.arange(32).reshape(4, 8) % 9
    losses = [learner.step(ids, ids, 0.0).loss for _ in range(2)]
    assert losses[0] == pytest.approx(losses[1]) and learner.carried is None


@pytest.mark.parametrize("cell", ["elman", "lstm", "gru"])
def test_memories_are_carried_and_saved_in_16_bits_too(bench: Bench, tmp_path, cell):
    learner_course = bench.course(precision="bfloat16")
    learner = Learner(changed_spec(NET, cell=cell).build(bench.tokenizer.vocab_size, 1), learner_course)
    streams, position = Streams(bench.texts.train.ids, 8, 1, 4), Position()
    for _ in range(3):
        inputs, targets, position = streams.take(position, 4)
        assert np.isfinite(learner.step(inputs, targets, 1.0).loss)
    assert all(each.dtype == torch.float32 for each in learner.carried)
