"""One figure that matters: what it is, how much, in which unit."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from studio.widgets.card import row
from studio.widgets.text import Text


class BigNumber(QWidget):
    """A small label above a large figure with its unit."""

    def __init__(self, label: str, value: str = "–", unit: str = "", tone: str = "text", name: str = "") -> None:
        super().__init__()
        self.setObjectName(name)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.label, self.value, self.unit = Text(label, "label"), Text(value, "big", tone), Text(unit, "label")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addWidget(self.label)
        figures = row(self.value, self.unit, None, spacing=6)
        figures.setAlignment(self.unit, Qt.AlignmentFlag.AlignBottom)
        layout.addLayout(figures)

    def set_value(self, value: str, unit: str | None = None, tone: str = "text") -> None:
        """Show another figure."""
        self.value.say(value)
        self.value.set_tone(tone)
        if unit is not None:
            self.unit.say(unit)

    def set_label(self, label: str) -> None:
        """Say what the figure is."""
        self.label.say(label)
