"""Buttons: one primary per page, plain ones, quiet ones, and the red one for deleting."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton

from studio.i18n import show
from studio.theme import set_icon
from studio.widgets.text import set_property, set_tip

Size = Literal["small", "normal", "large"]
_ICON_TOKENS = {"primary": "on_accent", "default": "text2", "quiet": "text2", "danger": "error", "link": "accent",
                "icon": "text2", "menu": "text2"}


class Button(QPushButton):
    """A plain button: verb and noun, with an icon where it helps. `on` is called without arguments at each press."""

    kind = "default"

    def __init__(self, text: str = "", icon: str = "", on: Callable[[], Any] | None = None, name: str = "",
                 tip: str = "", size: Size = "normal") -> None:
        super().__init__()
        self.setObjectName(name)
        self.setProperty("kind", self.kind)
        self.setProperty("height-class", size)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAutoDefault(False)
        self._icon = ""
        if text:
            self.say(text)
        if icon:
            self.set_icon(icon)
        if tip:
            self.set_tip(tip)
        if on is not None:
            self.clicked.connect(lambda _checked=False: on())

    def say(self, text: str) -> None:
        """Change the text."""
        show(self.setText, text)
        show(self.setAccessibleName, text)

    def set_icon(self, icon: str) -> None:
        """Change the icon by its name."""
        if icon != self._icon:
            self._icon = icon
            set_icon(self, icon, _ICON_TOKENS[self.kind], gap=self._gap())

    def _gap(self) -> int:
        return 6 if self.kind == "menu" else 3 if self.text() else 0

    def set_tip(self, tip: str) -> None:
        """Change the tool tip; a button without text takes it as its accessible name."""
        set_tip(self, tip)
        if not self.text():
            show(self.setAccessibleName, tip)

    def set_size(self, size: Size) -> None:
        """small, normal or large."""
        set_property(self, "height-class", size)


class PrimaryButton(Button):
    """The next sensible thing; one on a page. The window presses it at Ctrl+Enter."""

    kind = "primary"


class QuietButton(Button):
    """A button without outline."""

    kind = "quiet"


class DangerButton(Button):
    """A button that deletes."""

    kind = "danger"


class LinkButton(Button):
    """A button that looks like a word to follow."""

    kind = "link"


class IconButton(Button):
    """A square button with an icon alone; its tip is its name for screen readers."""

    kind = "icon"

    def __init__(self, icon: str, tip: str, on: Callable[[], Any] | None = None, name: str = "",
                 size: Size = "normal", checkable: bool = False) -> None:
        super().__init__("", icon, on, name, tip, size)
        self.setCheckable(checkable)


class MenuButton(Button):
    """A button without outline, for a name that opens a menu."""

    kind = "menu"
