"""Rows of a form: a label at the left, the control beside it, one sentence below when something is wrong."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from studio.widgets.card import row
from studio.widgets.strip import Glyph
from studio.widgets.text import Text, set_property, set_shown, set_tip


class FormRow(QWidget):
    """A labelled control; `help` becomes the tool tip of both, a problem stands under it in red.

    With a label width of 0 the label stands above the control, which then has the whole width.
    """

    def __init__(self, label: str, control: QWidget, help: str = "", label_width: int = 120, name: str = "") -> None:
        super().__init__()
        self.setObjectName(name)
        self.control = control
        self.label = Text(label, "label", wrap=True)
        if label_width:
            self.label.setFixedWidth(label_width)
        self.label.setBuddy(control)
        for part in (self.label, control) if help else ():
            set_tip(part, help)
        self._problem = Text("", "caption", "error", wrap=True)
        self._problem_row = QWidget()
        inner = QHBoxLayout(self._problem_row)
        inner.setContentsMargins(label_width + 10 if label_width else 0, 0, 0, 0)
        inner.setSpacing(5)
        inner.addWidget(Glyph("circle-alert", "error", 13), 0, Qt.AlignmentFlag.AlignTop)
        inner.addWidget(self._problem, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(3)
        if label_width:
            line = row(self.label, control, spacing=10)
            line.setStretch(1, 1)
            layout.addLayout(line)
        else:
            layout.addWidget(self.label)
            layout.addWidget(control)
        layout.addWidget(self._problem_row)
        self._problem_row.hide()

    def set_problem(self, text: str) -> None:
        """Say what is wrong and how to mend it; an empty text takes it back."""
        self._problem.say(text)
        set_shown(self._problem_row, bool(text))
        set_property(self.control, "problem", bool(text))


class KeyValue(QWidget):
    """A fact: its name at the left, its value at the right; the value can be marked and copied."""

    def __init__(self, key: str, value: str = "", name: str = "") -> None:
        super().__init__()
        self.setObjectName(name)
        self._value = Text(value, "label-strong", selectable=True, wrap=True)
        self._value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(Text(key, "label"))
        layout.addWidget(self._value, 1)

    def set_value(self, value: str) -> None:
        """Another value."""
        self._value.say(value)
