"""What every sampling filter must do, and each one against a slow plain version and another library."""

from __future__ import annotations

import math

import numpy as np
import pytest

from engine.generation.filter import SamplingFilter
from engine.generation.filters.frequency_penalty import FrequencyPenalty
from engine.generation.filters.min_p import MinP
from engine.generation.filters.presence_penalty import PresencePenalty
from engine.generation.filters.repetition_penalty import RepetitionPenalty
from engine.generation.filters.temperature import Temperature
from engine.generation.filters.top_k import TopK
from engine.generation.filters.top_p import TopP
from engine.generation.filters.typical import Typical
from engine.generation.spec import SamplingSpec
from engine.settings import fields_of, from_plain, members_of, to_plain

NEVER = -math.inf


def log_probs_of(seed: int, size: int = 50, ruled_out: int = 0) -> np.ndarray:
    generator = np.random.default_rng(seed)
    scores = generator.normal(0, 3, size).astype(np.float32)
    scores[generator.permutation(size)[:ruled_out]] = NEVER
    return (scores - np.log(np.exp(scores).sum())).astype(np.float32)


def lowest_and_highest(kind: type[SamplingFilter]) -> list[SamplingFilter]:
    """The filter with its defaults, all settings lowest, and all highest."""
    ends = [{f.name: end for f in fields_of(kind)} for end in ("low", "high")]
    return [kind(), *(from_plain(kind, {f.name: getattr(f, end[f.name]) for f in fields_of(kind)}) for end in ends)]


@pytest.mark.parametrize("kind", members_of(SamplingFilter), ids=lambda kind: kind.kind)
class TestEverySamplingFilter:
    def test_leaves_something_to_choose_from(self, kind):
        for each in lowest_and_highest(kind):
            for scores in (log_probs_of(1), log_probs_of(2, ruled_out=49), np.zeros(9, np.float32)):
                assert np.isfinite(each.apply(scores, [1, 2, 3])).any()

    def test_never_allows_what_was_ruled_out_before(self, kind):
        for each in lowest_and_highest(kind):
            scores = log_probs_of(3, ruled_out=20)
            after = each.apply(scores, [4, 5])
            assert not np.isfinite(after[~np.isfinite(scores)]).any()
            assert not np.isnan(after).any()

    def test_does_not_change_its_input(self, kind):
        scores = log_probs_of(4)
        before = scores.copy()
        kind().apply(scores, [1, 1, 2])
        assert np.array_equal(scores, before)

    def test_does_not_depend_on_a_constant_added_to_all_scores(self, kind):
        scores = log_probs_of(5).astype(np.float64)
        one, other = kind().apply(scores, [3]), kind().apply(scores + 7.5, [3])
        shift = np.isfinite(one)
        assert np.array_equal(shift, np.isfinite(other))
        assert np.allclose(one[shift] - one[shift].max(), other[shift] - other[shift].max())

    def test_words_every_setting(self, kind):
        assert "Source:" in (kind.__doc__ or "")
        assert kind.summary() and kind.title
        assert all(field.title and field.help for field in fields_of(kind))

    def test_comes_back_from_plain_data(self, kind):
        assert from_plain(SamplingSpec, {"more_filters": [to_plain(kind())]}).more_filters == (kind(),)


def slow_temperature(scores, written, value):
    if value == 0:
        return [score if i == max(range(len(scores)), key=lambda j: (scores[j], -j)) else NEVER
                for i, score in enumerate(scores)]
    return [score / value for score in scores]


def slow_top_k(scores, written, value):
    order = sorted(range(len(scores)), key=lambda i: (-scores[i], i))
    return [score if i in order[:value] else NEVER for i, score in enumerate(scores)]


def slow_top_p(scores, written, value):
    total = sum(math.exp(score) for score in scores)
    kept, gathered = set(), 0.0
    for i in sorted(range(len(scores)), key=lambda i: (-scores[i], i)):
        if kept and gathered >= value:
            break
        kept.add(i)
        gathered += math.exp(scores[i]) / total
    return [score if i in kept else NEVER for i, score in enumerate(scores)]


