"""A tag states a fact in a word or two; it never acts."""

from __future__ import annotations

from PySide6.QtWidgets import QSizePolicy

from studio.widgets.text import Text, set_property


class Tag(Text):
    """`level`: plain, accent, ok, warn, error or info."""

    def __init__(self, text: str = "", level: str = "plain", name: str = "") -> None:
        super().__init__(text, "tag", name=name)
        self.setProperty("tag", level)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)

    def set_level(self, level: str) -> None:
        """Change what kind of fact it is."""
        set_property(self, "tag", level)
