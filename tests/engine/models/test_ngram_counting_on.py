"""Counting on from an earlier model gives what counting both texts at once gives."""

from __future__ import annotations

import numpy as np
import pytest

from engine.errors import EngineError
from engine.models.kinds.ngram.spec import NGramSpec
from engine.work import Work
from tests.contracts.test_models import VOCAB, text

FIRST, SECOND = text(1, 60), text(2, 35)


@pytest.mark.parametrize("smoothing", ["kneser-ney", "witten-bell", "stupid-back-off", "add-k"])
@pytest.mark.parametrize("order", [1, 2, 4])
def test_two_texts_one_after_another_are_as_one(smoothing, order):
    spec = NGramSpec(order=order, smoothing=smoothing)
    earlier = spec.count(FIRST, VOCAB, Work())
    expected = spec.count(np.concatenate([FIRST, SECOND]), VOCAB, Work()).tensors()
    found = spec.count(SECOND, VOCAB, Work(), earlier).tensors()
    for name, array in expected.items():
        np.testing.assert_array_equal(found[name], array, err_msg=name)


def test_a_larger_vocabulary_changes_nothing_else():
    spec = NGramSpec(order=3)
    grown = spec.load(VOCAB + 2, spec.grown(spec.count(FIRST, VOCAB, Work()).tensors(), [[5, 6], [7]]))
    found, expected = spec.count(SECOND, VOCAB + 2, Work(), grown), spec.count(
        np.concatenate([FIRST, SECOND]), VOCAB + 2, Work())
    assert all(np.array_equal(array, expected.tensors()[name]) for name, array in found.tensors().items())


def test_what_was_forgotten_is_not_made_up():
    spec = NGramSpec(order=3, min_count=2)
    with pytest.raises(EngineError, match="forgot"):
        spec.count(SECOND, VOCAB, Work(), spec.count(FIRST, VOCAB, Work()))
