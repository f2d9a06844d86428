"""The hidden Markov model against hmmlearn, and against all walks of tiny models counted one by one."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from engine.errors import EngineError
from engine.models.kinds.hmm.estimation import Estimation, pieces_of
from engine.models.kinds.hmm.model import HiddenMarkovModel
from engine.models.kinds.hmm.spec import HmmSpec
from engine.tokenizers.tokenizer import BOS_ID
from engine.work import Work

VOCAB = 12


def text(seed: int, documents: int = 6, longest: int = 30) -> list[np.ndarray]:
    chance = np.random.default_rng(seed)
    return [4 + chance.integers(0, VOCAB - 4, chance.integers(1, longest)) ** 2 % (VOCAB - 4)
            for _ in range(documents)]


def joined(documents: list[np.ndarray]) -> np.ndarray:
    return np.concatenate([np.concatenate(([BOS_ID], each)) for each in documents])


def hmmlearn_of(model: HiddenMarkovModel, **settings):
    hmm = pytest.importorskip("hmmlearn.hmm")
    found = hmm.CategoricalHMM(model.n_states, init_params="", n_features=model.vocab_size, tol=-np.inf, **settings)
    found.startprob_, found.transmat_, found.emissionprob_ = model.start, model.transition, model.emission
    return found


@pytest.mark.parametrize("pseudo_count", [1e-9, 0.3])
@pytest.mark.parametrize("implementation", ["scaling", "log"])
def test_equal_steps_from_an_equal_start_give_the_likelihood_of_hmmlearn(pseudo_count, implementation):
    documents = text(1)
    spec = HmmSpec(n_states=4, method="batch", pseudo_count=pseudo_count)
    ours = Estimation(spec, spec.build(VOCAB, 3), joined(documents), 0, "cpu", None)
    prior = 1 + pseudo_count
    theirs = hmmlearn_of(ours.model, n_iter=7, implementation=implementation, startprob_prior=prior,
                         transmat_prior=prior, emissionprob_prior=prior)
    together, lengths = np.concatenate(documents)[:, None], [len(each) for each in documents]
    theirs.fit(together, lengths)
    nats = [ours.one_pass(number, Work()) for number in range(8)]
    assert -nats[7] * ours.tokens == pytest.approx(theirs.score(together, lengths), rel=1e-9)
    likelihoods = -np.array(nats[:7]) * ours.tokens
    if pseudo_count < 1e-6:
        assert likelihoods == pytest.approx(np.array(theirs.monitor_.history), rel=1e-9)
        assert (np.diff(likelihoods) > 0).all()


def walks(model: HiddenMarkovModel, tokens: np.ndarray) -> dict[tuple[int, ...], float]:
    """The probability of every walk of hidden states together with the tokens."""
    found = {}
    for states in itertools.product(range(model.n_states), repeat=len(tokens)):
        chance = model.start[states[0]] * model.emission[states[0], tokens[0]]
        for before, after, token in zip(states, states[1:], tokens[1:], strict=False):
            chance *= model.transition[before, after] * model.emission[after, token]
        found[states] = chance
    return found


@pytest.mark.parametrize("seed", range(3))
def test_scores_and_the_likeliest_walk_are_those_of_all_walks_together(seed):
    model = HiddenMarkovModel.of_chance(3, VOCAB, seed)
    tokens = np.random.default_rng(seed).integers(4, VOCAB, 7)
    every = walks(model, tokens)
    assert model.token_losses(joined([tokens])).sum() == pytest.approx(-np.log(sum(every.values())), rel=1e-6)
    states, found = model.walk(joined([tokens, tokens]))
    likeliest = max(every, key=lambda each: every[each])
    assert states.tolist() == [-1, *likeliest, -1, *likeliest]
    assert found == pytest.approx(2 * np.log(every[likeliest]), rel=1e-9)


def test_one_step_counts_what_all_walks_do_together():
    spec = HmmSpec(n_states=2, method="batch", pseudo_count=1e-9)
    tokens = np.array([5, 7, 5, 9, 7])
    learner = Estimation(spec, spec.build(VOCAB, 1), joined([tokens]), 0, "cpu", None)
    every = walks(learner.model, tokens)
    moves, total = np.zeros((2, 2)), sum(every.values())
    for states, chance in every.items():
        for before, after in itertools.pairwise(states):
            moves[before, after] += chance / total
    learner.one_pass(0, Work())
    assert learner.model.transition == pytest.approx(moves / moves.sum(1, keepdims=True), abs=1e-7)


def test_the_walk_is_that_of_hmmlearn():
    model = HiddenMarkovModel.of_chance(5, VOCAB, 2)
    documents = text(4)
    found, lengths = model.walk(joined(documents)), [len(each) for each in documents]
    log_probability, states = hmmlearn_of(model).decode(np.concatenate(documents)[:, None], lengths)
    assert found[1] == pytest.approx(log_probability, rel=1e-9)
    assert found[0][found[0] >= 0].tolist() == states.tolist()


def test_renewing_after_each_batch_learns_sooner_than_after_each_pass():
    documents = [np.tile([5, 6, 7, 8], 8)] * 120
    nats = {}
    for method in ("batch", "online"):
        spec = HmmSpec(n_states=4, method=method)
        learner = Estimation(spec, spec.build(VOCAB, 1), joined(documents), 0, "cpu", 1)
        for number in range(6):
            nats[method] = learner.one_pass(number, Work())
    assert nats["online"] < nats["batch"]


@pytest.mark.parametrize("method", ["batch", "online"])
def test_going_on_from_saved_tables_gives_the_same_bits(method):
    spec = HmmSpec(n_states=4, method=method)
    ids = joined(text(5, documents=40))

    def fresh() -> Estimation:
        return Estimation(spec, spec.build(VOCAB, 1), ids, 7, "cpu", 1)

    whole, first, second = fresh(), fresh(), fresh()
    for number in range(4):
        whole.one_pass(number, Work())
    for number in range(2):
        first.one_pass(number, Work())
    second.load(first.model, first.tensors())
    for number in range(2, 4):
        second.one_pass(number, Work())
    for name, table in whole.model.tensors().items():
        np.testing.assert_array_equal(table, second.model.tensors()[name])


def test_pieces_cover_all_documents_without_their_beginnings():
    documents = text(6, documents=9)
    pieces = pieces_of(joined(documents), 8)
    assert sum(piece.ids.size for piece in pieces) == sum(map(len, documents))
    assert sum(int(piece.is_first.sum()) for piece in pieces) == len(documents)
    assert sorted(token for piece in pieces for token in piece.ids.flatten()) == sorted(np.concatenate(documents))


def test_a_text_without_tokens_is_refused():
    spec = HmmSpec(n_states=2)
    with pytest.raises(EngineError):
        Estimation(spec, spec.build(VOCAB, 1), np.array([BOS_ID, BOS_ID]), 0, "cpu", None)


def test_a_state_tells_its_favourites():
    model = HiddenMarkovModel(np.ones(1), np.ones((1, 1)), np.array([[0.1, 0.6, 0.3]]))
    assert model.favourites(0, 2) == [(1, 0.6), (2, 0.3)]
