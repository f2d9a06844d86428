"""Linear."""

from __future__ import annotations

from engine.optimization.schedule import ScheduleSpec
from engine.settings import setting


class Linear(ScheduleSpec, kind="linear", title="Linear"):
    """Lowers the learning rate in a straight line to the end.

    Source: Defazio et al. 2023 (arXiv:2310.07831), who find it best among simple schedules.
    """

    end: float = setting(0.02, "End", "What is left of the learning rate at the end.", low=0.0, high=1.0,
                         level="advanced")

    def curve(self, share: float) -> float:
        """From 1 down to the end."""
        return 1.0 + (self.end - 1.0) * share
