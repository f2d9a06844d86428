"""The plain ground of all plots: axes, grid and fonts in the theme's colours."""

from __future__ import annotations

from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QPen

from studio.guard import guarded
from studio.i18n.numbers import grouped, significant
from studio.theme import theme

pg.setConfigOptions(antialias=True)


class PlainAxis(pg.AxisItem):
    """An axis of plain numbers with thin spaces, without an offset or a scientific scale."""

    @guarded(returns=list)
    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        """The words at the ticks."""
        if self.logMode:
            return [_plain(10.0**value) for value in values]
        return [_plain(value) for value in values]

    @guarded(returns=list)
    def logTickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        """The words at the ticks of a logarithmic axis."""
        return [_plain(10.0**value) for value in values]


def _plain(value: float) -> str:
    if abs(value) >= 1000 or value == int(value):
        return grouped(round(value))
    return significant(value)


class Canvas(pg.PlotWidget):
    """A plot without buttons or menus of its own; colours follow the theme."""

    def __init__(self, name: str) -> None:
        axes = {side: PlainAxis(side) for side in ("left", "bottom")}
        super().__init__(axisItems=axes)
        self.setObjectName(name)
        self.setFrameShape(self.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        item = self.getPlotItem()
        item.hideButtons()
        item.setMenuEnabled(False)
        item.setContentsMargins(0, 4, 4, 0)
        for axis in axes.values():
            axis.setZValue(-1000)
            axis.setStyle(tickLength=0, tickTextOffset=6, maxTickLevel=0)
            axis.enableAutoSIPrefix(False)
        theme.changed.connect(self.restyle)
        self.restyle()

    def restyle(self) -> None:
        """Take the theme's colours anew; subclasses add their own pens."""
        self.setBackground(theme.colour("surface"))
        item = self.getPlotItem()
        item.showGrid(x=False, y=True, alpha=1.0)
        for side in ("left", "bottom"):
            axis = item.getAxis(side)
            axis.setPen(pen("grid" if side == "left" else "line"))
            axis.setTextPen(pen("text3"))
            axis.setTickPen(pen("grid"))
            axis.setTickFont(theme.font(11))


def pen(token: str, width: float = 1.0, alpha: int = 255, dashed: bool = False) -> QPen:
    """A pen in a token's colour that keeps its width at any zoom."""
    options: dict[str, Any] = {"style": Qt.PenStyle.DashLine} if dashed else {}
    return pg.mkPen(theme.colour(token, alpha), width=width, cosmetic=True, **options)
