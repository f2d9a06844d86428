"""The settings of the next run, in a sheet beside the curves."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QVBoxLayout, QWidget

from studio.forms import RecipeForm
from studio.i18n import show, tr
from studio.widgets import Button, PrimaryButton, Scroll, Text, row


class SettingsSheet(QDialog):
    """Edits take effect at once and are saved; a run that already trains keeps its own.

    `rate_asked` when the user wants a learning rate to be searched for.
    """

    rate_asked = Signal()

    def __init__(self, session: Any, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("train.settings-sheet")
        self.setMinimumSize(560, 520)
        show(self.setWindowTitle, tr("Training settings"))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 16, 20, 16)
        layout.setSpacing(10)
        layout.addWidget(Text(tr("Training settings"), "card"))
        layout.addWidget(Text(tr("They count from the next run on. A run that trains now keeps its own."), "label"))
        layout.addWidget(Scroll(RecipeForm(session, "training")), 1)
        find = Button(tr("Find a learning rate"), "search", self.rate_asked.emit, "train.find-rate")
        layout.addLayout(row(find, None, PrimaryButton(tr("Done"), "check", self.accept, "train.settings-done")))
