"""What the window shows while files hang over it."""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from studio.guard import guarded
from studio.i18n import tr
from studio.theme import paint_icon, theme


class DropHint(QWidget):
    """A veil with one sentence; the mouse goes through it."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def open_over(self, area: QRect) -> None:
        """Cover an area of the window."""
        self.setGeometry(area)
        self.show()
        self.raise_()

    @guarded()
    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw it."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), theme.colour("bg", 210))
        painter.setPen(QPen(theme.colour("accent"), 2, Qt.PenStyle.DashLine))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(14, 14, -14, -14), 14, 14)
        middle = self.rect().center()
        paint_icon(painter, QRect(middle.x() - 16, middle.y() - 44, 32, 32), "upload", "accent", 30)
        painter.setPen(theme.colour("text"))
        painter.setFont(theme.font(20, 600))
        painter.drawText(self.rect().adjusted(0, 20, 0, 20), Qt.AlignmentFlag.AlignCenter, tr("Let go to read it"))
