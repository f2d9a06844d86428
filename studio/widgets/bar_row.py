"""A line of a bar chart: name, bar, figure."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QWidget

from studio.widgets.busy import Bar
from studio.widgets.text import ElidedText, Text, set_property


class BarRow(QWidget):
    """Name at the left, a bar for the share, a figure at the right."""

    def __init__(self, label: str, fraction: float = 0.0, value: str = "", token: str = "p6", label_width: int = 110,
                 name: str = "") -> None:
        super().__init__()
        self.setObjectName(name)
        self._label, self._value = ElidedText(label, "label"), Text(value, "label-strong")
        self._label.setFixedWidth(label_width)
        self._bar = Bar(fraction, token, 8)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(10)
        layout.addWidget(self._label)
        layout.addWidget(self._bar, 1)
        layout.addWidget(self._value)

    def set_value(self, fraction: float, value: str, token: str = "") -> None:
        """Another share and figure."""
        self._bar.set_fraction(fraction, token)
        self._value.say(value)

    def show_label(self, label: str) -> None:
        """Another name."""
        self._label.say(label)

    def set_strong(self, on: bool) -> None:
        """Mark the row that is spoken of."""
        set_property(self._label, "role", "label-strong" if on else "label")
