"""Wenlu's own mark: a kiln mouth with a flame in it."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QRectF, QSize
from PySide6.QtGui import QIcon, QPainter, QPaintEvent
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QSizePolicy, QWidget

from engine.assets import asset
from studio.guard import guarded
from studio.theme.theme import theme


class Logo(QWidget):
    """The mark in the colours of the theme."""

    def __init__(self, size: int = 26) -> None:
        super().__init__()
        self._size = size
        self._drawing = asset("logo.svg").read_text("utf-8")
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Wenlu")

    @guarded(returns=QSize)
    def sizeHint(self) -> QSize:
        """A square."""
        return QSize(self._size, self._size)

    @guarded()
    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw it."""
        light, dark = theme.colour("accent").name(), theme.colour("on_accent").name()
        drawing = self._drawing.replace("#14665A", light).replace("#FFFFFF", dark)
        QSvgRenderer(QByteArray(drawing.encode())).render(QPainter(self), QRectF(0, 0, self._size, self._size))


def application_icon() -> QIcon:
    """The icon of the window and of the task bar."""
    made = QIcon()
    for size in (16, 32, 48, 128, 256):
        made.addFile(str(asset(f"application/wenlu-{size}.png")), QSize(size, size))
    return made
