"""Widgets side by side that go on in the next line where the room ends."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem

from studio.guard import guarded


class FlowLayout(QLayout):
    """Like words on a page; the height follows from the width."""

    def __init__(self, spacing: int = 6) -> None:
        super().__init__()
        self._gap = spacing
        self._items: list[QLayoutItem] = []
        self.setContentsMargins(0, 0, 0, 0)

    @guarded()
    def addItem(self, item: QLayoutItem) -> None:
        """Put an item at the end."""
        self._items.append(item)

    @guarded(returns=0)
    def count(self) -> int:
        """How many items there are."""
        return len(self._items)

    @guarded()
    def itemAt(self, index: int) -> QLayoutItem | None:
        """One item."""
        return self._items[index] if 0 <= index < len(self._items) else None

    @guarded()
    def takeAt(self, index: int) -> QLayoutItem | None:
        """Take one item out."""
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    @guarded(returns=lambda: Qt.Orientation(0))
    def expandingDirections(self) -> Qt.Orientation:
        """Takes no more room than it needs."""
        return Qt.Orientation(0)

    @guarded(returns=True)
    def hasHeightForWidth(self) -> bool:
        """Yes."""
        return True

    @guarded(returns=0)
    def heightForWidth(self, width: int) -> int:
        """The height of all lines."""
        return self._place(QRect(0, 0, width, 0), move=False)

    @guarded()
    def setGeometry(self, rect: QRect) -> None:
        """Place the items."""
        super().setGeometry(rect)
        self._place(rect, move=True)

    @guarded(returns=QSize)
    def sizeHint(self) -> QSize:
        """One line at least."""
        return self.minimumSize()

    @guarded(returns=QSize)
    def minimumSize(self) -> QSize:
        """The largest item."""
        size = QSize()
        for item in self._items:
            size = size.expandedTo(item.minimumSize())
        return size

    def _place(self, rect: QRect, move: bool) -> int:
        across, down, tallest = rect.x(), rect.y(), 0
        for item in self._items:
            size = item.sizeHint()
            if across > rect.x() and across + size.width() > rect.right() + 1:
                across, down, tallest = rect.x(), down + tallest + self._gap, 0
            if move:
                item.setGeometry(QRect(QPoint(across, down), size))
            across, tallest = across + size.width() + self._gap, max(tallest, size.height())
        return down + tallest - rect.y()
