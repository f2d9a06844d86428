"""Witten-Bell, stupid back-off and add-k against slow plain versions and, where it has them, nltk."""

from __future__ import annotations

import functools
import math
from collections import Counter
from itertools import pairwise

import numpy as np
import pytest

from engine.models.kinds.ngram.model import NGram
from engine.models.kinds.ngram.spec import NGramSpec
from engine.work import Work
from tests.engine.models.test_ngram import BOS, VOCAB, documents, joined

SMOOTHINGS = ["witten-bell", "stupid-back-off", "add-k"]
K = 0.3


def trained(texts: list[list[int]], order: int, smoothing: str, min_count: int = 1) -> NGram:
    spec = NGramSpec(order=order, smoothing=smoothing, added_count=K, min_count=min_count)
    return spec.count(joined(texts), VOCAB, Work())


class Textbook:
    """Each smoothing by its formula, with dictionaries and recursion."""

    def __init__(self, texts: list[list[int]], order: int, min_count: int = 1) -> None:
        self.order = order
        self.counts = Counter(tuple(text[i:i + n]) for text in texts for n in range(1, order + 1)
                              for i in range(len(text) - n + 1))
        del self.counts[(BOS,)]
        self.kept = {gram: times for gram, times in self.counts.items() if len(gram) < 3 or times >= min_count}

    @functools.lru_cache(None)  # noqa: B019
    def followers(self, context: tuple[int, ...]) -> tuple[dict[int, int], int]:
        """The followers that are kept, and the counts of those that are not."""
        every = {gram[-1]: times for gram, times in self.counts.items() if gram[:-1] == context}
        kept = {each: times for each, times in every.items() if (*context, each) in self.kept}
        return kept, sum(every.values()) - sum(kept.values())

    def distribution(self, smoothing: str, context: tuple[int, ...]) -> list[float]:
        """The probability of every token after a context."""
        context = context[max(0, len(context) - self.order + 1):]
        if smoothing == "stupid-back-off":
            scores = [self.score(context, token) for token in range(VOCAB)]
            return [score / sum(scores) for score in scores]
        return [getattr(self, smoothing.replace("-", "_"))(context, token) for token in range(VOCAB)]

    def witten_bell(self, context: tuple[int, ...], token: int) -> float:
        shorter = self.witten_bell(context[1:], token) if context else 1 / VOCAB
        kept, forgotten = self.followers(context)
        if not kept:
            return shorter
        total, new = sum(kept.values()) + forgotten, len(kept)
        return (kept.get(token, 0) + (new + forgotten) * shorter) / (total + new)

    def add_k(self, context: tuple[int, ...], token: int) -> float:
        kept, forgotten = self.followers(context)
        if not kept:
            return self.add_k(context[1:], token)
        total = sum(kept.values()) + forgotten
        return (kept.get(token, 0) + K + forgotten / VOCAB) / (total + K * VOCAB)

    def score(self, context: tuple[int, ...], token: int) -> float:
        kept, _ = self.followers(context)
        if token in kept:
            return kept[token] / sum(kept.values())
        return 0.4 * (self.score(context[1:], token) if context else 1 / VOCAB)


@pytest.mark.parametrize("smoothing", SMOOTHINGS)
@pytest.mark.parametrize(("order", "min_count"), [(1, 1), (2, 1), (3, 1), (4, 3), (5, 1)])
def test_probabilities_are_those_of_the_textbook(smoothing, order, min_count):
    texts = documents(seed=order)
    model, slow = trained(texts, order, smoothing, min_count), Textbook(texts, order, min_count)
    for text in [*documents(seed=99, number=3), [BOS, 3, 4, 0, 5]]:
        state = None
        for at in range(len(text) - 1):
            log_probs, state = model.next_log_probs([text[at]], state)
            assert np.exp(log_probs.astype(float)).sum() == pytest.approx(1, abs=1e-6)
            assert np.exp(log_probs) == pytest.approx(slow.distribution(smoothing, tuple(text[:at + 1])), rel=1e-5)


