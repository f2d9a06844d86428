"""Writing token by token, on a model small enough to work out by hand."""

from __future__ import annotations

import math
import random
from collections import Counter

import numpy as np
import pytest

from engine.errors import EngineError
from engine.generation.sampler import described, draw, entropy_bits, generate, likeliest
from engine.generation.spec import PRESETS, SamplingSpec, preset_of, with_preset
from engine.settings import changed

PLAIN = SamplingSpec(temperature=1, top_k=100_000, top_p=1, repetition_penalty=1, max_tokens=50)


class Bigram:
    """Knows only the last token; its state is how many it has read, to see that each is read once."""

    def __init__(self, seed: int = 0, vocab_size: int = 12, end_score: float = -9.0) -> None:
        scores = np.random.default_rng(seed).normal(0, 2, (vocab_size, vocab_size))
        scores[:, 2] = end_score
        self.table = (scores - np.log(np.exp(scores).sum(1, keepdims=True))).astype(np.float32)
        self.vocab_size = vocab_size
        self.read: list[int] = []

    def next_log_probs(self, ids, state=None):
        self.read += list(ids)
        return self.table[ids[-1]], (state or 0) + len(ids)


def ids_of(model, spec, prompt=(1, 5)):
    return [each.id for each in generate(model, prompt, spec)]


def test_the_same_seed_writes_the_same_text_and_another_seed_another():
    assert ids_of(Bigram(), PLAIN) == ids_of(Bigram(), PLAIN)
    assert ids_of(Bigram(), PLAIN) != ids_of(Bigram(), changed(PLAIN, "seed", 43))


def test_every_token_is_read_exactly_once():
    model = Bigram()
    written = ids_of(model, PLAIN)
    assert model.read == [1, 5, *written[:-1]]


def test_temperature_zero_takes_the_likeliest_token_every_time():
    model = Bigram()
    last = 5
    for each in generate(model, [1, 5], changed(PLAIN, "temperature", 0)):
        allowed = [-math.inf if i in (0, 1, 3) else value for i, value in enumerate(model.table[last])]
        assert each.id == int(np.argmax(allowed))
        last = each.id


def test_what_is_no_text_is_never_written():
    written = [token for seed in range(20) for token in ids_of(Bigram(), changed(PLAIN, "seed", seed))]
    assert not {0, 1, 3} & set(written)


def test_the_end_of_a_document_ends_the_writing_and_is_the_last_token():
    model = Bigram(end_score=3.0)
    tokens = list(generate(model, [1], PLAIN))
    assert len(tokens) < 50
    assert [each.is_end for each in tokens] == [False] * (len(tokens) - 1) + [True]


def test_a_stop_is_heard_between_tokens():
    answers = iter([False, False, False, True])
    assert len(list(generate(Bigram(), [1], PLAIN, lambda: next(answers)))) == 3


def test_writes_as_often_as_the_model_says():
    model = Bigram(seed=4)
    counts = Counter(next(generate(model, [1, 7], changed(PLAIN, "seed", seed))).id for seed in range(4000))
    allowed = np.exp(model.table[7].astype(np.float64))
    allowed[[0, 1, 3]] = 0
    expected = allowed / allowed.sum()
    chi_square = sum((counts[i] - 4000 * expected[i]) ** 2 / (4000 * expected[i]) for i in range(12) if expected[i])
    assert chi_square < 26  # 8 degrees of freedom: exceeded once in a thousand


def test_a_number_from_zero_to_one_falls_where_the_gathered_probability_says():
    scores = np.log(np.array([0.1, 0.0 + 1e-300, 0.2, 0.3]) * 5).astype(np.float64)
    scores[1] = -np.inf
    for uniform, expected in [(0.0, 0), (0.16, 0), (0.17, 2), (0.49, 2), (0.51, 3), (0.9999999999999999, 3)]:
        assert draw(scores, uniform) == expected


def test_no_other_generator_is_touched():
    torch = pytest.importorskip("torch")
    random.seed(7)
    np.random.seed(7)
    torch.manual_seed(7)
    before = random.getstate(), np.random.get_state()[1].copy(), torch.get_rng_state().clone()
    ids_of(Bigram(), PLAIN)
    assert random.getstate() == before[0]
    assert np.array_equal(np.random.get_state()[1], before[1])
    assert torch.equal(torch.get_rng_state(), before[2])


def test_figures_of_a_token_are_those_of_the_model_before_the_filters():
    model = Bigram(seed=2)
    spec = changed(PLAIN, "top_k", 3)
    last = 5
    for each in generate(model, [1, 5], spec):
        row = model.table[last].astype(np.float64)
        order = sorted(range(12), key=lambda i: -row[i])
        assert each.log_prob == pytest.approx(row[each.id])
        assert each.bits == pytest.approx(-row[each.id] / math.log(2))
        assert each.rank == order.index(each.id) + 1
        assert each.entropy == pytest.approx(-sum(math.exp(x) * x for x in row) / math.log(2), rel=1e-5)
        assert [a.id for a in each.alternatives] == order[:8]
        assert [a.probability for a in each.alternatives] == pytest.approx([math.exp(row[i]) for i in order[:8]])
        allowed = [i for i in order if i not in (0, 1, 3)][:3]
        assert [a.kept for a in each.alternatives] == [i in allowed for i in order[:8]]
        last = each.id


def test_equals_are_listed_by_their_ids_and_an_impossible_token_is_infinitely_surprising():
    log_probs = np.log(np.array([0.25, 0.0, 0.25, 0.25, 0.25], dtype=np.float32), where=[True, False, *[True] * 3],
                       out=np.full(5, -np.inf, np.float32))
    assert list(likeliest(log_probs, 3)) == [0, 2, 3]
    assert entropy_bits(log_probs) == pytest.approx(2)
    assert described(log_probs, 1).bits == math.inf


def test_wrong_prompts_and_settings_are_named():
    with pytest.raises(EngineError, match="nothing to continue"):
        list(generate(Bigram(), [], PLAIN))
    with pytest.raises(EngineError, match="no token 12"):
        list(generate(Bigram(), [1, 12], PLAIN))
    with pytest.raises(EngineError, match="stop"):
        list(generate(Bigram(), [1], changed(PLAIN, "stop", ["x"] * 17)))
    for path, value in [("max_tokens", 10**12), ("temperature", math.nan), ("temperature", -1), ("top_k", 0),
                        ("top_p", 1.5), ("seed", -1), ("repetition_penalty", 0.5)]:
        with pytest.raises(EngineError, match=path):
            changed(PLAIN, path, value)


def test_a_model_that_went_astray_is_said_to_have():
    model = Bigram()
    model.table[:] = np.nan
    with pytest.raises(EngineError, match="no token a probability"):
        list(generate(model, [1], PLAIN))


def test_presets_change_the_sliders_and_nothing_else():
    spec = SamplingSpec(seed=5, max_tokens=9, stop=("x",))
    assert preset_of(SamplingSpec()) == "Balanced"
    for name in PRESETS:
        chosen = with_preset(spec, name)
        assert preset_of(chosen) == name
        assert (chosen.seed, chosen.max_tokens, chosen.stop) == (5, 9, ("x",))
    assert preset_of(changed(spec, "temperature", 0.77)) is None
