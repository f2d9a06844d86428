"""One cycle."""

from __future__ import annotations

import math
from typing import ClassVar

from engine.optimization.schedule import ScheduleSpec
from engine.settings import setting


class OneCycle(ScheduleSpec, kind="one-cycle", title="One cycle"):
    """Raises the learning rate over much of the run, then lowers it along half a wave to nearly nothing.

    The long rise lets the highest rate be higher than other schedules bear.
    Source: Smith and Topin 2018 (arXiv:1708.07120); half a wave as in fast.ai.
    """

    warmup_steps: int | None = setting(None, "Warm-up", "The learning rate rises from nothing over so many steps.",
                                       unit="steps", low=0, high=1_000_000, level="advanced",
                                       auto="Three tenths of all steps")
    end: float = setting(0.004, "End", "What is left of the learning rate at the end.", low=0.0, high=1.0,
                         level="advanced")
    warmup_percent: ClassVar[int] = 30
    most_warmup: ClassVar[int] = 1_000_000

    def curve(self, share: float) -> float:
        """From 1 down to the end."""
        return self.end + (1.0 - self.end) * 0.5 * (1.0 + math.cos(math.pi * share))
