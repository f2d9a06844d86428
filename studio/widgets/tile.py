"""A wide button with an icon, a word, and a line on what it takes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy

from studio.guard import guarded
from studio.i18n import show
from studio.widgets.buttons import Button
from studio.widgets.card import column
from studio.widgets.strip import Glyph
from studio.widgets.text import ElidedText, Text

_HEIGHT = 54


class Tile(Button):
    """`Tile("folder", tr("Folder"), tr("with all inside it"), on, "corpus.folder")`."""

    def __init__(self, icon: str, title: str, line: str, on: Callable[[], Any], name: str = "") -> None:
        super().__init__(on=on, name=name)
        show(self.setAccessibleName, title)
        show(self.setAccessibleDescription, line)
        self._title, self._line = Text(title, "strong"), ElidedText(line, "caption", "text2")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(13, 0, 10, 0)
        layout.setSpacing(11)
        layout.addWidget(Glyph(icon, "accent", 18))
        words = column(None, self._title, self._line, None, spacing=1)
        layout.addLayout(words, 1)
        for part in (self._title, self._line):
            part.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    @guarded(returns=QSize)
    def sizeHint(self) -> QSize:
        """As tall as its two lines need."""
        return QSize(150, max(_HEIGHT, self._title.sizeHint().height() + self._line.sizeHint().height() + 18))

    @guarded(returns=QSize)
    def minimumSizeHint(self) -> QSize:
        """May become narrow; the line is shortened."""
        return QSize(104, self.sizeHint().height())
