"""The plot of a search for a learning rate: the loss over the rate, on a logarithmic scale, with the suggestion."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pyqtgraph as pg

from studio.i18n import tr
from studio.i18n.numbers import significant
from studio.plots.canvas import Canvas, pen
from studio.plots.labels import EndLabel

Tried = tuple[float, float, float]
"""Rate, loss before that step, smoothed loss (nats per token)."""


class RatePlot(Canvas):
    """Thin: each step; thick: smoothed; the dashed line marks the rate that is suggested."""

    def __init__(self, name: str) -> None:
        self._raw, self._line = pg.PlotCurveItem(antialias=False), pg.PlotCurveItem()
        self._mark = pg.InfiniteLine(angle=90)
        super().__init__(name)
        item = self.getPlotItem()
        item.setLogMode(x=True, y=False)
        item.getViewBox().setMouseEnabled(x=False, y=False)
        for part in (self._raw, self._line):
            item.addItem(part)
        item.addItem(self._mark, ignoreBounds=True)
        self._label = EndLabel(item, "ok", anchor=(0, 0))
        self._mark.hide()

    def show_search(self, tried: Sequence[Tried], suggested: float | None) -> None:
        """Draw what was tried so far, and the suggestion once there is one."""
        rates = [math.log10(rate) for rate, _, _ in tried]
        losses, smoothed = [loss for _, loss, _ in tried], [each for _, _, each in tried]
        self._raw.setData(rates, losses)
        self._line.setData(rates, smoothed)
        self._mark.setVisible(suggested is not None)
        self._label.say("")
        if not tried:
            return
        low, high = min(*losses, *smoothed), max(smoothed) + 0.1 * (max(smoothed) - min(smoothed) + 0.1)
        box = self.getPlotItem().getViewBox()
        box.setRange(xRange=(rates[0], max(rates[-1], rates[0] + 1)), yRange=(low, high), padding=0.02)
        if suggested is not None:
            place = math.log10(suggested)
            self._mark.setPos(place)
            is_right = place - rates[0] > 0.7 * (rates[-1] - rates[0])
            self._label.item.setAnchor((1 if is_right else 0, 0))
            self._label.say(tr("suggested {rate}", rate=significant(suggested, 2)))
            self._label.move(place, high)

    def restyle(self) -> None:
        """Take the theme's colours anew."""
        super().restyle()
        self._raw.setPen(pen("p1", 1, alpha=80))
        self._line.setPen(pen("p1", 2.4))
        self._mark.setPen(pen("ok", 1.4, dashed=True))
        if hasattr(self, "_label"):
            self._label.restyle()