def slow_min_p(scores, written, value):
    highest = max(math.exp(score) for score in scores)
    return [score if math.exp(score) >= value * highest else NEVER for score in scores]


def slow_repetition_penalty(scores, written, value):
    total = sum(math.exp(score) for score in scores)
    return [math.log(math.exp(score) / total) * (value if i in written[-64:] else 1) if score > NEVER else NEVER
            for i, score in enumerate(scores)]


def slow_typical(scores, written, value):
    total = sum(math.exp(score) for score in scores)
    shares = [math.exp(score) / total for score in scores]
    entropy = -sum(share * math.log(share) for share in shares if share)
    kept, gathered = set(), 0.0
    possible = [i for i, share in enumerate(shares) if share]
    for i in sorted(possible, key=lambda i: abs(-math.log(shares[i]) - entropy)):
        if kept and gathered >= value:
            break
        kept.add(i)
        gathered += shares[i]
    return [score if i in kept else NEVER for i, score in enumerate(scores)]


def slow_frequency_penalty(scores, written, value):
    return [score - value * written.count(i) for i, score in enumerate(scores)]


def slow_presence_penalty(scores, written, value):
    return [score - value * (i in written) for i, score in enumerate(scores)]


CASES = [(FrequencyPenalty, slow_frequency_penalty, (-2, -0.5, 0, 0.3, 2)),
         (PresencePenalty, slow_presence_penalty, (-2, -0.5, 0, 0.3, 2)),
         (Temperature, slow_temperature, (0, 0.3, 0.8, 1, 2.5)), (TopK, slow_top_k, (1, 2, 10, 49, 50, 1000)),
         (TopP, slow_top_p, (0, 0.1, 0.5, 0.95)), (MinP, slow_min_p, (0.01, 0.1, 0.9)),
         (RepetitionPenalty, slow_repetition_penalty, (1.1, 1.5, 3)), (Typical, slow_typical, (0, 0.2, 0.9))]


@pytest.mark.parametrize(("kind", "slow", "values"), CASES, ids=lambda case: getattr(case, "kind", ""))
@pytest.mark.parametrize("seed", range(8))
def test_equals_a_slow_plain_version(kind, slow, values, seed):
    scores = log_probs_of(seed, ruled_out=seed * 2).astype(np.float64)
    written = [int(i) for i in np.random.default_rng(seed).integers(0, 50, 80)]
    for value in values:
        found, expected = kind(value=value).apply(scores, written), np.array(slow(list(scores), written, value))
        kept = np.isfinite(expected)
        assert np.array_equal(np.isfinite(found), kept)
        assert np.allclose(found[kept] - found[kept].max(), expected[kept] - expected[kept].max(), atol=1e-9)


def test_every_member_has_a_slow_version():
    assert {kind for kind, _, _ in CASES} == set(members_of(SamplingFilter))


@pytest.mark.parametrize("seed", range(4))
def test_equals_the_processors_of_transformers(seed):
    torch = pytest.importorskip("torch")
    others = pytest.importorskip("transformers.generation.logits_process")
    scores = log_probs_of(seed, size=200)
    written = [int(i) for i in np.random.default_rng(seed).integers(0, 200, 30)]
    pairs = [(Temperature(value=0.7), others.TemperatureLogitsWarper(0.7)),
             (TopK(value=40), others.TopKLogitsWarper(40)),
             (TopP(value=0.9), others.TopPLogitsWarper(0.9)), (MinP(value=0.05), others.MinPLogitsWarper(0.05)),
             (Typical(value=0.8), others.TypicalLogitsWarper(0.8)),
             (RepetitionPenalty(value=1.3), others.RepetitionPenaltyLogitsProcessor(1.3))]
    for own, other in pairs:
        found = own.apply(scores, written)
        expected = other(torch.tensor([written]), torch.tensor(scores)[None])[0].numpy()
        kept = np.isfinite(expected)
        assert np.array_equal(np.isfinite(found), kept), own.kind
        assert np.allclose(found[kept] - found[kept].max(), expected[kept] - expected[kept].max(), atol=1e-5), own.kind
