"""One kind of model as a card to choose."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent

from studio.guard import guarded
from studio.i18n import show
from studio.widgets import Card, Text, column, row
from studio.widgets.strip import Glyph


class FamilyCard(Card):
    """The whole card is one choice: click, Enter or Space takes it."""

    chosen = Signal(str)

    def __init__(self, key: str, title: str, line: str, cost: str, icon: str) -> None:
        super().__init__(name=f"model.family.{key or 'auto'}", padding=12)
        self._key = key
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        show(self.setAccessibleName, title)
        self._tick, self._icon = Glyph("circle-check", "accent", 20), Glyph(icon, "accent", 20)
        self.add(row(self._tick, self._icon, Text(title, "card"), None, spacing=8))
        self.add(column(Text(line, "label", wrap=True), Text(cost, "caption", wrap=True), spacing=3))
        self.body.addStretch(1)
        self.set_chosen(False)

    def set_chosen(self, on: bool) -> None:
        """Wear the accent edge, and the tick in place of the icon."""
        super().set_chosen(on)
        self._tick.setVisible(on)
        self._icon.setVisible(not on)

    @guarded()
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Take it."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.chosen.emit(self._key)

    @guarded()
    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Take it."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.chosen.emit(self._key)
        else:
            super().keyPressEvent(event)
