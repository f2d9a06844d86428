"""Pictures of what goes on inside a model: a grid of values over tokens, and a map of tokens in the plane."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QHelpEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from studio.guard import guarded
from studio.i18n import show, tr, words
from studio.i18n.numbers import decimal
from studio.pages.playground.inspector import visible
from studio.theme import theme

_LEFT, _BOTTOM = 84, 74
"""Room for the names of rows at the left and of columns below."""


class GridCanvas(QWidget):
    """Rows by tokens, darker where more; below zero in another colour. The tip tells a cell's number."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("playground.inside.grid")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(180)
        self._grid: dict[str, Any] = {}
        self._rows: list[str] = []
        self._columns: list[str] = []
        words(self.setAccessibleName, "Values inside the model")
        theme.changed.connect(self.update)

    def show_grid(self, grid: dict[str, Any], pieces: list[str]) -> None:
        """Show a grid as `look` tells it; `pieces` are the texts of all tokens."""
        self._grid = grid
        count = len(grid["values"][0]) if grid["values"] else 0
        self._columns = [_name(pieces, grid["first"] + number) for number in range(count)]
        self._rows = [_name(pieces, int(each)) for each in grid["rows"]] if grid["rows_are_tokens"] else grid["rows"]
        show(self.setAccessibleDescription, tr("{rows} rows by {columns} tokens", rows=len(self._rows), columns=count))
        self.update()

    def _cell(self) -> tuple[float, float]:
        across, down = max(1, len(self._columns)), max(1, len(self._rows))
        return (min(34.0, (self.width() - _LEFT - 4) / across), min(26.0, (self.height() - _BOTTOM) / down))

    def cell_at(self, point: QPointF) -> tuple[int, int] | None:
        """Row and column under a point."""
        width, height = self._cell()
        column, line = int((point.x() - _LEFT) // width), int(point.y() // height)
        return (line, column) if 0 <= line < len(self._rows) and 0 <= column < len(self._columns) else None

    @guarded(returns=False)
    def event(self, event: QEvent) -> bool:
        """Tell the number under the mouse."""
        if isinstance(event, QHelpEvent) and self._grid:
            found = self.cell_at(QPointF(event.pos()))
            if found is not None:
                line, column = found
                QToolTip.showText(event.globalPos(), f"{self._rows[line]} · {self._columns[column]}: "
                                  f"{decimal(self._grid['values'][line][column], 3)}", self)
                return True
        return super().event(event)

    @guarded(returns=QSize)
    def sizeHint(self) -> QSize:
        """As large as there is room."""
        return QSize(400, 260)

    @guarded()
    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw cells, the marked path and the names."""
        if not self._grid:
            return
        painter = QPainter(self)
        width, height = self._cell()
        high = self._grid["high"] or 1.0
        for line, values in enumerate(self._grid["values"]):
            for column, value in enumerate(values):
                share = max(-1.0, min(1.0, value / high))
                colour = theme.colour("p1" if share >= 0 else "p2", round(255 * abs(share)))
                place = QRectF(_LEFT + column * width, line * height, max(1.0, width - 1), max(1.0, height - 1))
                painter.fillRect(place, theme.colour("line"))
                painter.fillRect(place, colour)
        painter.setPen(QPen(theme.colour("ember"), 2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for column, line in enumerate(self._grid["path"]):
            if line >= 0:
                painter.drawRect(QRectF(_LEFT + column * width, line * height, width - 1, height - 1))
        self._paint_names(painter, width, height)

    def _paint_names(self, painter: QPainter, width: float, height: float) -> None:
        painter.setPen(theme.colour("text2"))
        every = max(1, round(13 / height + 0.49))
        for line, name in enumerate(self._rows):
            if line % every == 0:
                painter.setFont(theme.font(11, 400, "mono", name))
                words_of = painter.fontMetrics().elidedText(name, Qt.TextElideMode.ElideLeft, _LEFT - 8)
                painter.drawText(QRectF(0, line * height, _LEFT - 6, max(height, 13)),
                                 int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), words_of)
        every = max(1, round(13 / width + 0.49))
        bottom = len(self._rows) * height + 6
        for column, name in enumerate(self._columns):
            if column % every == 0:
                painter.save()
                painter.translate(_LEFT + (column + 0.5) * width + 4, bottom)
                painter.rotate(90)
                painter.setFont(theme.font(11, 400, "mono", name))
                painter.drawText(QPointF(0, 8), painter.fontMetrics().elidedText(
                    name, Qt.TextElideMode.ElideRight, _BOTTOM - 10))
                painter.restore()


class MapCanvas(QWidget):
    """Tokens as words in the plane; those near each other are alike to the model."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("playground.inside.map")
        self.setMinimumHeight(150)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._points: list[dict[str, Any]] = []
        words(self.setAccessibleName, "Map of the text's tokens")
        theme.changed.connect(self.update)

    def show_points(self, points: list[dict[str, Any]]) -> None:
        """Show tokens; the first one is in focus."""
        self._points = points
        self.update()

    @guarded()
    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the words, the one in focus last; words that would cover another are dots."""
        if not self._points:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        across, up = ([point[axis] for point in self._points] for axis in ("x", "y"))
        taken: list[QRectF] = []
        for number, point in enumerate(self._points):
            x = 8 + (self.width() - 70) * _share(point["x"], across)
            y = 12 + (self.height() - 24) * (1 - _share(point["y"], up))
            name = visible(point["piece"])
            painter.setFont(theme.font(11, 600 if number == 0 else 400, "mono", name))
            painter.setPen(theme.colour("accent" if number == 0 else "text2"))
            place = QRectF(x + 5, y - 8, painter.fontMetrics().horizontalAdvance(name), 15)
            painter.drawEllipse(QPointF(x, y), 2, 2)
            if not any(place.intersects(other) for other in taken):
                taken.append(place)
                painter.drawText(place.bottomLeft() - QPointF(0, 4), name)


def _share(value: float, values: list[float]) -> float:
    low, high = min(values), max(values)
    return (value - low) / (high - low) if high > low else 0.5


def _name(pieces: list[str], number: int) -> str:
    return visible(pieces[number]) if 0 <= number < len(pieces) else "⊢"
