"""A strip across the page that tells one thing, with at most two actions and a close."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QWidget

from studio.guard import guarded
from studio.i18n import show, tr
from studio.theme import paint_icon
from studio.widgets.buttons import IconButton
from studio.widgets.text import Text, set_property, set_shown

ICONS = {"ok": "circle-check", "info": "info", "warn": "triangle-alert", "error": "circle-alert"}


class Glyph(QWidget):
    """An icon that is only looked at."""

    def __init__(self, icon: str, token: str = "text2", size: int = 16) -> None:
        super().__init__()
        self._icon, self._token, self._size = icon, token, size
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def set_icon(self, icon: str, token: str) -> None:
        """Show another icon or colour."""
        self._icon, self._token = icon, token
        self.update()

    @guarded(returns=QSize)
    def sizeHint(self) -> QSize:
        """As large as the icon."""
        return QSize(self._size, self._size)

    @guarded()
    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the icon."""
        paint_icon(QPainter(self), self.rect(), self._icon, self._token, self._size)


class Strip(QFrame):
    """`level`: ok, info, warn or error. Hidden until `tell` is called when made without a text."""

    closed = Signal()

    def __init__(self, level: str = "info", text: str = "", more: str = "", actions: Sequence[QWidget] = (),
                 closable: bool = True, name: str = "") -> None:
        super().__init__()
        self.setObjectName(name)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setMinimumHeight(40)
        self._glyph = Glyph("info", "info")
        self._text = Text("", "strong")
        self._more = Text("", "body", "text2", wrap=True)
        self._actions: list[QWidget] = []
        layout = QHBoxLayout(self)
        layout.setContentsMargins(14, 4, 8, 4)
        layout.setSpacing(8)
        for widget, stretch in ((self._glyph, 0), (self._text, 0), (self._more, 1)):
            layout.addWidget(widget, stretch)
        self._row = layout
        close_name = f"{name}.close" if name else ""
        self._close = IconButton("x", tr("Close this message"), self._on_closed, close_name, "small")
        set_shown(self._close, closable)
        layout.addWidget(self._close)
        self.tell(level, text, more, actions)
        set_shown(self, bool(text))

    def tell(self, level: str, text: str, more: str = "", actions: Sequence[QWidget] = ()) -> None:
        """Say something else and show the strip; the actions take the place of the old ones."""
        set_property(self, "strip", level)
        self._glyph.set_icon(ICONS.get(level, "info"), level)
        self._text.say(text)
        self._more.say(more)
        for old in self._actions:
            self._row.removeWidget(old)
            old.deleteLater()
        self._actions = list(actions)
        for action in self._actions:
            self._row.insertWidget(self._row.count() - 1, action)
        show(self.setAccessibleName, tr("{first} {second}", first=text, second=more))
        set_shown(self, bool(text))

    def _on_closed(self) -> None:
        self.hide()
        self.closed.emit()
