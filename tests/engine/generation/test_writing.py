"""Tokens become text: whole characters, spans, stop texts, reasons."""

from __future__ import annotations

import numpy as np
import pytest

from engine.generation.spec import SamplingSpec
from engine.generation.writing import Writing, write
from engine.settings import changed

SPEC = SamplingSpec(max_tokens=120, temperature=1.5, top_k=100_000, top_p=1)


class Recites:
    """Writes given ids, whatever it reads."""

    def __init__(self, ids, vocab_size):
        self.ids, self.vocab_size = list(ids), vocab_size

    def next_log_probs(self, ids, state=None):
        place = 0 if state is None else state
        scores = np.full(self.vocab_size, -40.0, np.float32)
        scores[self.ids[place]] = 0
        return scores, place + 1


def recited(tokenizer, text, spec=SPEC, end=True):
    ids = [*map(int, tokenizer.encode(text)), *([2] if end else [])]
    writing = Writing(Recites(ids, tokenizer.vocab_size), tokenizer, [], changed(spec, "repetition_penalty", 1))
    return list(writing), writing


@pytest.mark.parametrize("text", ["The fox 掌柜笑着说：龘龘 \U0001f98a.\n\n▁end", "x", "龘"])
def test_characters_come_whole_and_every_token_knows_its_own(tokenizer, text):
    pieces, writing = recited(tokenizer, text)
    assert "".join(piece.text for piece in pieces) + writing.rest == text
    assert all("\ufffd" not in piece.text for piece in pieces)
    assert [(piece.token.id, piece.start, piece.end) for piece in pieces[:-1]] == tokenizer.spans(text)
    assert writing.reason == "end" and pieces[-1].token.is_end and pieces[-1].text == ""


def test_a_stop_text_over_several_tokens_ends_the_writing_before_it(tokenizer):
    text = "The guest of house 5 brought tea."
    pieces, writing = recited(tokenizer, text, changed(SPEC, "stop", ["house 5 br", "5 br"]))
    assert "".join(piece.text for piece in pieces) + writing.rest == "The guest of "
    assert writing.reason == "stop"


def test_what_only_began_like_a_stop_text_is_given_at_the_end(tokenizer):
    pieces, writing = recited(tokenizer, "The guest of", changed(SPEC, "stop", ["of course"]))
    assert "".join(piece.text for piece in pieces) + writing.rest == "The guest of"
    assert writing.rest == "of" or pieces[-1].text.endswith("of")
    assert writing.reason == "end"


def test_a_character_that_never_became_whole_is_marked(tokenizer):
    ids = [int(each) for each in tokenizer.encode("龘")][:-1]
    writing = Writing(Recites(ids, tokenizer.vocab_size), tokenizer, [], changed(SPEC, "max_tokens", len(ids)))
    assert [piece.text for piece in writing] == [""] * len(ids)
    assert (writing.rest, writing.reason) == ("\ufffd", "length")


def test_the_reason_is_length_or_cancelled(loaded):
    spec = changed(SPEC, "max_tokens", 5)
    for stop_after, reason in ((99, "length"), (3, "cancelled")):
        count = iter(range(100))
        writing = Writing(loaded.model, loaded.tokenizer, [], spec, lambda: next(count) >= stop_after)  # noqa: B023
        n_tokens = sum(1 for _ in writing)
        assert (n_tokens, writing.reason) == (min(5, stop_after), reason)


def test_a_real_model_writes_the_same_again_and_goes_on_from_its_own_words(any_loaded):
    prompt = "The fox"
    whole = "".join(piece.text for piece in write(any_loaded, prompt, SPEC))
    assert whole == "".join(piece.text for piece in write(any_loaded, prompt, SPEC))
    assert whole != "".join(piece.text for piece in write(any_loaded, prompt, changed(SPEC, "seed", 1)))
