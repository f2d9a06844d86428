"""The sweep that suggests a learning rate."""

from __future__ import annotations

import itertools
import math
from pathlib import Path

import pytest
import torch

from engine.errors import EngineError
from engine.events import RateSuggested, RateTried
from engine.optimization.optimizers.adamw import AdamW
from engine.training.devices import Machine
from engine.training.rate_finder import find_rate, has_diverged, suggestion
from engine.training.spec import TrainSpec
from engine.work import Stopped, Work
from tests.engine.training.small_training import TINY, Bench

HERE = Machine("cpu", "float32", 1e10, 1, 10**9)
SPEC = TrainSpec(batch_size=8, threads=1, optimizer=AdamW())


def curve(*losses: float) -> list[RateTried]:
    return [RateTried(step=n, learning_rate=10.0 ** (n - 6), loss=loss, smoothed=loss) for n, loss in enumerate(losses)]


def test_suggests_the_steepest_fall_below_the_lowest_point() -> None:
    found = suggestion(curve(5, 5, 4.8, 3.5, 2.2, 2.0, 1.95, 4))
    assert found.learning_rate == pytest.approx(1e-3) and found.values["lowest"] == "1"


def test_a_loss_that_never_falls_is_an_error_with_a_remedy() -> None:
    with pytest.raises(EngineError) as error:
        suggestion(curve(5, 5.01, 4.99, 5))
    assert error.value.fix


def test_the_sweep_ends_when_the_loss_rises_clearly() -> None:
    assert has_diverged([5, 3, 3.6]) and not has_diverged([5, 3, 3.4]) and not has_diverged([5, 5.15])


def test_a_sweep_grows_evenly_and_leaves_no_trace(bench: Bench, tmp_path: Path) -> None:
    told: list = []
    before, threads = torch.get_rng_state(), torch.get_num_threads()
    files = {path: path.read_bytes() for path in bench.tokens.rglob("*") if path.is_file()}
    found = find_rate(SPEC, TINY, bench.texts, HERE, Work(told.append))
    tried = [event for event in told if isinstance(event, RateTried)]
    ratios = [b.learning_rate / a.learning_rate for a, b in itertools.pairwise(tried)]
    assert max(ratios) == pytest.approx(min(ratios)) and 20 < len(tried) <= 100
    assert isinstance(told[-1], RateSuggested) and told[-1] == found and 1e-4 < found.learning_rate < 0.1
    assert torch.equal(torch.get_rng_state(), before) and torch.get_num_threads() == threads
    assert files == {path: path.read_bytes() for path in bench.tokens.rglob("*") if path.is_file()}
    assert all(math.isfinite(each.loss) for each in tried)


def test_the_same_seed_gives_the_same_sweep(bench: Bench) -> None:
    one, other = (find_rate(SPEC, TINY, bench.texts, HERE, Work()) for _ in range(2))
    assert one == other


def test_a_sweep_can_be_stopped(bench: Bench) -> None:
    with pytest.raises(Stopped):
        find_rate(SPEC, TINY, bench.texts, HERE, Work(is_stopping=lambda: True))
