"""The most similar text and the likeliest answer, against the slow way."""

from __future__ import annotations

import itertools
import math
import random
from collections import Counter

import numpy as np
import pytest

from engine.evaluation.nearest import Nearest
from engine.generation.beam import beam_search
from engine.tokenizers.tokenizer import BOS_ID, EOS_ID
from engine.work import Stopped

WORDS = "open close save the a file menu window 打开 关闭 保存 文件 菜单 窗口".split()


def grams(text: str) -> Counter[str]:
    text = text.lower()
    triples = [text[place:place + 3] for place in range(len(text) - 2)]
    pairs = [text[place:place + 2] for place in range(len(text) - 1)]
    return Counter([*triples, *(pair for pair in pairs if not pair.isascii()), *([text] if len(text) == 1 else [])])


def slow_scores(texts: list[str], asked: str) -> list[float]:
    """BM25 as its formula is written."""
    bags = [grams(text) for text in texts]
    mean = sum(bag.total() for bag in bags) / len(bags)
    found = []
    for bag in bags:
        score = 0.0
        for gram in grams(asked):
            have = sum(gram in each for each in bags)
            idf = math.log(1 + (len(bags) - have + 0.5) / (have + 0.5))
            score += idf * bag[gram] * 2.2 / (bag[gram] + 1.2 * (0.25 + 0.75 * bag.total() / mean))
        found.append(score)
    return found


def test_the_scores_are_those_of_the_formula():
    chance = random.Random(1)
    texts = [" ".join(chance.choices(WORDS, k=chance.randint(1, 9))) for _ in range(60)]
    nearest = Nearest(texts)
    for _ in range(20):
        asked = " ".join(chance.choices(WORDS, k=4))
        assert nearest.scores(asked) == pytest.approx(slow_scores(texts, asked), rel=1e-5)


def test_a_text_is_most_similar_to_itself():
    texts = [" ".join(each) for each in itertools.combinations(WORDS, 3)]
    nearest = Nearest(texts)
    assert [nearest.find(text) for text in texts[::37]] == list(range(0, len(texts), 37))


def test_nothing_in_common_and_nothing_at_all_give_the_first():
    assert Nearest(["abc def"]).find("xyz") == 0 and Nearest([]).find("xyz") == 0
    assert Nearest(["", "a"]).find("") == 0


class Table:
    """A model of seven tokens whose probabilities depend on all tokens so far; its state is the text."""

    vocab_size = 7

    def next_log_probs(self, ids, state=None):
        text = (*(state or ()), *ids)
        scores = np.random.default_rng(list(text)).normal(0, 2, self.vocab_size).astype(np.float32)
        return scores - np.log(np.exp(scores).sum()), text


WRITABLE = (EOS_ID, 4, 5, 6)


def best_of_all(length: int, penalty: float) -> list[int]:
    """The best answer of at most so many tokens, by trying every one."""
    found = []
    for count in range(length + 1):
        for ids in itertools.product(WRITABLE[1:], repeat=count):
            model, total, text = Table(), 0.0, [BOS_ID]
            for each in (*ids, EOS_ID)[:length]:
                total += float(model.next_log_probs(text)[0][each])
                text.append(each)
            found.append((total / ((5 + min(count + 1, length)) / 6) ** penalty, list(ids)))
    return max(found)[1]


@pytest.mark.parametrize("penalty", [0.0, 1.0, 2.0])
def test_a_beam_as_wide_as_all_answers_finds_the_best(penalty):
    assert beam_search(Table(), [BOS_ID], 81, 4, penalty) == best_of_all(4, penalty)


def test_a_beam_of_one_takes_the_likeliest_token_each_time():
    text, written = [BOS_ID], []
    while len(written) < 12:
        log_probs = Table().next_log_probs(text)[0]
        token = max(WRITABLE, key=lambda each, log_probs=log_probs: log_probs[each])
        if token == EOS_ID:
            break
        written.append(token)
        text.append(token)
    assert beam_search(Table(), [BOS_ID], 1, 12) == written


def test_a_search_can_be_stopped():
    with pytest.raises(Stopped):
        beam_search(Table(), [BOS_ID], 2, 50, is_stopping=lambda: True)
