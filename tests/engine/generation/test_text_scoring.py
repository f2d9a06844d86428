"""Scores of a text, against reading it one token at a time."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest

from engine.errors import EngineError
from engine.generation import scoring
from engine.generation.scoring import out_of_reach, score_text
from engine.work import Stopped, Work

TEXT = "The child of house 7 brought 茶 to the old well.\nThe fox, too. 掌柜笑着说：\U00020b9f and more and more." * 2


class OneByOne:
    """The same model, without the short cuts."""

    def __init__(self, model):
        self.model, self.vocab_size, self.context_length = model, model.vocab_size, model.context_length

    def next_log_probs(self, ids, state=None):
        return self.model.next_log_probs(ids, state)


def brute_force(loaded, text):
    """Nats and distribution of each token and the end, each from a fresh start where the window allows it."""
    ids = [1, *map(int, loaded.tokenizer.encode(text)), 2]
    state, found = None, []
    for here, target in pairwise(ids):
        log_probs, state = loaded.model.next_log_probs([here], state)
        found.append((target, log_probs.astype(np.float64)))
    return found


def test_every_figure_equals_reading_one_token_at_a_time(any_loaded):
    score, expected = score_text(any_loaded.model, any_loaded.tokenizer, TEXT), brute_force(any_loaded, TEXT)
    assert len(expected) > 2 * any_loaded.context_length
    assert score.n_tokens == len(score.tokens) == len(expected)
    for token, (target, row) in zip(score.tokens, expected, strict=True):
        assert token.id == target
        assert token.bits == pytest.approx(-row[target] / math.log(2), abs=1e-4)
        assert token.entropy == pytest.approx(-(np.exp(row) * row).sum() / math.log(2), abs=1e-4)
        assert abs(token.rank - 1 - int((row > row[target] + 1e-5).sum())) <= int((abs(row - row[target]) < 1e-5).sum())
        assert [a.probability for a in token.alternatives] == pytest.approx(sorted(np.exp(row))[:-9:-1], abs=1e-5)


def test_totals_follow_the_definition_of_bits_per_byte(any_loaded):
    score = score_text(any_loaded.model, any_loaded.tokenizer, TEXT)
    nats = [-row[target] for target, row in brute_force(any_loaded, TEXT)]
    assert score.size_bytes == len(TEXT.encode())
    assert score.bits_per_byte == pytest.approx(sum(nats) / math.log(2) / len(TEXT.encode()), rel=1e-5)
    assert score.perplexity == pytest.approx(math.exp(sum(nats) / len(nats)), rel=1e-5)


def test_totals_alone_equal_totals_with_details(any_loaded):
    whole, totals = (score_text(any_loaded.model, any_loaded.tokenizer, TEXT, details=each) for each in (True, False))
    assert totals.tokens == ()
    assert (totals.n_tokens, totals.size_bytes) == (whole.n_tokens, whole.size_bytes)
    assert totals.total_bits == pytest.approx(whole.total_bits, rel=1e-5)


@pytest.mark.parametrize("at_once", [1, 12, 40])
def test_a_long_text_in_pieces_scores_as_the_whole(any_loaded, monkeypatch, at_once):
    whole = score_text(any_loaded.model, any_loaded.tokenizer, TEXT * 3, details=False)
    monkeypatch.setattr(scoring, "SCORED_AT_ONCE", at_once)
    pieces = score_text(any_loaded.model, any_loaded.tokenizer, TEXT * 3, details=False)
    assert pieces.total_bits == pytest.approx(whole.total_bits, rel=1e-6)


def test_a_model_without_short_cuts_scores_the_same(loaded):
    fast = score_text(loaded.model, loaded.tokenizer, TEXT)
    slow = score_text(OneByOne(loaded.model), loaded.tokenizer, TEXT)
    assert [t.bits for t in slow.tokens] == pytest.approx([t.bits for t in fast.tokens], abs=1e-4)


def test_the_spans_cover_the_text_in_order(loaded):
    tokens = score_text(loaded.model, loaded.tokenizer, TEXT).tokens
    assert tokens[0].start == 0
    assert all(a.end == b.start for a, b in pairwise(tokens))
    assert (tokens[-1].start, tokens[-1].end, tokens[-1].id) == (len(TEXT), len(TEXT), 2)


def test_what_is_out_of_reach_is_what_no_longer_changes_the_prediction(loaded):
    ids = [1, *map(int, loaded.tokenizer.encode(TEXT))]
    for count in (5, 24, 25, 36, 37, 48, 49, len(ids)):
        lost = out_of_reach(loaded.model, count)
        before, _ = loaded.model.next_log_probs(ids[:count])
        for place, changes in ((lost - 1, False), (lost, True)):
            if place >= 0:
                other = [*ids[:place], 17, *ids[place + 1:count]]
                after, _ = loaded.model.next_log_probs(other)
                assert (not np.allclose(before, after, atol=1e-6)) == changes


def test_an_n_gram_sees_one_token_less_than_its_order(ngram):
    ids = [1, *range(4, 20)]
    assert [out_of_reach(ngram, count) for count in (1, 4, 5, 17)] == [0, 0, 1, 13]
    alone, whole = ngram.next_log_probs(ids[13:])[0], ngram.next_log_probs(ids)[0]
    assert np.array_equal(alone, whole)


def test_an_empty_text_and_a_stop_are_said(loaded):
    with pytest.raises(EngineError, match="no text"):
        score_text(loaded.model, loaded.tokenizer, "")
    with pytest.raises(Stopped):
        score_text(loaded.model, loaded.tokenizer, TEXT, Work(is_stopping=lambda: True))


def test_half_a_surrogate_pair_does_no_harm(loaded):
    assert score_text(loaded.model, loaded.tokenizer, "a\ud800b").tokens[-1].start == 3
