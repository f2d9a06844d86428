"""A see-through area that scrolls when its content is taller than the room."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QLayout, QScrollArea, QWidget

from studio.widgets.card import bare


class Scroll(QScrollArea):
    """Scrolls up and down only; its content is as wide as itself."""

    def __init__(self, content: QWidget | QLayout, name: str = "") -> None:
        super().__init__()
        self.setObjectName(name)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        inner = bare(content) if isinstance(content, QLayout) else content
        inner.setProperty("bare", True)
        inner.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setWidget(inner)
