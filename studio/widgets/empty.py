"""What a place shows while there is nothing in it yet."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from studio.widgets.card import row
from studio.widgets.strip import Glyph
from studio.widgets.text import Text


class EmptyState(QWidget):
    """An icon, what is missing, one line what to do, and one or two buttons."""

    def __init__(self, icon: str, title: str, line: str = "", actions: Sequence[QWidget] = (), name: str = "") -> None:
        super().__init__()
        self.setObjectName(name)
        layout = QVBoxLayout(self)
        layout.setSpacing(6)
        self._title = Text(title, "card", wrap=True)
        self._line = Text(line, "body", "text2", wrap=True)
        layout.addStretch(1)
        layout.addWidget(Glyph(icon, "text3", 32), 0, Qt.AlignmentFlag.AlignHCenter)
        for text in (self._title, self._line):
            text.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            layout.addWidget(text)
        layout.addSpacing(4)
        layout.addLayout(row(None, *actions, None))
        layout.addStretch(1)

    def say(self, title: str, line: str) -> None:
        """Change both texts."""
        self._title.say(title)
        self._line.say(line)
