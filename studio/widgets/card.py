"""Cards, the panels inside them, and hairlines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QBoxLayout, QFrame, QHBoxLayout, QLayout, QSizePolicy, QVBoxLayout, QWidget

from studio.theme.tokens import CARD_PADDING
from studio.widgets.text import Text, set_property, set_shown


class Card(QFrame):
    """A white box with a title row (title, caption, stretch, actions) and a `body` below it."""

    def __init__(self, title: str = "", caption: str = "", actions: Sequence[QWidget] = (), name: str = "",
                 padding: int = CARD_PADDING) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setProperty("surface", "card")
        outer = QVBoxLayout(self)
        outer.setContentsMargins(padding, 12 if title else padding, padding, padding)
        outer.setSpacing(8)
        self.title = Text(title, "card")
        self.caption = Text(caption, "label")
        self.head = QHBoxLayout()
        self.head.setSpacing(8)
        self.head.addWidget(self.title)
        self.head.addWidget(self.caption)
        self.head.addStretch(1)
        for action in actions:
            self.head.addWidget(action)
        outer.addLayout(self.head)
        outer.setAlignment(self.head, Qt.AlignmentFlag.AlignTop)
        self.body = QVBoxLayout()
        self.body.setSpacing(8)
        outer.addLayout(self.body, 1)
        set_shown(self.title, bool(title))
        set_shown(self.caption, bool(caption))

    def add(self, item: QWidget | QLayout, stretch: int = 0) -> None:
        """Put a widget or a layout under the last one."""
        add_to(self.body, item, stretch)

    def add_action(self, widget: QWidget) -> None:
        """Put a control at the right of the title row."""
        self.head.addWidget(widget)

    def set_title(self, title: str) -> None:
        """Change the title; an empty one is hidden."""
        self.title.say(title)
        set_shown(self.title, bool(title))

    def set_caption(self, caption: str) -> None:
        """Change the small text beside the title; an empty one is hidden."""
        self.caption.say(caption)
        set_shown(self.caption, bool(caption))

    def set_chosen(self, on: bool) -> None:
        """Draw the accent edge of a chosen card."""
        set_property(self, "chosen", on)


class Panel(QFrame):
    """A raised box inside a card."""

    def __init__(self, name: str = "", padding: int = 12, direction: Literal["down", "right"] = "down") -> None:
        super().__init__()
        self.setObjectName(name)
        self.setProperty("surface", "panel")
        self.body: QBoxLayout = QVBoxLayout(self) if direction == "down" else QHBoxLayout(self)
        self.body.setContentsMargins(padding, padding, padding, padding)
        self.body.setSpacing(6)

    def add(self, item: QWidget | QLayout, stretch: int = 0) -> None:
        """Put a widget or a layout after the last one."""
        add_to(self.body, item, stretch)

    def set_chosen(self, on: bool) -> None:
        """Draw it as the chosen one."""
        set_property(self, "chosen", on)


class Line(QFrame):
    """A hairline."""

    def __init__(self, direction: Literal["horizontal", "vertical"] = "horizontal") -> None:
        super().__init__()
        self.setProperty("line", direction)
        fixed, free = QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding
        self.setSizePolicy(*((free, fixed) if direction == "horizontal" else (fixed, free)))


def row(*items: QWidget | QLayout | int | None, spacing: int = 8) -> QHBoxLayout:
    """Widgets side by side; None is a stretch, a number is empty space in pixels."""
    layout = QHBoxLayout()
    return _filled(layout, items, spacing)  # type: ignore[return-value]


def column(*items: QWidget | QLayout | int | None, spacing: int = 8) -> QVBoxLayout:
    """Widgets below each other; None is a stretch, a number is empty space in pixels."""
    layout = QVBoxLayout()
    return _filled(layout, items, spacing)  # type: ignore[return-value]


def bare(layout: QLayout, name: str = "") -> QWidget:
    """A see-through widget that holds a layout."""
    widget = QWidget()
    widget.setObjectName(name)
    widget.setProperty("bare", True)
    widget.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
    layout.setContentsMargins(0, 0, 0, 0)
    widget.setLayout(layout)
    return widget


def add_to(layout: QBoxLayout, item: QWidget | QLayout, stretch: int = 0) -> None:
    """Put a widget or a layout into a layout."""
    if isinstance(item, QLayout):
        layout.addLayout(item, stretch)
    else:
        layout.addWidget(item, stretch)


def _filled(layout: QBoxLayout, items: Sequence[QWidget | QLayout | int | None], spacing: int) -> QBoxLayout:
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(spacing)
    for item in items:
        if item is None:
            layout.addStretch(1)
        elif isinstance(item, int):
            layout.addSpacing(item)
        else:
            add_to(layout, item)
    return layout