@pytest.mark.parametrize("smoothing", SMOOTHINGS)
class TestEverySmoothing:
    def test_losses_of_a_whole_text_equal_those_token_by_token(self, smoothing):
        model = trained(documents(seed=4), 4, smoothing, min_count=2)
        ids = np.append(joined(documents(seed=5, number=6)), [3, 4, 5]).astype(np.int64)
        state, one_by_one = None, []
        for before, after in pairwise(ids.tolist()):
            log_probs, state = model.next_log_probs([before], state)
            one_by_one.append(-log_probs[after])
        assert model.token_losses(ids) == pytest.approx(np.array(one_by_one), rel=1e-5)

    def test_comes_back_from_its_tensors(self, smoothing):
        spec = NGramSpec(order=3, smoothing=smoothing)
        model = spec.count(joined(documents(seed=1)), VOCAB, Work())
        ids = joined(documents(seed=2, number=3)).astype(np.int64)
        again = spec.load(VOCAB, model.tensors())
        assert np.array_equal(again.token_losses(ids), model.token_losses(ids))
        assert again.explain([BOS, 5, 6]) == model.explain([BOS, 5, 6])

    def test_explains_the_probability_it_gives(self, smoothing):
        model = trained(documents(seed=3), 4, smoothing)
        for ids in documents(seed=6, number=3):
            log_probs, _ = model.next_log_probs(ids[:-1])
            step = model.explain(ids)[0]
            assert step.probability == pytest.approx(math.exp(log_probs[ids[-1]]), rel=1e-5)


@pytest.mark.filterwarnings("ignore:divide by zero")
def test_witten_bell_agrees_with_nltk_given_the_same_single_tokens(monkeypatch):
    """nltk does not mix chance into single tokens; all longer orders are computed on its own."""
    lm = pytest.importorskip("nltk.lm")
    texts = documents(seed=7, number=12)
    model = trained(texts, 3, "witten-bell")
    alone = np.exp(trained(texts, 1, "witten-bell").next_log_probs([BOS])[0].astype(float))
    theirs = lm.WittenBellInterpolated(3)
    theirs.fit(*_for_nltk(texts, 3))
    monkeypatch.setattr(theirs.estimator, "unigram_score", lambda word: alone[int(word)])
    for text in texts:
        for before in pairwise(text[:-1]):
            log_probs, _ = model.next_log_probs(list(before))
            found = [theirs.score(str(token), [str(each) for each in before]) for token in range(4, VOCAB)]
            assert np.exp(log_probs[4:]) == pytest.approx(found, rel=1e-5)


def test_add_k_agrees_with_nltk_after_contexts_that_were_seen():
    lm = pytest.importorskip("nltk.lm")
    texts = documents(seed=8, number=40)
    texts.append([BOS, *range(4, VOCAB), 3, 2])  # every token but 0: nltk has an unknown word of its own
    model = trained(texts, 3, "add-k")
    theirs = lm.Lidstone(K, 3)
    theirs.fit(*_for_nltk(texts, 3))
    assert len(theirs.vocab) == VOCAB
    for text in texts:
        for before in pairwise(text[:-1]):
            log_probs, _ = model.next_log_probs(list(before))
            found = [theirs.score(str(token), [str(each) for each in before]) for token in range(2, VOCAB)]
            assert np.exp(log_probs[2:]) == pytest.approx(found, rel=1e-5)


def _for_nltk(texts, order):
    words = [[str(token) for token in text] for text in texts]
    grams = [[tuple(text[i:i + n]) for n in range(1, order + 1) for i in range(len(text) - n + 1)] for text in words]
    return grams, [word for text in words for word in text]


def test_kneser_ney_predicts_unseen_text_best():
    texts, unseen = documents(seed=1, number=300), joined(documents(seed=2, number=50)).astype(np.int64)
    losses = {each: trained(texts, 4, each).token_losses(unseen).mean() for each in ("kneser-ney", *SMOOTHINGS)}
    assert min(losses, key=losses.__getitem__) == "kneser-ney"
