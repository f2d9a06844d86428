"""The bare window: it paints its bars before anything heavy is loaded, and takes the studio in later."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QByteArray, QRect, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QMainWindow, QWidget

from studio.guard import guarded
from studio.theme.theme import theme
from studio.theme.tokens import RAIL_WIDTH, STATUS_BAR_HEIGHT, TOP_BAR_HEIGHT

MINIMUM_SIZE = (1120, 720)
MADE_FOR = (1360, 860)


class Frame(QMainWindow):
    """Emits `painted` once, after it first was on the screen; `may_close` is asked before it closes."""

    painted = Signal()

    def __init__(self, geometry: bytes = b"") -> None:
        super().__init__()
        self.setObjectName("frame")
        self.setWindowTitle("Wenlu 文炉")
        self.setMinimumSize(*MINIMUM_SIZE)
        self.resize(*MADE_FOR)
        self.may_close: Callable[[], bool] = lambda: True
        self._was_painted = False
        if geometry:
            self.restoreGeometry(QByteArray(geometry))

    def fill(self, content: QWidget) -> None:
        """Put the studio in."""
        self.setCentralWidget(content)
        content.setFocus()  # nothing is chosen yet; Tab begins at the first control

    @guarded()
    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask first."""
        if self.may_close():
            event.accept()
        else:
            event.ignore()

    @guarded()
    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the empty bars and rail, as the studio will have them."""
        if self.centralWidget() is None:
            painter = QPainter(self)
            painter.fillRect(self.rect(), theme.colour("bg"))
            below = self.height() - STATUS_BAR_HEIGHT
            for bar in (QRect(0, 0, self.width(), TOP_BAR_HEIGHT), QRect(0, 0, RAIL_WIDTH, below),
                        QRect(0, below, self.width(), STATUS_BAR_HEIGHT)):
                painter.fillRect(bar, theme.colour("rail"))
        if not self._was_painted:
            self._was_painted = True
            QTimer.singleShot(0, self.painted.emit)
