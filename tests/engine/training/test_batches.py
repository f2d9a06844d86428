"""The order of the text: pure, complete, and the same however it is cut into steps."""

from __future__ import annotations

import numpy as np
import pytest

from engine.errors import EngineError
from engine.tokenizers.token_file import IGNORED
from engine.training.batches import Batches, Position, masked, scoring_windows

TEXT = np.arange(4, 504, dtype=np.uint16)


@pytest.mark.parametrize("count", [1, 3, 7, 40])
def test_windows_are_the_same_however_many_are_taken_at_once(count: int) -> None:
    def inputs(at_once: int) -> np.ndarray:
        batches, position, found = Batches(TEXT, 16, seed=1), Position(), []
        while sum(map(len, found)) < 280:
            x, _, position = batches.take(position, at_once)
            found.append(x)
        return np.concatenate(found)[:280]

    np.testing.assert_array_equal(inputs(1), inputs(count))


def test_an_epoch_reads_every_part_of_the_text_once() -> None:
    batches = Batches(TEXT, 16, seed=3)
    position, seen = Position(), []
    while position.epoch == 0:
        _, targets, position = batches.take(position, 1)
        seen += targets.ravel().tolist()
    assert len(seen) == len(set(seen))
    assert len(seen) >= len(TEXT) - 2 * 16


def test_targets_are_the_inputs_one_token_later() -> None:
    x, y, _ = Batches(TEXT, 16, seed=3).take(Position(), 5)
    np.testing.assert_array_equal(y, x + 1)


def test_epochs_differ_in_order_and_in_where_they_cut() -> None:
    batches = Batches(TEXT, 16, seed=3)
    firsts = [{int(x[0]) % 16 for x in batches.take(Position(epoch), 5)[0]} for epoch in range(12)]
    assert all(len(first) == 1 for first in firsts)
    assert len(set.union(*firsts)) > 4


def test_a_step_goes_on_into_the_next_epoch() -> None:
    batches = Batches(TEXT, 16, seed=3)
    x, _, position = batches.take(Position(0, 29), 4)
    assert len(x) == 4 and position.epoch == 1
    assert 0 < batches.epochs(Position(0, 10)) < 1 < batches.epochs(position) < 2


def test_beginnings_of_documents_are_not_counted() -> None:
    np.testing.assert_array_equal(masked(np.array([[5, 1, 6], [1, 2, 3]])), [[5, -1, 6], [-1, 2, 3]])


@pytest.mark.parametrize("length", [0, 1, 5, 16])
def test_a_text_shorter_than_a_window_is_refused_with_the_numbers(length: int) -> None:
    with pytest.raises(EngineError, match=f"has {length} tokens, less than one window of 17"):
        Batches(TEXT[:length], 16, seed=1)


@pytest.mark.parametrize("length", [17, 18, 19, 33])
def test_the_shortest_texts_work(length: int) -> None:
    position = Position()
    batches = Batches(TEXT[:length], 16, seed=1)
    for _ in range(20):
        x, _, position = batches.take(position, 3)
        assert x.shape == (3, 16)


@pytest.mark.parametrize("length", [2, 9, 16, 17, 18, 25, 100, 101])
@pytest.mark.parametrize("overlap", [0.0, 0.5, 0.9])
def test_scoring_counts_every_token_but_the_first_exactly_once(length: int, overlap: float) -> None:
    counted = [position for window in scoring_windows(length, 16, overlap)
               for position in range(window.start + window.context + 1, window.end)]
    assert counted == list(range(1, length))
    assert all(window.end - window.start <= 17 for window in scoring_windows(length, 16, overlap))


def test_what_the_mask_leaves_out_is_read_but_not_learned():
    mask = np.zeros(len(TEXT), dtype=np.uint8)
    mask[40:75] = 1
    batches, position, targets = Batches(TEXT, 16, seed=1, mask=mask), Position(), []
    while position.epoch == 0:
        inputs, found, position = batches.take(position, 1)
        assert inputs.shape == found.shape and (found != IGNORED).any()  # never a window without a lesson
        targets.append(found)
    learned = np.concatenate(targets).ravel()
    assert sorted(learned[learned != IGNORED]) == sorted(TEXT[40:75].tolist())
