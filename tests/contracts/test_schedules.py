"""What every schedule must do, and each against its formula."""

from __future__ import annotations

import math

import pytest

from engine.optimization.schedule import ScheduleSpec
from engine.optimization.schedules.constant import Constant
from engine.optimization.schedules.cosine import Cosine
from engine.optimization.schedules.linear import Linear
from engine.optimization.schedules.warmup_stable_decay import WarmupStableDecay
from engine.settings import fields_of, from_plain, members_of, to_plain


@pytest.mark.parametrize("kind", members_of(ScheduleSpec), ids=lambda kind: kind.kind)
class TestEverySchedule:
    @pytest.mark.parametrize("steps", [1, 2, 3, 49, 1000])
    @pytest.mark.parametrize("warmup", [None, 0, 1, 7, 5000])
    def test_stays_above_zero_and_at_most_one(self, kind, steps, warmup):
        schedule = kind(warmup_steps=warmup)
        assert all(0 < schedule.scale(step, steps) <= 1 for step in range(steps))

    def test_rises_in_a_straight_line_during_the_warm_up(self, kind):
        rising = [kind(warmup_steps=9).scale(step, 100) for step in range(10)]
        assert rising == pytest.approx([(step + 1) / 10 for step in range(10)])

    def test_never_rises_after_the_warm_up(self, kind):
        scales = [kind(warmup_steps=5).scale(step, 80) for step in range(5, 80)]
        assert scales == sorted(scales, reverse=True)

    def test_warms_up_for_a_fiftieth_when_left_open(self, kind):
        assert kind().scale(19, 1000) < 1 == kind().scale(20, 1000)
        assert kind().scale(199, 1_000_000) < 1 == kind().scale(200, 1_000_000)

    def test_survives_being_written_down(self, kind):
        assert from_plain(ScheduleSpec, to_plain(kind(warmup_steps=3))) == kind(warmup_steps=3)

    def test_words_every_setting_and_its_source(self, kind):
        assert "Source:" in kind.__doc__
        assert all(field.title and field.help for field in fields_of(kind))


def test_linear_reaches_its_end_after_the_last_step():
    schedule = Linear(warmup_steps=0, end=0.2)
    assert [schedule.scale(step, 4) for step in range(5)] == pytest.approx([1, 0.8, 0.6, 0.4, 0.2])


def test_cosine_follows_half_a_wave():
    schedule = Cosine(warmup_steps=0, end=0.0)
    assert [schedule.scale(step, 6) for step in range(6)] == pytest.approx(
        [math.cos(math.pi * step / 12) ** 2 for step in range(6)])


def test_stable_then_decay_falls_only_in_its_last_part():
    schedule = WarmupStableDecay(warmup_steps=0, decay_share=0.5, end=0.0)
    assert [schedule.scale(step, 8) for step in range(8)] == pytest.approx([1, 1, 1, 1, 1, 0.75, 0.5, 0.25])


def test_constant_stays():
    assert {Constant(warmup_steps=0).scale(step, 50) for step in range(50)} == {1.0}
