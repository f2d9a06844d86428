"""A small chart that is only looked at."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QSizePolicy

from studio.plots.canvas import Canvas


class StillCanvas(Canvas):
    """Neither wheel nor drag moves its axes; it takes the room it is given."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.getPlotItem().getViewBox().setMouseEnabled(x=False, y=False)
        self.getPlotItem().getAxis("bottom").setStyle(hideOverlappingLabels=False)  # the last would not be written
        self.setMinimumHeight(80)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Ignored)

    def mark_axis(self, side: str, ticks: Sequence[tuple[float, str]]) -> None:
        """Write these words along an axis."""
        self.getPlotItem().getAxis(side).setTicks([list(ticks)])
