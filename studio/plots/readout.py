"""The cursor of a plot: a line to drag, dots on the curves and their values, on the side where there is room."""

from __future__ import annotations

import pyqtgraph as pg

from studio.i18n import tr
from studio.i18n.numbers import grouped
from studio.plots.canvas import pen
from studio.plots.labels import EndLabel
from studio.theme import theme

TOKENS = ("text2", "p1", "p2")


class Readout:
    """Shown at `place` on the x axis, or not at all when that is None."""

    def __init__(self, plot: pg.PlotItem) -> None:
        self._plot = plot
        self.place: float | None = None
        self.line = pg.InfiniteLine(angle=90, movable=True)
        self.line.setZValue(30)
        self.line.hide()
        plot.addItem(self.line, ignoreBounds=True)
        self._dots = pg.ScatterPlotItem(size=8)
        self._dots.setZValue(35)
        plot.addItem(self._dots, ignoreBounds=True)
        self._labels = [EndLabel(plot, token) for token in TOKENS]
        self._tokens: list[str] = []
        self.restyle()

    def show_at(self, place: float | None) -> None:
        """Move the cursor, or hide it."""
        self.place = place
        self.line.setVisible(place is not None)
        if place is None:
            self._dots.setData([], [])
            for label in self._labels:
                label.say("")
        else:
            self.line.setValue(place)

    def say(self, step: float, values: list[tuple[str, str, float]]) -> None:
        """Write the step and, for each curve, (colour, words, y in the plot's units)."""
        if self.place is None:
            return
        (left, right), (low, high) = self._plot.getViewBox().viewRange()
        on_left = self.place > (left + right) / 2
        row = (high - low) * 22 / max(self._plot.getViewBox().height(), 60)
        texts = [("text2", tr("step {step}", step=grouped(step))), *((token, words) for token, words, _ in values)]
        for number, label in enumerate(self._labels):
            label.item.setAnchor((1, 0) if on_left else (0, 0))
            label.say(texts[number][1] if number < len(texts) else "")
            label.move(self.place, high - number * row)
        self._tokens = [token for token, _, _ in values]
        self._dots.setData([self.place] * len(values), [y for _, _, y in values],
                           brush=[theme.colour(token) for token in self._tokens])

    def restyle(self) -> None:
        """Take the theme's colours anew."""
        self.line.setPen(pen("text2", 1))
        self.line.setHoverPen(pen("accent", 2))
        self._dots.setPen(pen("surface", 1.5))
        for label in self._labels:
            label.restyle()
