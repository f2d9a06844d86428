"""The n-gram model against the textbook: a slow plain version, brute force, and nltk."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from itertools import pairwise

import numpy as np
import pytest

from engine.models.kinds.ngram.model import NGram
from engine.models.kinds.ngram.smoothing import discounts
from engine.models.kinds.ngram.spec import NGramSpec
from engine.work import Work

BOS, EOS = 1, 2
VOCAB = 14


def documents(seed: int, number: int = 60, longest: int = 30) -> list[list[int]]:
    """Texts with some structure: each token depends on the one before it."""
    generator = np.random.default_rng(seed)
    found = []
    for _ in range(number):
        document = [BOS]
        for _ in range(int(generator.integers(1, longest))):
            step = int(generator.geometric(0.4))
            document.append(4 + (document[-1] + step) % (VOCAB - 4))
        found.append([*document, EOS])
    return found


def joined(texts: list[list[int]]) -> np.ndarray:
    return np.array([token for text in texts for token in text], dtype=np.uint16)


def trained(texts: list[list[int]], order: int, **settings: int) -> NGram:
    return NGramSpec(order=order, **settings).count(joined(texts), VOCAB, Work())


class Textbook:
    """Interpolated modified Kneser-Ney, word for word after Chen and Goodman, with dictionaries and recursion."""

    def __init__(self, texts: list[list[int]], order: int, min_count: int = 1) -> None:
        raw = [Counter(tuple(text[i:i + n]) for text in texts for i in range(len(text) - n + 1))
               for n in range(1, order + 1)]
        self.order = order
        self.counts: list[dict[tuple[int, ...], int]] = []
        for n in range(1, order + 1):
            before = defaultdict(set)
            for longer in (raw[n] if n < order else ()):
                before[longer[1:]].add(longer[0])
            self.counts.append({gram: times if n == order or gram[0] == BOS else len(before[gram])
                                for gram, times in raw[n - 1].items()})
        self.counts[0].pop((BOS,))
        self.amounts = [discounts(np.array(list(counts.values())))[0] for counts in self.counts]
        self.kept = [{gram for gram, times in raw[n - 1].items() if n < 3 or times >= min_count}
                     for n in range(1, order + 1)]

    def probability(self, context: tuple[int, ...], token: int) -> float:
        """The probability of a token after a context."""
        context = context[max(0, len(context) - self.order + 1):]
        shorter = self.probability(context[1:], token) if context else 1 / VOCAB
        counts, (one, two, more) = self.counts[len(context)], self.amounts[len(context)]
        followers = {gram[-1]: times for gram, times in counts.items() if gram[:-1] == context}
        if not followers:
            return shorter
        total = sum(followers.values())
        kept = {each: times for each, times in followers.items() if (*context, each) in self.kept[len(context)]}
        taken = {each: (0, one, two, more)[min(3, times)] for each, times in kept.items()}
        own = (kept[token] - taken[token]) / total if token in kept else 0.0
        left = sum(taken.values()) + total - sum(kept.values())
        return own + left / total * shorter


@pytest.mark.parametrize("order", [1, 2, 3, 5])
def test_probabilities_are_those_of_the_textbook(order):
    texts = documents(seed=order)
    model, slow = trained(texts, order), Textbook(texts, order)
    for text in documents(seed=99, number=4):
        state = None
        for at in range(len(text) - 1):
            log_probs, state = model.next_log_probs([text[at]], state)
            context = tuple(text[:at + 1])
            expected = [slow.probability(context, token) for token in range(VOCAB)]
            assert np.exp(log_probs) == pytest.approx(expected, rel=1e-5)


def test_forgetting_rare_sequences_keeps_probabilities_whole_and_as_the_textbook_says():
    texts = documents(seed=8)
    whole, model, slow = trained(texts, 4), trained(texts, 4, min_count=3), Textbook(texts, 4, min_count=3)
    assert model.parameters < whole.parameters
    text = documents(seed=98, number=1)[0]
    for at in range(1, len(text)):
        log_probs, _ = model.next_log_probs(text[:at])
        assert np.exp(log_probs.astype(float)).sum() == pytest.approx(1, abs=1e-6)
        expected = [slow.probability(tuple(text[:at]), token) for token in range(VOCAB)]
        assert np.exp(log_probs) == pytest.approx(expected, rel=1e-5)


def test_every_distribution_sums_to_one():
    texts = documents(seed=3)
    model = trained(texts, 4)
    seen = {tuple(text[i:i + n]) for text in texts for n in (1, 2, 3) for i in range(len(text) - n + 1)}
    unseen = {(4, 4, 4), (13, 4, 13), (0,), (3, 3)}
    for context in seen | unseen:
        log_probs, _ = model.next_log_probs(context)
        assert np.exp(log_probs.astype(float)).sum() == pytest.approx(1, abs=1e-6)


def test_losses_of_a_whole_text_equal_those_token_by_token():
    model = trained(documents(seed=4), 5)
    ids = joined(documents(seed=5, number=6)).astype(np.int64)
    state, one_by_one = None, []
    for at in range(len(ids) - 1):
        log_probs, state = model.next_log_probs([int(ids[at])], state)
        one_by_one.append(-log_probs[ids[at + 1]])
    assert model.token_losses(ids) == pytest.approx(np.array(one_by_one), rel=1e-5)


def test_what_was_before_a_document_does_not_matter():
    model = trained(documents(seed=6), 5)
    alone, _ = model.next_log_probs([BOS, 5, 6])
    after_another, _ = model.next_log_probs([BOS, 9, 9, EOS, BOS, 5, 6])
    assert np.array_equal(alone, after_another)


def test_counts_do_not_cross_documents():
    texts = [[BOS, 4, 5, EOS], [BOS, 6, 7, EOS]] * 3
    model = trained(texts, 3)
    steps = model.explain([EOS, BOS])
    assert [step.context for step in steps] == [()]


@pytest.mark.filterwarnings("ignore:divide by zero")
def test_agrees_with_nltk_where_both_mean_the_same(monkeypatch):
    """nltk takes one discount from pairs and none from single tokens; given the same ones, both agree."""
    lm = pytest.importorskip("nltk.lm")
    amounts = iter([(0.0, 0.0, 0.0), (0.75, 0.75, 0.75)])
    monkeypatch.setattr("engine.models.kinds.ngram.smoothing.discounts_of", lambda numbers: (next(amounts), True))
    texts = documents(seed=7, number=5)
    model = trained(texts, 2)
    theirs = lm.KneserNeyInterpolated(2, discount=0.75)
    words = [[str(token) for token in text] for text in texts]
    theirs.fit([[*pairwise(text), *((word,) for word in text)] for text in words],
               vocabulary_text=[word for text in words for word in text])
    for before, token in {pair for text in texts for pair in pairwise(text)} | {(5, 13), (BOS, 4)}:
        log_probs, _ = model.next_log_probs([before])
        assert math.exp(log_probs[token]) == pytest.approx(theirs.score(str(token), [str(before)]), rel=1e-5)


def test_discounts_follow_chen_and_goodman_and_fall_back_when_they_cannot():
    adjusted = np.repeat([1, 2, 3, 4, 9], [100, 40, 20, 10, 5])
    y = 100 / 180
    (one, two, more), estimated = discounts(adjusted)
    assert estimated
    assert (one, two, more) == pytest.approx((1 - 2 * y * 40 / 100, 2 - 3 * y * 20 / 40, 3 - 4 * y * 10 / 20))
    assert discounts(np.array([1, 1, 5])) == ((0.5, 1.0, 1.5), False)


def test_a_short_text_says_that_its_smoothing_was_not_measured():
    said = []
    NGramSpec(order=3).count(np.array([BOS, 4, 5, EOS]), VOCAB, Work(report=said.append))
    notices = [event for event in said if event.name == "notice"]
    assert [notice.values for notice in notices] == [{"orders": "2, 3"}]


def test_ranks_do_not_overflow_with_a_large_vocabulary_and_order_eight():
    vocab = 120_000
    generator = np.random.default_rng(1)
    ids = np.concatenate([[BOS], generator.integers(vocab - 50, vocab, 3_000), [EOS]])
    model = NGramSpec(order=8).count(ids, vocab, Work())
    assert model.token_losses(ids).mean() < math.log(50)
    counted = {tuple(ids[i:i + 8].tolist()) for i in range(len(ids) - 7)}
    assert len(model.tables[7].keys) == len(counted)


def test_explains_a_probability_by_the_counts_behind_it():
    texts = [[BOS, 4, 5, 6, EOS], [BOS, 4, 5, 7, EOS], [BOS, 8, 5, 6, EOS]]
    model = trained(texts, 3)
    longest, pair, single = model.explain([BOS, 4, 5, 6])
    assert (longest.context, longest.seen, longest.followers, longest.count) == ((4, 5), 2, 2, 1)
    assert (pair.context, pair.followers, pair.count) == ((5,), 2, 2)  # 6 after "4 5" and after "8 5"
    assert (single.context, single.count) == ((), 1)  # 6 comes after 5 only
    log_probs, _ = model.next_log_probs([BOS, 4, 5])
    assert longest.probability == pytest.approx(math.exp(log_probs[6]), rel=1e-6)
    assert longest.probability == pytest.approx((1 - 0.5) / 2 + longest.back_off * pair.probability, rel=1e-6)


def test_an_order_unseen_context_is_left_out_of_the_explanation():
    model = trained(documents(seed=2), 4)
    assert model.explain([3, 3, 5])[0].context == ()
