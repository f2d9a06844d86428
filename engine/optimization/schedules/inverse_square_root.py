"""Inverse square root."""

from __future__ import annotations

import math

from engine.optimization.schedule import ScheduleSpec


class InverseSquareRoot(ScheduleSpec, kind="inverse-square-root", title="Inverse square root"):
    """Lowers the learning rate by the root of the steps made: a run of any length can go on as it began.

    After four times the warm-up the rate is half of its highest, after nine times a third.
    Source: Vaswani et al. 2017 (arXiv:1706.03762), section 5.3.
    """

    def after_warmup(self, step: int, steps: int, warmup: int) -> float:
        """The root of the warm-up over the steps made; without a warm-up, of 1 over them."""
        return math.sqrt((warmup + 1) / (step + 1))
