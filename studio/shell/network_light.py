"""A small light that burns exactly while the engine has a connection to another computer open."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.guard import guarded
from studio.i18n import show, tr
from studio.theme import paint_icon, theme
from studio.widgets.text import set_tip

_SIZE = 22


class NetworkLight(QWidget):
    """Dark without a connection; its tool tip names the host while there is one."""

    def __init__(self, name: str = "") -> None:
        super().__init__()
        self.setObjectName(name)
        self._host = ""
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.show_host("")

    def show_host(self, host: str) -> None:
        """The host of the open connection; empty when none is open."""
        self._host = host
        told = tr("Connected to {host}. Wenlu fetches pages there.", host=host) if host else \
            tr("No connection to another computer is open.")
        set_tip(self, told)
        show(self.setAccessibleName, told)
        self.update()

    def is_lit(self) -> bool:
        """Whether a connection is open."""
        return bool(self._host)

    @guarded(returns=QSize)
    def sizeHint(self) -> QSize:
        """A little larger than its icon."""
        return QSize(_SIZE, _SIZE)

    @guarded()
    def paintEvent(self, _event: QPaintEvent) -> None:
        """A globe: pale, or in the colour of work on a disc of its own."""
        painter = QPainter(self)
        if self._host:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour("ember_soft"))
            painter.drawEllipse(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5))
        paint_icon(painter, self.rect(), "globe", "ember" if self._host else "text3", 14)
