"""A small window under a control, closed by Esc or by a click elsewhere."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from studio.i18n import show
from studio.widgets.card import add_to
from studio.widgets.text import Text


class PopUp(QFrame):
    """A title and a `body`; it is deleted when it closes."""

    def __init__(self, parent: QWidget, title: str, name: str) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setObjectName(name)
        self.setProperty("surface", "pop-up")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAttribute(Qt.WidgetAttribute.WA_TranslucentBackground)  # nothing is drawn beyond the round corners
        show(self.setAccessibleName, title)
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(16, 14, 16, 14)
        self.body.setSpacing(10)
        self.body.addWidget(Text(title, "card"))

    def add(self, widget: QWidget) -> None:
        """Put a widget under the last one."""
        add_to(self.body, widget)

    def open_at(self, control: QWidget, above: bool = False) -> None:
        """Open below a control, or above it, its right edge at the control's but inside the window."""
        self.adjustSize()
        whole = control.window()
        corner = control.mapTo(whole, QPoint(control.width() - self.width(), 0))
        corner.setX(min(max(corner.x(), 8), whole.width() - self.width() - 8))
        corner.setY(corner.y() - self.height() - 6 if above else corner.y() + control.height() + 6)
        self.move(whole.mapToGlobal(corner))
        self.show()
