"""A run's title, note and tags."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QDialog, QLineEdit, QPlainTextEdit, QVBoxLayout, QWidget

from engine.runs.history import About
from studio.i18n import show, tr, words
from studio.widgets import Button, FormRow, PrimaryButton, Text, row


class AboutSheet(QDialog):
    """Kept when Done is pressed."""

    def __init__(self, session: Any, name: str, about: About, parent: QWidget) -> None:
        super().__init__(parent)
        self._session, self._name = session, name
        self.setObjectName("train.about-sheet")
        self.setMinimumSize(480, 320)
        show(self.setWindowTitle, tr("Name, note and tags"))
        self.title, self.tags, self.note = QLineEdit(about.title), QLineEdit(", ".join(about.tags)), QPlainTextEdit()
        self.note.setPlainText(about.note)
        self.note.setTabChangesFocus(True)
        for field, key in ((self.title, "title"), (self.tags, "tags"), (self.note, "note")):
            field.setObjectName(f"train.about.{key}")
        words(self.title.setAccessibleName, "Title")
        words(self.tags.setAccessibleName, "Tags, separated by commas")
        words(self.note.setAccessibleName, "Note")
        self.title.setPlaceholderText(name)
        words(self.tags.setPlaceholderText, "Tags, separated by commas")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 16, 20, 16)
        layout.setSpacing(10)
        layout.addWidget(Text(tr("Name, note and tags"), "card"))
        layout.addWidget(FormRow(tr("Title"), self.title))
        layout.addWidget(FormRow(tr("Tags"), self.tags))
        layout.addWidget(FormRow(tr("Note"), self.note), 1)
        layout.addLayout(row(None, Button(tr("Cancel"), "", self.reject, "train.about.cancel"),
                             PrimaryButton(tr("Done"), "check", self._on_done, "train.about.done")))

    def _on_done(self) -> None:
        tags = tuple(self.tags.text().replace("，", ",").replace("、", ",").split(","))
        if self._session.history.describe(self._name, About(self.title.text(), self.note.toPlainText(), tags)):
            self.accept()
