"""Texts that are never written, and answers from a list, whatever the tokens are."""

import numpy as np
import pytest

from engine.generation.sampler import filtered
from engine.generation.spec import SamplingSpec
from engine.generation.wording import Banned, OneOf
from engine.generation.writing import Writing
from engine.settings import from_plain

CONTENTS = [b"", b"", b"", b"", b"a", b"b", b"ab", b"ba", b"c", b"cab", b"bc"]


@pytest.mark.parametrize("banned", [("ab",), ("abc",), ("ba", "cc"), ("a",)])
def test_a_ban_forbids_exactly_the_tokens_that_would_complete_the_text(banned):
    chance = np.random.default_rng(1)
    rule = Banned(CONTENTS, banned)
    for _ in range(200):
        written = [1]
        for _ in range(6):
            before = b"".join(CONTENTS[each] for each in written).decode()
            kept = np.isfinite(rule.apply(np.zeros(len(CONTENTS), np.float32), written))
            for each in range(4, len(CONTENTS)):
                after = before + CONTENTS[each].decode()
                completes = any(after.count(text) > before.count(text) or text in after[len(before) - len(text) + 1:]
                                if before else text in after for text in banned)
                assert kept[each] != completes, (before, CONTENTS[each])
            possible = np.flatnonzero(kept)[2:]
            written.append(int(chance.choice(possible[possible > 3])) if (possible > 3).any() else 8)


def text_of(loaded, **sampling):
    ids = [int(each) for each in loaded.tokenizer.encode("The guest")]
    spec = from_plain(SamplingSpec, {"max_tokens": 40, "temperature": 1.0, "top_k": 1000, "top_p": 1.0, **sampling})
    writing = Writing(loaded.model, loaded.tokenizer, ids, spec)
    return "".join(piece.text for piece in writing) + writing.rest


def test_banned_letters_are_not_written(any_loaded):
    assert "e" in "".join(text_of(any_loaded, seed=seed) for seed in range(4))
    assert "e" not in "".join(text_of(any_loaded, seed=seed, ban=["e"]) for seed in range(4))


def test_the_answer_is_one_of_the_given_ones_and_likelier_ones_come_oftener(any_loaded):
    answers = [" brought tea", " master", "掌柜"]
    found = {text_of(any_loaded, seed=seed, choose=answers) for seed in range(8)}
    assert found <= set(answers) and found


def test_of_two_answers_where_one_begins_the_other_both_can_be_given():
    rule = OneOf(CONTENTS, ["a", "ab"], 1)
    assert np.flatnonzero(np.isfinite(rule.apply(np.zeros(11), [1]))).tolist() == [4, 6]
    assert np.flatnonzero(np.isfinite(rule.apply(np.zeros(11), [1, 4]))).tolist() == [2, 5]
    assert np.flatnonzero(np.isfinite(filtered(np.zeros(11, np.float32), [rule], [1, 6]))).tolist() == [2]
