"""The sheet behind F1: the keys of the page in sight and those that work everywhere."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QDialog, QDialogButtonBox, QGridLayout, QVBoxLayout, QWidget

from studio.i18n import tr, words
from studio.pages import Command
from studio.widgets import Scroll, Text, bare, column


class HelpSheet(QDialog):
    """A list of commands with their keys."""

    def __init__(self, parent: QWidget, title: str, here: Sequence[Command], everywhere: Sequence[Command]) -> None:
        super().__init__(parent)
        self.setObjectName("help")
        words(self.setWindowTitle, "Keys")
        self.resize(520, 560)
        parts: list[QWidget] = []
        if here:
            parts += [Text(title, "card"), _table(here)]
        parts += [Text(tr("On every page"), "card"), _table(everywhere)]
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addWidget(Scroll(column(*parts, None, spacing=10)), 1)
        layout.addWidget(buttons)


def _table(commands: Sequence[Command]) -> QWidget:
    grid = QGridLayout()
    grid.setHorizontalSpacing(18)
    grid.setVerticalSpacing(6)
    grid.setColumnStretch(1, 1)
    for number, command in enumerate(command for command in commands if command.keys):
        grid.addWidget(Text(command.keys, "label-strong"), number, 0)
        grid.addWidget(Text(command.title, "body", wrap=True), number, 1)
    return bare(grid)
