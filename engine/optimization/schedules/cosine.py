"""Cosine."""

from __future__ import annotations

import math

from engine.optimization.schedule import ScheduleSpec
from engine.settings import setting


class Cosine(ScheduleSpec, kind="cosine", title="Cosine"):
    """Lowers the learning rate along half a wave: slowly, then faster, then slowly to the end.

    Source: Loshchilov and Hutter 2017 (arXiv:1608.03983), without restarts.
    """

    end: float = setting(0.1, "End", "What is left of the learning rate at the end.", low=0.0, high=1.0,
                         level="advanced")

    def curve(self, share: float) -> float:
        """From 1 down to the end."""
        return self.end + (1.0 - self.end) * 0.5 * (1.0 + math.cos(math.pi * share))
