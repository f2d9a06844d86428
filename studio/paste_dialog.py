"""The window in which a text is pasted."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QLineEdit, QPlainTextEdit, QVBoxLayout, QWidget

from studio.i18n import counted, tr, words
from studio.widgets import Button, PrimaryButton, Text, row


class PasteDialog(QDialog):
    """`given` carries the title and the text; it begins with what was copied."""

    given = Signal(str, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("paste.dialog")
        words(self.setWindowTitle, "Paste text")
        self.resize(560, 420)
        self.title = QLineEdit()
        self.title.setObjectName("paste.title")
        words(self.title.setAccessibleName, "Title")
        words(self.title.setPlaceholderText, "its first words if left empty")
        self.text = QPlainTextEdit()
        self.text.setObjectName("paste.text")
        words(self.text.setAccessibleName, "Pasted text")
        words(self.text.setPlaceholderText, "Type or paste text here")
        self._count = Text("", "label")
        self._add = PrimaryButton(tr("Add"), "plus", self._on_add, "paste.add")
        cancel = Button(tr("Cancel"), "", self.reject, "paste.cancel")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(18, 16, 18, 16)
        layout.setSpacing(10)
        layout.addLayout(row(Text(tr("Title"), "label"), self.title))
        layout.addWidget(self.text, 1)
        layout.addLayout(row(self._count, None, cancel, self._add))
        self.text.textChanged.connect(self._on_changed)
        self.text.setPlainText(QGuiApplication.clipboard().text())
        self._on_changed()
        self.text.setFocus()

    def _on_changed(self) -> None:
        count = self.text.document().characterCount() - 1
        self._count.say(counted("{count} character", "{count} characters", count))
        self._add.setEnabled(count > 0)

    def _on_add(self) -> None:
        text = self.text.toPlainText()
        if text.strip():
            self.given.emit(self.title.text().strip(), text)
            self.accept()
