"""How long the pieces of a vocabulary are."""

from __future__ import annotations

import pyqtgraph as pg

from studio.i18n import tr, words
from studio.i18n.numbers import percent
from studio.plots.still import StillCanvas
from studio.theme import theme
from studio.widgets import Card, Text, row

SHORTEST_AXIS, LONGEST, RARE = 6, 18, 0.01
"""Pieces longer than nearly all others share the last bar."""


class LengthPlot(StillCanvas):
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
        self.getPlotItem().getViewBox().setRange(xRange=(0.3, last + 1.0), yRange=(0, high * 1.06), padding=0)

    def restyle(self) -> None:
        """Take the theme's colours anew."""
        super().restyle()
        self._bars.setOpts(brush=theme.colour("p1"), pen=None)


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
