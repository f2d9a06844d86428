"""The field in the top bar that opens the palette of commands."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy

from studio.guard import guarded
from studio.i18n import tr, words
from studio.theme import paint_icon, theme


class FindField(QAbstractButton):
    """Looks like a field, acts as a button."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("top.find")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFixedWidth(220)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        words(self.setText, "Find anything")
        words(self.setAccessibleName, "Find anything (Ctrl+K)")

    @guarded(returns=QSize)
    def sizeHint(self) -> QSize:
        """As wide as it was fixed."""
        return QSize(220, 28)

    @guarded()
    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw field, glass, words and keys."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(theme.colour("line"), 1))
        painter.setBrush(theme.colour("hover" if self.underMouse() else "surface"))
        painter.drawRoundedRect(self.rect().adjusted(0, 0, -1, -1), 6, 6)
        paint_icon(painter, QRect(8, 0, 18, self.height()), "search", "text2", 14)
        painter.setPen(theme.colour("text2"))
        painter.setFont(theme.font(12))
        inner = self.rect().adjusted(30, 0, -12, 0)
        painter.drawText(inner, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, self.text())
        words_width = painter.fontMetrics().horizontalAdvance(self.text())
        painter.setFont(theme.font(11, 500))
        if words_width + painter.fontMetrics().horizontalAdvance(tr("Ctrl K")) + 8 <= inner.width():
            painter.drawText(inner, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, tr("Ctrl K"))
