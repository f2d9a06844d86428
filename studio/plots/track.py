"""One curve of a plot: its points in all units, and the two lines that show it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
import pyqtgraph as pg

from studio.plots.canvas import pen
from studio.plots.pyramid import GrowingArray, Numbers, Pyramid, smoothed

Across = Literal["steps", "tokens", "time"]
Unit = Literal["bits-per-byte", "nats-per-token", "perplexity"]
COLUMNS: tuple[Across, ...] = ("steps", "tokens", "time")


def in_unit(losses: Numbers, unit: Unit, bits_per_nat: float) -> Numbers:
    """Losses in nats per token as the unit that is shown; `bits_per_nat` is bits per byte for one nat per token."""
    if unit == "bits-per-byte":
        return losses * bits_per_nat
    return np.exp(losses) if unit == "perplexity" else losses


class Track:
    """Points of one run's curve. `raw` draws them thin beneath the smoothed line; without it only the line is drawn."""

    def __init__(self, plot: pg.PlotItem, token: str, with_raw: bool, width: float = 2.4) -> None:
        self.token, self.width = token, width
        self._bits_per_nat = 1.0
        self._plot = plot
        self._points = {name: GrowingArray() for name in (*COLUMNS, "loss")}
        self._raw = pg.PlotCurveItem(antialias=False) if with_raw else None
        self._line = pg.PlotCurveItem()
        self._line.setSegmentedLineMode("on")
        self._raw_pyramid, self._line_pyramid = Pyramid(), Pyramid()
        self._built = 0
        self._weight = 0.0
        self._mode: tuple[Across, Unit, float] = ("steps", "bits-per-byte", 0.0)
        for item in filter(None, (self._raw, self._line)):
            plot.addItem(item, ignoreBounds=True)
        self.restyle()

    @property
    def count(self) -> int:
        """How many points there are."""
        return self._points["loss"].count

    def append(self, rows: Sequence[tuple[float, float, float, float]]) -> None:
        """Add (step, tokens, seconds, loss in nats per token) rows."""
        if len(rows) == 0:
            return
        columns = np.asarray(rows, float).T
        for name, values in zip((*COLUMNS, "loss"), columns, strict=True):
            self._points[name].extend(values)

    def set_scale(self, bits_per_nat: float) -> None:
        """Say what one nat per token is in bits per byte on this curve's text."""
        if bits_per_nat != self._bits_per_nat:
            self._bits_per_nat, self._built = bits_per_nat, 0
            self._raw_pyramid, self._line_pyramid = Pyramid(), Pyramid()

    def show_as(self, across: Across, unit: Unit, smoothing: float) -> None:
        """Choose the axes and the smoothing (0 none, below 1)."""
        mode = (across, unit, smoothing if self._raw is not None else 0.0)
        if mode != self._mode or self._built > self.count:
            self._mode, self._built = mode, 0
            self._raw_pyramid, self._line_pyramid = Pyramid(), Pyramid()

    def draw(self, first: float, last: float, columns: int, log_y: bool) -> None:
        """Draw what is seen between two x values on so many pixel columns."""
        self._build()
        for item, pyramid, density in ((self._raw, self._raw_pyramid, 2), (self._line, self._line_pyramid, 4)):
            if item is not None:  # a wide pen costs per point, and shows no more from more of them
                xs, ys = pyramid.view(first, last, columns // density, midway=item is self._line)
                item.setData(xs, np.log10(np.maximum(ys, 1e-12)) if log_y else ys, connect="finite")

    def _build(self) -> None:
        """Bring the pyramids up to the points that came in since."""
        count = self.count
        if self._built == count:
            return
        across, unit, wanted = self._mode
        weight = eased(wanted, count)
        if weight != self._weight:
            self._weight, self._built = weight, 0
            self._raw_pyramid, self._line_pyramid = Pyramid(), Pyramid()
        xs = self._points[across].values()
        losses = self._points["loss"].values()
        shown = in_unit(losses, unit, self._bits_per_nat)
        self._raw_pyramid.append(xs[self._built :], shown[self._built :])
        if weight:  # the mean of a line that grew is taken over its last stretch, where weights still matter
            reach = max(0, self._built - _memory(weight))
            means = smoothed(shown[reach:], weight) if reach == 0 else _going_on(shown[reach:], weight)
            self._line_pyramid.append(xs[self._built :], means[self._built - reach :])
        else:
            self._line_pyramid.append(xs[self._built :], shown[self._built :])
        self._built = count

    def value_at(self, x: float) -> float | None:
        """The shown line's value at x."""
        self._build()
        return self._line_pyramid.value_at(x)

    def end(self) -> tuple[float, float] | None:
        """The last point of the shown line."""
        self._build()
        if not len(self._line_pyramid):
            return None
        return float(self._line_pyramid.xs.values()[-1]), float(self._line_pyramid.ys.values()[-1])

    def extent(self) -> tuple[Numbers, Numbers]:
        """All shown points of the line."""
        self._build()
        return self._line_pyramid.xs.values(), self._line_pyramid.ys.values()

    def step_at(self, x: float, across: Across) -> float | None:
        """The training step at a place on the x axis."""
        position = int(np.searchsorted(self._points[across].values(), x, side="right")) - 1
        return float(self._points["steps"].values()[max(position, 0)]) if self.count else None

    def place_of(self, step: float, across: Across) -> float | None:
        """Where a training step stands on the x axis."""
        if not self.count:
            return None
        position = int(np.searchsorted(self._points["steps"].values(), step))
        return float(self._points[across].values()[min(position, self.count - 1)])

    def rows(self) -> list[tuple[float, float, float, float]]:
        """All points, for an export."""
        columns = [self._points[name].values() for name in (*COLUMNS, "loss")]
        return [tuple(map(float, row)) for row in zip(*columns, strict=True)]  # type: ignore[misc]

    def restyle(self) -> None:
        """Take the theme's colours anew."""
        if self._raw is not None:
            self._raw.setPen(pen(self.token, 1.0, alpha=80))
        self._line.setPen(pen(self.token, self.width))

    def remove(self) -> None:
        """Take the curve off the plot."""
        for item in filter(None, (self._raw, self._line)):
            self._plot.removeItem(item)


def eased(weight: float, count: int) -> float:
    """Less smoothing for a curve of few points, whose mean would lag far behind it; changes at powers of two only."""
    if weight <= 0 or count < 1:
        return 0.0
    points = 2 ** int(np.log2(count))
    return float(weight ** (1 + 256 / points))


def _memory(weight: float) -> int:
    """How many points back a smoothed value still depends on, to twelve digits."""
    return int(np.ceil(np.log(1e-12) / np.log(weight)))


def _going_on(ys: Numbers, weight: float) -> Numbers:
    """The plain exponential mean of a stretch so long that its beginning no longer matters at its end."""
    corrected = smoothed(ys, weight)
    return corrected * (1 - weight ** np.arange(1, len(ys) + 1))
