"""A curve the size of a word."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QLinearGradient, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.guard import guarded
from studio.theme import theme

_MOST_POINTS = 240


class Sparkline(QWidget):
    """Values from left to right, pale below the line, a dot at the last one."""

    def __init__(self, values: Sequence[float] = (), token: str = "p1", height: int = 44, name: str = "") -> None:
        super().__init__()
        self.setObjectName(name)
        self._token, self._height = token, height
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.set_values(values)

    def set_values(self, values: Sequence[float], token: str = "") -> None:
        """Draw other values; those that are not finite are left out."""
        finite = [value for value in values if value == value and abs(value) != float("inf")]
        stride = max(1, len(finite) // _MOST_POINTS)
        self._values = finite[::-1][::stride][::-1]
        self._token = token or self._token
        self.update()

    @guarded(returns=QSize)
    def sizeHint(self) -> QSize:
        """Wide as there is room."""
        return QSize(120, self._height)

    @guarded()
    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the curve."""
        if len(self._values) < 2:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        points = self._points()
        line = QPainterPath(points[0])
        for point in points[1:]:
            line.lineTo(point)
        area = QPainterPath(line)
        area.lineTo(points[-1].x(), self.height())
        area.lineTo(points[0].x(), self.height())
        fade = QLinearGradient(0, 0, 0, self.height())
        fade.setColorAt(0, theme.colour(self._token, 60))
        fade.setColorAt(1, theme.colour(self._token, 0))
        painter.fillPath(area, fade)
        painter.setPen(QPen(theme.colour(self._token), 1.8))
        painter.drawPath(line)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour(self._token))
        painter.drawEllipse(points[-1], 2.8, 2.8)

    def _points(self) -> list[QPointF]:
        low, high = min(self._values), max(self._values)
        width, height = self.width() - 8, self.height() - 8
        span = (high - low) or 1.0
        step = width / (len(self._values) - 1)
        return [QPointF(2 + number * step, 4 + height * (high - value) / span)
                for number, value in enumerate(self._values)]
