"""Units that never act and table rows that are never met are counted as by hand."""

from __future__ import annotations

import pytest
import torch

from engine.training.activity import watched
from engine.training.batches import Position
from tests.engine.training.small_training import TINY, Bench, changed_spec


@pytest.mark.parametrize("shape", ["fast", "llama", "gpt2"])
def test_units_that_never_act_are_counted(bench: Bench, tmp_path, shape: str) -> None:
    model = changed_spec(TINY, shape=shape, dropout=0.0)
    lesson = bench.lesson(tmp_path, bench.course(), model)
    network = lesson.learner.network
    feed = network.blocks[0].feed_forward
    layer = feed.gate if shape == "llama" else feed.up
    with torch.no_grad():
        layer.weight[:5] = 0
        if shape == "gpt2":
            layer.bias[:5] = -20
        elif shape == "llama":
            layer.register_forward_hook(lambda _m, _i, out: out.index_fill(-1, torch.arange(5), -20.0))
    inputs, _, _ = lesson.batches.take(lesson.standing.position, 8)
    with watched(network) as activity:
        for each in inputs:
            network(torch.from_numpy(each[None]))
    found = activity.dead_units()
    assert found is not None and found >= 5 / layer.weight.shape[0]
    assert (found - 5 / layer.weight.shape[0]) * layer.weight.shape[0] < 12
    assert not layer._forward_hooks or shape == "llama"


def test_rows_that_were_never_met_are_counted(bench: Bench, tmp_path) -> None:
    lesson = bench.lesson(tmp_path, bench.course(), changed_spec(TINY, ngram_dropout=0.0))
    with watched(lesson.learner.network) as activity:
        pass
    assert activity.unused_rows() == 1.0 and activity.dead_units() is None
    met: set[int] = set()
    for place in range(6):  # all batches twice: the very first step has no gradient for the table yet
        if place == 3:
            lesson.standing.position = Position()
        inputs, targets, lesson.standing.position = lesson.batches.take(lesson.standing.position, 4)
        met |= set(lesson.learner.network.ngrams.rows(torch.from_numpy(inputs)).flatten().tolist())
        lesson.learner.step(inputs, targets, 1.0)
    rows = len(lesson.learner.network.ngrams.weight)
    assert activity.unused_rows() == pytest.approx(1 - len(met) / rows, abs=0.01)
