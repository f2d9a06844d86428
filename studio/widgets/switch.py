"""A switch that acts at once."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy

from studio.guard import guarded
from studio.i18n import show
from studio.theme import theme


class Switch(QAbstractButton):
    """On or off; Space turns it. `edited` is emitted when the user turns it, never when the program does."""

    edited = Signal(bool)

    def __init__(self, on: bool = False, label: str = "", name: str = "") -> None:
        super().__init__()
        self.setObjectName(name)
        self.setCheckable(True)
        self.setChecked(on)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        show(self.setAccessibleName, label)
        self.clicked.connect(self.edited)

    @guarded(returns=QSize)
    def sizeHint(self) -> QSize:
        """30 × 18 points."""
        return QSize(30, 18)

    @guarded()
    def paintEvent(self, _event: QPaintEvent) -> None:
        """A filled track with the knob at the right for on; an outlined one with the knob at the left for off."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        track = QRectF(0.75, 1.75, 28.5, 14.5)
        on = self.isChecked()
        painter.setPen(QPen(theme.colour("accent" if on else "line_strong"), 1.3))
        painter.setBrush(theme.colour("accent" if on else "raised"))
        painter.drawRoundedRect(track, 7.25, 7.25)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour("on_accent" if on else "line_strong"))
        radius = 5.0 if on else 4.0
        painter.drawEllipse(QPointF(22 if on else 8, 9), radius, radius)
