"""A loss that grows and stays high."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from engine.training.case import Case
from engine.training.doctor import Rule
from engine.training.finding import Finding, Mark

_ABOVE = 1.15
"""The medians of good runs here never rose by more than 4 % above their lowest; those of runs that came apart, by
more than 20 %."""


class Diverging(Rule, kind="diverging", title="Loss grows"):
    """The training loss rose well above its lowest and did not come back.

    Source: thresholds from runs of the sample texts; what to do after Goodfellow et al. 2016, Deep Learning, 11.4.1.
    """

    silences: ClassVar = ("loss-spike", "plateau", "underfitting", "rate-too-high", "overfitting", "too-little-text")

    def look(self, case: Case) -> Finding | None:
        """Compares the last two stretches with the lowest before them."""
        blocks = case.blocks
        if len(blocks) < 4:
            return None
        lowest = int(np.argmin(blocks[:-2]))
        if min(blocks[-2:]) < _ABOVE * blocks[lowest]:
            return None
        step = case.block_step(lowest + 1)
        return Finding(
            self.kind, "error",
            "The training loss grows: from {low} bits per byte near step {step} to {now}. The steps are likely too "
            "large.",
            {"low": f"{blocks[lowest]:.2f}", "now": f"{blocks[-1]:.2f}", "step": step},
            marks=(Mark(step, "diverging", until=case.last_step),),
            fix=case.rate_fix(0.3, "A third of the rate: {rate}"), command="stop")
