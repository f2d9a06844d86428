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
        super().__init__(name=f"model.family.{key or 'auto'}", padding=14)
        self._key = key
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        show(self.setAccessibleName, title)
        self._tick = Glyph("circle-check", "accent", 18)
        words = column(Text(title, "card"), Text(line, "label", wrap=True), Text(cost, "caption"), spacing=3)
        whole = row(Glyph(icon, "accent", 30), words, self._tick, spacing=14)
        whole.setStretch(1, 1)
        self.add(whole)
        self.set_chosen(False)

    def set_chosen(self, on: bool) -> None:
        """Wear the accent edge and the tick."""
        super().set_chosen(on)
        policy = self._tick.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self._tick.setSizePolicy(policy)
        self._tick.setVisible(on) if self._tick.parentWidget() else None

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
