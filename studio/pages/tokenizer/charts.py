"""Two small charts of a vocabulary: bytes per token by its size, and how long its pieces are."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pyqtgraph as pg
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QSizePolicy

from studio.i18n import tr, words
from studio.i18n.numbers import decimal, percent, short
from studio.plots.canvas import Canvas, pen
from studio.plots.labels import EndLabel
from studio.theme import theme
from studio.widgets import Button, Card, Spinner, Text, bare, column, row, set_shown

SHORTEST_AXIS, LONGEST, RARE = 6, 18, 0.01
"""Pieces longer than nearly all others share the last bar."""


class _StillCanvas(Canvas):
    """A chart that is only looked at: the wheel scrolls the page, not the axes."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.getPlotItem().getViewBox().setMouseEnabled(x=False, y=False)
        self.setMinimumHeight(80)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Ignored)

    def mark_axis(self, side: str, ticks: Sequence[tuple[float, str]]) -> None:
        """Write these words along an axis."""
        self.getPlotItem().getAxis(side).setTicks([list(ticks)])


class LengthPlot(_StillCanvas):
    """Bars: share of the vocabulary by size in bytes."""

    def __init__(self) -> None:
        self._bars = pg.BarGraphItem(x=[], height=[], width=0.74)
        super().__init__("tokenizer.length-plot")
        words(self.setAccessibleName, "Share of the vocabulary by the length of its pieces")
        self.getPlotItem().addItem(self._bars)

    def show_lengths(self, lengths: dict[int, float]) -> None:
        """Draw other shares."""
        last = next((size for size in range(SHORTEST_AXIS, LONGEST)
                     if sum(share for other, share in lengths.items() if other > size) < RARE), LONGEST)
        shares = [0.0] * last
        for size, share in lengths.items():
            shares[min(max(size, 1), last) - 1] += share
        is_cut = any(size > last for size in lengths)
        self._bars.setOpts(x=list(range(1, last + 1)), height=shares, width=0.74)
        every = 1 if last <= 6 else 3
        sizes = range(last % every or every, last + 1, every)  # the last is always written
        self.mark_axis("bottom", [(size, f"{size}+" if size == last and is_cut else str(size)) for size in sizes])
        high = max([*shares, 0.01])
        step = next(step for step in (0.02, 0.05, 0.1, 0.2, 0.5) if high / step <= 4.5 or step == 0.5)
        self.mark_axis("left", [(step * number, percent(step * number)) for number in range(1, int(high / step) + 1)])
        self.getPlotItem().getViewBox().setRange(xRange=(0.4, last + 0.6), yRange=(0, high * 1.06), padding=0)

    def restyle(self) -> None:
        """Take the theme's colours anew."""
        super().restyle()
        self._bars.setOpts(brush=theme.colour("p1"), pen=None)


class SizePlot(_StillCanvas):
    """A curve of bytes per token over vocabulary sizes, with the trained size marked."""

    def __init__(self) -> None:
        self._curve = pg.PlotDataItem(symbol="o", symbolSize=7)
        self._here = pg.InfiniteLine(angle=90)
        self._label: EndLabel | None = None
        super().__init__("tokenizer.size-plot")
        words(self.setAccessibleName, "Bytes per token by vocabulary size")
        item = self.getPlotItem()
        item.addItem(self._curve)
        item.addItem(self._here, ignoreBounds=True)
        self._here.hide()
        self._label = EndLabel(item, "accent", (0, 1))

    def show_points(self, points: Sequence[tuple[int, float]], here: tuple[int, float | None] | None) -> None:
        """Draw measured sizes; `here` is the tokenizer at hand and its figure on the corpus."""
        places = [math.log2(size) for size, _ in points]
        figures = [figure for _, figure in points]
        self._curve.setData(places, figures)
        sizes = [size for size, _ in points]
        self.mark_axis("bottom", [(math.log2(size), short(size)) for number, size in enumerate(sizes)
                                  if (len(sizes) - 1 - number) % (2 if len(sizes) > 4 else 1) == 0])
        left, right = (min(places), max(places)) if places else (8.0, 14.0)
        low, high = (min(figures), max(figures)) if figures else (1.0, 4.0)
        if here is not None:
            left, right = min(left, math.log2(here[0])), max(right, math.log2(here[0]))
        room, above = max(0.3, (right - left) * 0.13), max(0.1, (high - low) * 0.15)
        self.getPlotItem().getViewBox().setRange(xRange=(left - room, right + room),
                                                 yRange=(low - above, high + above), padding=0)
        self._here.setVisible(here is not None)
        if here is not None and self._label is not None:
            self._here.setValue(math.log2(here[0]))
            is_right = math.log2(here[0]) > (left + right) / 2
            self._label.item.setAnchor((1, 1) if is_right else (0, 1))
            self._label.say(f"{short(here[0])}: {decimal(here[1], 1)}" if here[1] else short(here[0]))
            self._label.move(math.log2(here[0]), low - above)

    def restyle(self) -> None:
        """Take the theme's colours anew."""
        super().restyle()
        self._curve.setPen(pen("p1", 2))
        self._curve.setSymbolBrush(theme.colour("p1"))
        self._curve.setSymbolPen(pen("surface", 1))
        self._here.setPen(pen("accent", 1, dashed=True))
        if self._label is not None:
            self._label.restyle()


class LengthCard(Card):
    """How long the pieces are."""

    def __init__(self) -> None:
        super().__init__(tr("Token length"), name="tokenizer.length", padding=14)
        self.body.setSpacing(2)
        self.plot = LengthPlot()
        self.add(row(Text(tr("share of vocabulary"), "caption"), None, Text(tr("bytes"), "caption")))
        self.add(self.plot, 1)

    def show_lengths(self, lengths: dict[int, float]) -> None:
        """Draw other shares."""
        self.plot.show_lengths(lengths)


class SizeCard(Card):
    """What other vocabulary sizes would give; measured when it is asked for."""

    asked = Signal()

    def __init__(self) -> None:
        super().__init__(tr("Bytes per token"), name="tokenizer.sizes", padding=14)
        self.body.setSpacing(2)
        self.plot = SizePlot()
        self._caption = Text("", "caption", name="tokenizer.sizes-caption")
        self.measure = Button(tr("Compare sizes"), "gauge", self.asked.emit, "tokenizer.compare", size="small")
        self._words = Text(tr("How short the text becomes with smaller and larger vocabularies. Trains six of them "
                              "on 1 MB of your text, in some seconds."), "label", wrap=True)
        self._spinner = Spinner()
        self._busy = bare(row(self._spinner, Text(tr("Measuring"), "label"), None))
        self._ask = bare(column(self._words, row(self.measure, None), self._busy, None))
        self.add(self._caption)
        self.add(self.plot, 1)
        self.add(self._ask, 1)
        self.show_points(None, None, "")

    def show_points(self, points: Sequence[tuple[int, float]] | None, here: tuple[int, float | None] | None,
                    kind: str, is_measuring: bool = False, problem: str = "") -> None:
        """Draw the curve, or offer to measure it while `points` is None."""
        known = points is not None
        self._caption.say(tr("{kind} by vocabulary size", kind=kind) if known else "")
        set_shown(self._caption, known)
        set_shown(self.plot, known)
        set_shown(self._ask, not known)
        set_shown(self.measure, not is_measuring)
        set_shown(self._busy, is_measuring)
        if problem:
            self._words.say(problem)
        if points is not None:
            self.plot.show_points(points, here)
