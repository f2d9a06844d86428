"""A failure in plain words: what happened, what is safe, the way out, and the trace for who wants it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from studio.i18n import tr, words
from studio.widgets.buttons import QuietButton
from studio.widgets.card import Card, row
from studio.widgets.strip import Glyph
from studio.widgets.text import Text, set_shown


class ErrorCard(Card):
    """Shown in its place on the page, never as a box in the way."""

    def __init__(self, what: str, safe: str = "", fix: str = "", actions: Sequence[QWidget] = (), details: str = "",
                 name: str = "") -> None:
        super().__init__(name=name)
        self._what = Text(what, "card", wrap=True)
        self._lines = [Text(safe, "body", "text2", wrap=True, selectable=True),
                       Text(fix, "body", "text2", wrap=True, selectable=True)]
        self._details = QPlainTextEdit(details)
        self._details.setReadOnly(True)
        self._details.setMaximumHeight(180)
        words(self._details.setAccessibleName, "Details")
        self._details.hide()
        self.details_button = QuietButton(tr("Details"), "", self._on_details, f"{name}.details" if name else "")
        self.copy_button = QuietButton(tr("Copy"), "copy", self._on_copy, f"{name}.copy" if name else "")
        set_shown(self.details_button, bool(details))
        self.copy_button.hide()
        head = row(Glyph("circle-alert", "error", 18), self._what)
        head.setStretch(1, 1)
        self.add(head)
        for line in self._lines:
            set_shown(line, bool(line.text()))
            self.add(line)
        self.add(row(*actions, self.details_button, self.copy_button, None))
        self.add(self._details)
        self.body.addStretch(1)

    def _on_details(self) -> None:
        shown = self._details.isHidden()
        set_shown(self._details, shown)
        set_shown(self.copy_button, shown)

    def _on_copy(self) -> None:
        parts = [self._what.text(), *(line.text() for line in self._lines), self._details.toPlainText()]
        QGuiApplication.clipboard().setText("\n".join(part for part in parts if part))
