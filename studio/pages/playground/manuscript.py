"""The one editor of the playground: what the user wrote in grey, what the model wrote in black."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtGui import QMouseEvent, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QTextEdit

from studio.guard import guarded
from studio.i18n import words
from studio.theme import theme


@dataclass(frozen=True)
class Writing:
    """A prompt and what was written after it. `tokens` are those of the talk's token lines, in order."""

    prompt: str = ""
    prompt_ids: tuple[int, ...] = ()
    text: str = ""
    tokens: tuple[dict[str, Any], ...] = field(default=())

    @property
    def whole(self) -> str:
        """Prompt and continuation."""
        return self.prompt + self.text


def units(text: str) -> int:
    """Length of a text as Qt counts it: characters beyond the first 65 536 are two."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def dress_copied(made: QTextCharFormat) -> None:
    """Underline a stretch that also stands in the training text."""
    made.setUnderlineStyle(QTextCharFormat.UnderlineStyle.SingleUnderline)
    made.setUnderlineColor(theme.colour("warn"))


class Manuscript(QTextEdit):
    """Edited anywhere, all that stands there becomes the prompt. `pointed` carries the number of a written token."""

    pointed = Signal(int)
    rewritten = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("playground.text")
        self.setAcceptRichText(False)
        self.setProperty("surface", "panel")
        words(self.setAccessibleName, "Your text and what the model writes")
        words(self.setPlaceholderText, "Write a beginning. The model goes on from there.")
        self.viewport().setMouseTracking(True)
        self.writing = Writing()
        self._reach = 0
        self._number = -1
        self._copied: list[tuple[int, int]] = []
        self._is_writing = False
        self.textChanged.connect(self._on_changed)
        theme.changed.connect(self._dress)
        self._dress()

    def show_writing(self, writing: Writing) -> None:
        """Show a writing from its beginning."""
        self.writing = writing
        self._is_writing = True
        self.setPlainText(writing.whole)
        self._is_writing = False
        self._paint()
        self.moveCursor(QTextCursor.MoveOperation.End)

    def append_text(self, text: str, tokens: tuple[dict[str, Any], ...]) -> None:
        """Write on; the view follows unless the user scrolled up."""
        self.writing = Writing(self.writing.prompt, self.writing.prompt_ids, self.writing.text + text,
                               self.writing.tokens + tokens)
        if not text:
            return
        bar = self.verticalScrollBar()
        follows = bar.value() >= bar.maximum() - 8
        self._is_writing = True
        cursor = QTextCursor(self.document())
        cursor.movePosition(QTextCursor.MoveOperation.End)
        cursor.insertText(text, self._format("text"))
        self._is_writing = False
        if follows:
            bar.setValue(bar.maximum())

    def shade_out_of_reach(self, characters: int) -> None:
        """Shade the beginning that the model cannot see."""
        self._reach = characters
        self._mark(-1)

    def underline(self, spans: list[tuple[int, int]]) -> None:
        """Underline what was copied, as stretches of characters of all that stands there."""
        self._copied = spans
        self._mark(self._number)

    def mark_token(self, number: int) -> None:
        """Frame a written token; -1 frames none."""
        self._mark(number)

    def _mark(self, number: int) -> None:
        self._number = number
        selections = []
        whole = self.writing.whole
        if self._reach:
            selections.append(self._selection(0, units(whole[: self._reach]), "hover"))
        for first, last in self._copied:
            marked = self._selection(units(whole[:first]), units(whole[:last]), "warn_soft")
            dress_copied(marked.format)
            selections.append(marked)
        if 0 <= number < len(self.writing.tokens):
            start, end = self._place_of(number)
            selections.append(self._selection(start, end, "selected"))
        self.setExtraSelections(selections)

    def _selection(self, start: int, end: int, token: str) -> QTextEdit.ExtraSelection:
        made = QTextEdit.ExtraSelection()
        made.cursor = QTextCursor(self.document())  # type: ignore[misc]
        made.cursor.setPosition(start)
        made.cursor.setPosition(min(end, self.document().characterCount() - 1), QTextCursor.MoveMode.KeepAnchor)
        made.format = QTextCharFormat()  # type: ignore[misc]
        made.format.setBackground(theme.colour(token))
        if token == "selected":
            made.format.setForeground(theme.colour("accent"))
        return made

    def _place_of(self, number: int) -> tuple[int, int]:
        token = self.writing.tokens[number]
        before = units(self.writing.prompt)
        text = self.writing.text
        return before + units(text[: token["start"]]), before + units(text[: token["end"]])

    def token_at(self, position: int) -> int:
        """The number of the written token at a place of the document, or -1."""
        offset = position - units(self.writing.prompt)
        if offset < 0:
            return -1
        text = self.writing.text
        character = len(text.encode("utf-16-le", "surrogatepass")[: 2 * offset].decode("utf-16-le", "ignore"))
        for number, token in enumerate(self.writing.tokens):
            if token["start"] <= character < token["end"]:
                return number
        return -1

    def _paint(self) -> None:
        self._is_writing = True
        cursor = QTextCursor(self.document())
        cursor.setPosition(0)
        cursor.setPosition(min(units(self.writing.prompt), self.document().characterCount() - 1),
                           QTextCursor.MoveMode.KeepAnchor)
        cursor.setCharFormat(self._format("text3"))
        cursor.setPosition(cursor.position())
        cursor.movePosition(QTextCursor.MoveOperation.End, QTextCursor.MoveMode.KeepAnchor)
        cursor.setCharFormat(self._format("text"))
        self.setCurrentCharFormat(self._format("text3"))
        self._is_writing = False

    def _format(self, token: str) -> QTextCharFormat:
        made = QTextCharFormat()
        made.setForeground(theme.colour(token))
        made.setFont(theme.font(16, 400, "serif", self.writing.whole[:200] or self.placeholderText()))
        return made

    def _on_changed(self) -> None:
        if not self._is_writing and self.toPlainText() != self.writing.whole:
            self.writing = Writing(self.toPlainText())
            self._reach = 0
            self.setExtraSelections([])
            self.rewritten.emit()

    def _dress(self) -> None:
        self.setFont(theme.font(16, 400, "serif", self.writing.whole[:200]))
        self._paint()
        self._mark(self._number)

    @guarded()
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Point at the token under the mouse."""
        super().mouseMoveEvent(event)
        if not event.buttons():
            number = self.token_at(self.cursorForPosition(event.position().toPoint()).position())
            if number >= 0:
                self.pointed.emit(number)
