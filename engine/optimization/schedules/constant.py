"""Constant."""

from __future__ import annotations

from engine.optimization.schedule import ScheduleSpec


class Constant(ScheduleSpec, kind="constant", title="Constant"):
    """Keeps the learning rate as it is after the warm-up; for runs that may be continued at any time.

    Source: Robbins and Monro 1951, Annals of Mathematical Statistics 22.
    """

    def curve(self, share: float) -> float:
        """Always 1."""
        return 1.0
