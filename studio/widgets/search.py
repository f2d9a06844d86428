"""A field to search in, which waits until the typing rests."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import QLineEdit

from studio.guard import guarded
from studio.i18n import show
from studio.theme import set_icon


class SearchField(QLineEdit):
    """`searched` carries the text 200 ms after the last key, at once on Enter; Esc empties the field."""

    searched = Signal(str)

    def __init__(self, placeholder: str = "", name: str = "", wait_milliseconds: int = 200) -> None:
        super().__init__()
        self.setObjectName(name)
        show(self.setPlaceholderText, placeholder)
        show(self.setAccessibleName, placeholder)
        action = QAction(self)
        set_icon(action, "search", "text3")
        self.addAction(action, QLineEdit.ActionPosition.LeadingPosition)
        self.setClearButtonEnabled(True)
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(wait_milliseconds)
        self._rest.timeout.connect(self._tell)
        self._told = ""
        self.textChanged.connect(lambda _text: self._rest.start())
        self.returnPressed.connect(self._tell)

    @guarded()
    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc empties, then leaves."""
        if event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
            return
        super().keyPressEvent(event)

    def _tell(self) -> None:
        self._rest.stop()
        if self.text() != self._told:
            self._told = self.text()
            self.searched.emit(self._told)
