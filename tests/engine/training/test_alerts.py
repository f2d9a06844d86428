"""Each rule speaks when it should, once, and not without cause."""

from __future__ import annotations

import numpy as np

from engine.training.alerts import Alerts
from engine.training.pace import Pace


def _falling(alerts: Alerts, steps: int, seed: int = 0, noise: float = 0.1) -> list[str]:
    chance = np.random.default_rng(seed)
    return [notice.code for step in range(1, steps + 1)
            for notice in alerts.after_step(step, 2 + 4 * 0.99**step + noise * chance.normal())]


def test_a_run_that_goes_well_is_not_interrupted() -> None:
    assert [code for seed in range(50) for code in _falling(Alerts(1000), 1000, seed)] == []


def test_a_jump_of_the_loss_is_told_once() -> None:
    alerts = Alerts(1000)
    _falling(alerts, 300)
    codes = [notice.code for step in range(301, 330) for notice in alerts.after_step(step, 20.0)]
    assert codes == ["loss-spike"]


def test_a_single_bad_batch_is_no_jump() -> None:
    alerts = Alerts(1000)
    _falling(alerts, 300)
    assert not list(alerts.after_step(301, 20.0)) and not list(alerts.after_step(302, 2.2))


def test_a_loss_that_does_not_fall_is_told_once() -> None:
    alerts = Alerts(1000)
    codes = [notice.code for step in range(1, 1001) for notice in alerts.after_step(step, 6.0)]
    assert codes == ["no-progress"]


def test_three_checks_above_the_best_are_overfitting_until_a_new_best() -> None:
    alerts, found, best = Alerts(1000), [], None
    for check, loss in enumerate([3.0, 2.0, 2.1, 2.2, 2.3, 2.4, 1.9, 2.0, 2.0, 2.0]):
        found += [(check, notice.code) for notice in alerts.after_validation(check, loss, best)]
        best = loss if best is None else min(best, loss)
    assert found == [(4, "overfitting"), (9, "overfitting")]


def test_passing_the_baseline_is_told_once() -> None:
    alerts = Alerts(1000)
    assert not list(alerts.after_validation(1, 1.0, None))
    alerts.baseline = 2.0
    codes = [notice.code for loss in (2.5, 1.9, 1.8) for notice in alerts.after_validation(2, loss, None)]
    assert codes == ["below-baseline"]


class _Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_steps_are_told_at_most_twenty_times_a_second_and_less_in_long_runs() -> None:
    clock = _Clock()
    pace, told = Pace(clock), []
    for _ in range(1_000_000):
        clock.now += 0.01
        pace.add(1.0, 1.0, 10, 0.01)
        if pace.is_due():
            told.append(clock.now)
            pace.means()
    assert 15 <= sum(time <= 1.0 for time in told) <= 20
    assert len(told) < 30_000


def test_means_are_over_the_steps_since_the_last_word() -> None:
    pace = Pace(_Clock())
    for loss, norm in ((1.0, 2.0), (3.0, 4.0)):
        pace.add(loss, norm, 100, 0.5)
    assert pace.means() == (2.0, 3.0, 200.0)
    pace.took("validation", 2.0)
    assert pace.seconds_left(10, {"validation": 3, "sample": 5}) == 11.0
