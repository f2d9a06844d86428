"""What is advised must be trainable, fit the text, and grow with time."""

from __future__ import annotations

import pytest

from engine.models.kinds.transformer.advice import MOST_EPOCHS, advised, usual_optimizer
from engine.models.kinds.transformer.spec import TransformerSpec

CASES = [(tokens, vocab_size, seconds, speed) for tokens in (30, 400, 15_000, 262_000, 4_000_000, 300_000_000)
         for vocab_size in (300, 2000, 16_000) for seconds in (5.0, 300.0, 86_400.0) for speed in (1e10, 8e10, 1e14)]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_is_advised_can_be_built_and_read_in_time(case):
    tokens, vocab_size, seconds, speed = case
    advice = advised(*case)
    assert not advice.model.problems()
    assert advice.tokens <= MOST_EPOCHS * tokens
    assert advice.tokens * advice.model.size(vocab_size).flops_per_token <= seconds * speed * 1.001
    assert advice.model.context_length <= max(8, tokens // 8)


def test_more_time_or_a_faster_machine_never_makes_the_model_smaller():
    for tokens in (15_000, 262_000, 4_000_000):
        sizes = [advised(tokens, 2000, seconds, 8e10).model.d_model for seconds in (5, 60, 300, 3600, 36_000)]
        assert sizes == sorted(sizes)


def test_five_minutes_on_two_cores_give_a_novel_the_shape_that_was_measured_best():
    model = advised(262_000, 2000, 210, 7.4e10).model
    assert (model.n_layers, model.d_model, model.context_length) == (4, 128, 128)
    assert (model.ngram_orders, model.ngram_buckets) == (3, 8192)


def test_a_text_that_is_read_more_often_is_hidden_more():
    dropouts = [advised(tokens, 2000, 300, 8e10).model.dropout for tokens in (10_000_000, 1_000_000, 262_000, 20_000)]
    assert dropouts == sorted(dropouts) and dropouts[0] < dropouts[-1]


def test_every_reason_has_the_values_it_names():
    for reason in advised(262_000, 2000, 300, 8e10).reasons:
        assert reason.text.format(**reason.values)


def test_steps_are_small_where_there_is_little_to_read():
    assert TransformerSpec().usual_tokens_per_step(100_000) == 512
    assert TransformerSpec().usual_tokens_per_step(3_000_000) == 1024
    assert TransformerSpec().usual_tokens_per_step(1e9) == 65_536


def test_each_shape_has_an_optimizer():
    assert usual_optimizer("fast", 128).kind == "muon"
    assert usual_optimizer("llama", 128).main_rate > usual_optimizer("llama", 1024).main_rate > 0
