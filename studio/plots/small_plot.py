"""A small plot of one figure of a run: learning rate, gradient norm, throughput or memory."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg

from studio.plots.canvas import Canvas, pen
from studio.plots.pyramid import Pyramid
from studio.theme import theme


class SmallPlot(Canvas):
    """One thin curve over steps, with the cursor of the large plot; `filled` shades what lies below it."""

    def __init__(self, name: str, filled: bool = False) -> None:
        self._pyramid = Pyramid()
        self._filled = filled
        self._curve = pg.PlotCurveItem()
        self._cursor = pg.InfiniteLine(angle=90)
        super().__init__(name)
        item = self.getPlotItem()
        item.hideAxis("left")
        item.hideAxis("bottom")
        item.getViewBox().setMouseEnabled(x=False, y=False)
        item.addItem(self._curve)
        item.addItem(self._cursor, ignoreBounds=True)
        self._cursor.hide()
        self.setMinimumHeight(44)

    def clear_points(self) -> None:
        """Forget all points, for another run."""
        self._pyramid = Pyramid()
        self._curve.setData([], [])

    def append(self, steps: list[float], values: list[float]) -> None:
        """Add points."""
        self._pyramid.append(np.asarray(steps, float), np.asarray(values, float))

    def refresh(self) -> None:
        """Draw what was added."""
        if not len(self._pyramid):
            return
        xs = self._pyramid.xs.values()
        shown = self._pyramid.view(float(xs[0]), float(xs[-1]), max(60, self.width() // 2))
        self._curve.setData(*shown, connect="finite")
        high = float(np.nanmax(shown[1]))
        low = 0.0 if self._filled else min(0.0, float(np.nanmin(shown[1])))
        self.getPlotItem().getViewBox().setRange(xRange=(float(xs[0]), max(float(xs[-1]), float(xs[0]) + 1)),
                                                 yRange=(low, high * 1.08 or 1.0), padding=0)

    def set_cursor(self, step: float | None) -> None:
        """Show the cursor at a step, or hide it."""
        self._cursor.setVisible(step is not None)
        if step is not None:
            self._cursor.setValue(step)

    def restyle(self) -> None:
        """Take the theme's colours anew."""
        super().restyle()
        self.getPlotItem().showGrid(x=False, y=False)
        self._curve.setPen(pen("p3", 1.4))
        if self._filled:
            self._curve.setFillLevel(0.0)
            self._curve.setBrush(theme.colour("p3", 32))
        self._cursor.setPen(pen("text2", 1))
