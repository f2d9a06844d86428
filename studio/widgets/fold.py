"""A part that is folded away until it is wanted."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from studio.widgets.buttons import QuietButton
from studio.widgets.text import set_shown


class Fold(QWidget):
    """A heading that shows and hides its `body`; `toggled` tells, so that the page can remember."""

    toggled = Signal(bool)

    def __init__(self, title: str, body: QWidget, is_open: bool = False, name: str = "") -> None:
        super().__init__()
        self.setObjectName(name)
        toggle_name = f"{name}.toggle" if name else ""
        self._button = QuietButton(title, "chevron-right", self._on_pressed, toggle_name, size="small")
        self.body = body
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addWidget(self._button, 0, Qt.AlignmentFlag.AlignLeft)
        layout.addWidget(body)
        self.set_open(is_open)

    def set_open(self, is_open: bool) -> None:
        """Show or hide the body without telling anyone."""
        set_shown(self.body, is_open)
        self._button.set_icon("chevron-down" if is_open else "chevron-right")

    def is_open(self) -> bool:
        """Whether the body is shown."""
        return not self.body.isHidden()

    def _on_pressed(self) -> None:
        self.set_open(not self.is_open())
        self.toggled.emit(self.is_open())
