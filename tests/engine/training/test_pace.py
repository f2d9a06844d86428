"""What is told of steps, and how often."""

from __future__ import annotations

from engine.training.pace import Pace


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
