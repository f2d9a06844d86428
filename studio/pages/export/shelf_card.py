"""What was exported from this project."""

from __future__ import annotations

import time
from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QWidget

from engine.exchange.shelf import Shelved
from studio.i18n import tr
from studio.i18n.numbers import ago, size_bytes
from studio.job_words import run_title
from studio.pages.export.format_card import LINES
from studio.widgets import Card, ElidedText, Glyph, LinkButton, Scroll, Text, bare, set_tip


class ShelfCard(Card):
    """`shown` asks for the folder of an export, by its name."""

    shown = Signal(str)

    def __init__(self) -> None:
        super().__init__(tr("Exported files"), tr("the tick means read back and compared"), name="export.shelf",
                         padding=14)
        self._inner: QWidget | None = None
        self._scroll = Scroll(QWidget())
        self.add(self._scroll, 1)

    def show_shelf(self, found: Sequence[Shelved]) -> None:
        """List them, the newest first."""
        grid = QGridLayout()
        inner = bare(grid)
        grid.setContentsMargins(0, 0, 4, 0)
        grid.setHorizontalSpacing(14)
        grid.setVerticalSpacing(6)
        grid.setColumnStretch(1, 1)
        for number, each in enumerate(found):
            mark = Glyph("circle-check", "ok", 15)
            set_tip(mark, tr("Written, read back and found the same"))
            show = LinkButton(tr("Show"), "", lambda name=each.folder: self.shown.emit(name),
                              f"export.shelf.show.{each.folder}")
            title = LINES[each.format][1] if each.format in LINES else each.format
            cells = (mark, ElidedText(f"{each.folder}/", "body"), Text(title, "caption"),
                     Text(run_title(each.run), "caption"), Text(size_bytes(each.size_bytes), "caption"),
                     Text(ago(time.time() - each.time), "caption"), show)
            for column, cell in enumerate(cells):
                grid.addWidget(cell, number, column)
        grid.setRowStretch(len(found), 1)
        self._scroll.setWidget(inner)
