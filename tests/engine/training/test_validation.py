"""The check on unseen text: the same as asking for one token after another."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
import torch

from engine.errors import EngineError
from engine.models.kinds.ngram.spec import NGramSpec
from engine.runs.folder import RunFolder
from engine.tokenizers.token_file import TokenFile
from engine.training import checkpoint
from engine.training.baseline import score_baseline
from engine.training.validation import ValidationText
from engine.work import Work
from tests.engine.training.small_training import TINY, Bench, changed_spec


def _brute_force(network: torch.nn.Module, text: ValidationText, ids: np.ndarray) -> float:
    """Each token by itself, after all that its window has before it."""
    network.eval()
    nats = []
    with torch.no_grad():
        for window in text.windows:
            for place in range(window.start + window.context + 1, window.end):
                if ids[place] != 1:
                    before = torch.from_numpy(ids[window.start:place].astype(np.int64))[None]
                    nats.append(-float(network(before)[0, -1].log_softmax(-1)[int(ids[place])]))
    network.train()
    return float(np.mean(nats))


@pytest.mark.parametrize("most", [None, 200])
def test_it_equals_one_token_after_another(bench: Bench, most: int | None) -> None:
    ids = np.asarray(TokenFile(bench.tokens, "validation").ids)
    model = changed_spec(TINY, dropout=0.3)
    network = model.build(bench.tokenizer.vocab_size, 3)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(0.3 * torch.randn(parameter.shape, generator=torch.Generator().manual_seed(1)))
    text = ValidationText(ids, model.context_length, most)
    assert text.loss(network, 7, "cpu") == pytest.approx(_brute_force(network, text, ids), rel=1e-5)
    assert text.is_all == (most is None)


def test_it_draws_no_random_number_and_leaves_training_on(bench: Bench) -> None:
    network = TINY.build(bench.tokenizer.vocab_size, 3)
    network.train()
    before = torch.get_rng_state()
    ValidationText(TokenFile(bench.tokens, "validation").ids, 16).loss(network, 4, "cpu")
    assert torch.equal(before, torch.get_rng_state()) and network.training


def test_the_mask_names_the_tokens_that_count(bench: Bench) -> None:
    ids = np.asarray(TokenFile(bench.tokens, "validation").ids)
    whole = ValidationText(ids, 16).mask
    np.testing.assert_array_equal(whole, ids[1:] != 1)
    part = ValidationText(ids, 16, 100).mask
    assert 0 < part.sum() < 160 and not (part & ~whole).any()


@pytest.mark.parametrize("length", [0, 1])
def test_a_text_too_short_to_check_is_refused(length: int) -> None:
    with pytest.raises(EngineError, match=f"has {length} tokens"):
        ValidationText(np.full(length, 5, np.uint16), 16)


def test_the_baseline_is_scored_on_the_same_tokens(bench: Bench, new_run: Callable[..., RunFolder]) -> None:
    run = new_run()
    ids = np.asarray(bench.texts.validation.ids, dtype=np.int64)
    validation = ValidationText(ids, 16, 150)
    scored = score_baseline(bench.texts, validation, run.checkpoints, Work(), 60.0)
    saved = checkpoint.load(run.checkpoints / checkpoint.BASELINE)
    model = NGramSpec(order=5).load(bench.tokenizer.vocab_size, saved.part("model."))
    starts = [int(each) for each in bench.texts.validation.document_starts]
    nats = []
    for place in np.flatnonzero(validation.mask) + 1:
        first = max(start for start in starts if start < place)
        nats.append(-float(model.next_log_probs(ids[first:place].tolist())[0][ids[place]]))
    assert scored.loss == pytest.approx(np.mean(nats), rel=1e-5)
    bytes_per_token = bench.texts.validation.bytes_per_token
    assert scored.bits_per_byte == pytest.approx(scored.loss / math.log(2) / bytes_per_token)
    assert checkpoint.list_checkpoints(run.checkpoints) == []
