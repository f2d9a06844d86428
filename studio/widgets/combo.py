"""A choice of one in a list that opens."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QComboBox, QSizePolicy

from studio.guard import guarded
from studio.i18n import Translated, language, show

_WIDEST = 340


class Combo(QComboBox):
    """Exclusive choices by key; ↑↓ move between them. `chosen` is emitted when the user picks another."""

    chosen = Signal(str)

    def __init__(self, options: Sequence[tuple[str, str]] = (), value: str = "", name: str = "",
                 label: str = "") -> None:
        super().__init__()
        self.setObjectName(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMaximumWidth(_WIDEST)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(12)
        show(self.setAccessibleName, label)
        self._options: list[tuple[str, str]] = []
        self._shown = ""
        self.set_options(options, value)
        self.activated.connect(self._on_activated)
        language.changed.connect(self._say_again)

    def value(self) -> str:
        """The key of the choice; empty when there is none."""
        return self._shown

    def choose(self, key: str) -> None:
        """Show another choice without telling anyone."""
        self._shown = key
        self.setCurrentIndex(next((number for number, (other, _) in enumerate(self._options) if other == key), -1))

    def set_options(self, options: Sequence[tuple[str, str]], value: str = "") -> None:
        """Offer other choices, as (key, text)."""
        self.clear()
        self._options = list(options)
        for _key, text in self._options:
            self.addItem(text)
        self.choose(value or (self._options[0][0] if self._options else ""))

    @guarded()
    def wheelEvent(self, event: QWheelEvent) -> None:
        """Turn only with the focus, so that a page can be scrolled over it."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()

    def _say_again(self) -> None:
        for number, (_key, text) in enumerate(self._options):
            if isinstance(text, Translated):
                self.setItemText(number, text.again())

    def _on_activated(self, number: int) -> None:
        key = self._options[number][0]
        if key != self._shown:
            self._shown = key
            self.chosen.emit(key)
