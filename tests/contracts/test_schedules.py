"""What every schedule must do, and each against its formula."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from engine.optimization.schedule import ScheduleSpec
from engine.optimization.schedules.constant import Constant
from engine.optimization.schedules.cosine import Cosine
from engine.optimization.schedules.inverse_square_root import InverseSquareRoot
from engine.optimization.schedules.linear import Linear
from engine.optimization.schedules.one_cycle import OneCycle
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

    def test_warms_up_for_its_share_of_the_steps_when_left_open(self, kind):
        assert kind.warmup_percent == (30 if kind is OneCycle else 2)
        for steps in (1000, 100_000):
            rises = min(kind.most_warmup, kind.warmup_percent * steps // 100)
            assert kind().scale(rises - 1, steps) < 1 == kind().scale(rises, steps)

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


def test_inverse_square_root_follows_vaswani_whatever_the_length_of_the_run():
    schedule, warmup = InverseSquareRoot(warmup_steps=9), 10  # Vaswani counts steps from 1 and reaches 1 at the tenth
    for steps in (50, 5000):
        found = [schedule.scale(step, steps) for step in range(50)]
        assert found == pytest.approx([warmup ** 0.5 * min(n ** -0.5, n * warmup ** -1.5) for n in range(1, 51)])


def test_one_cycle_equals_that_of_torch():
    weight = torch.nn.Parameter(torch.zeros(1))
    optimizer = torch.optim.SGD([weight], lr=1.0)
    theirs = torch.optim.lr_scheduler.OneCycleLR(optimizer, 1.0, total_steps=201, pct_start=0.3, anneal_strategy="cos",
                                                 div_factor=25, final_div_factor=10, cycle_momentum=False)
    schedule, falling = OneCycle(end=0.004), []
    for step in range(200):
        if step >= 60:
            falling.append((schedule.scale(step, 200), theirs.get_last_lr()[0]))
        optimizer.step()
        theirs.step()
    assert np.allclose(*zip(*falling, strict=True), atol=0.01)
