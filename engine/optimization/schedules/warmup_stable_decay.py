"""Warm-up, stable, decay."""

from __future__ import annotations

from engine.optimization.schedule import ScheduleSpec
from engine.settings import setting


class WarmupStableDecay(ScheduleSpec, kind="warmup-stable-decay", title="Stable, then decay"):
    """Keeps the learning rate for most of the run, then lowers it in a straight line.

    Source: Hu et al. 2024 (MiniCPM, arXiv:2404.06395).
    """

    decay_share: float = setting(0.4, "Decay", "Share of the steps over which the learning rate falls.", low=0.01,
                                 high=1.0, level="advanced")
    end: float = setting(0.02, "End", "What is left of the learning rate at the end.", low=0.0, high=1.0,
                         level="advanced")

    def curve(self, share: float) -> float:
        """1, then down to the end."""
        fallen = max(0.0, share - (1.0 - self.decay_share)) / self.decay_share
        return 1.0 + (self.end - 1.0) * fallen
