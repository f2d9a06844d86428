"""Text that is data: of the corpus or written by a model. In a serif, so that nobody takes it for the interface."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QTextBlockFormat, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QFrame, QTextEdit

from studio.guard import guarded
from studio.i18n import show
from studio.theme import theme

SpanKind = Literal["same", "removed", "added", "hit", "prompt", "copied"]
_LONGEST = 200_000


class SerifText(QTextEdit):
    """Read-only text; the font is chosen by its script, found words can be marked."""

    def __init__(self, text: str = "", pixels: int = 15, label: str = "", name: str = "", line: float = 1.6) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setProperty("data", True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setReadOnly(True)
        self.setAcceptRichText(False)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse
                                     | Qt.TextInteractionFlag.TextSelectableByKeyboard)
        self.setTabChangesFocus(True)
        self.document().setDocumentMargin(0)
        if label:
            show(self.setAccessibleName, label)
        self._pixels, self._line = pixels, line
        self._spans: list[tuple[str, SpanKind]] = []
        self.set_text(text)
        theme.changed.connect(self._draw)

    def set_text(self, text: str) -> None:
        """Show a text as it is; only the first 200 000 characters."""
        self.set_spans([(text, "same")] if text else [])

    def set_spans(self, spans: Iterable[tuple[str, SpanKind]]) -> None:
        """Show pieces with a meaning each: same, removed, added, hit, prompt or copied."""
        self._spans = [(text, kind) for text, kind in spans if text]
        self._draw()

    def append_span(self, text: str, kind: SpanKind = "same") -> None:
        """Write on at the end, as a model does; the view follows when it was at the end."""
        bar = self.verticalScrollBar()
        was_at_end = bar.value() >= bar.maximum() - 4
        self._spans.append((text, kind))
        cursor = QTextCursor(self.document())
        cursor.movePosition(QTextCursor.MoveOperation.End)
        cursor.insertText(text, self._format(kind, text))
        if was_at_end:
            bar.setValue(bar.maximum())

    def show_place(self, characters: int) -> None:
        """Scroll so that what stands after so many characters is in the upper half; a place in sight moves nothing."""
        cursor = QTextCursor(self.document())
        cursor.setPosition(min(characters, self.document().characterCount() - 1))
        below = self.cursorRect(cursor).top()
        if not 0 <= below < self.viewport().height() - theme.px(20):
            bar = self.verticalScrollBar()
            bar.setValue(bar.value() + below - self.viewport().height() // 3)

    def mark(self, word: str) -> int:
        """Mark a word wherever it stands, whatever its case; gives how often it was found (counted up to 1000)."""
        found: list[QTextEdit.ExtraSelection] = []
        cursor = QTextCursor(self.document())
        while word and len(found) < 1000:
            cursor = self.document().find(word, cursor)
            if cursor.isNull():
                break
            selection = QTextEdit.ExtraSelection()
            selection.cursor = cursor  # type: ignore[attr-defined]
            selection.format.setBackground(theme.colour("k5"))  # type: ignore[attr-defined]
            found.append(selection)
        self.setExtraSelections(found)
        return len(found)

    def show_mark(self, number: int) -> None:
        """Scroll to one of the marked places and make it stand out."""
        marks: Sequence[QTextEdit.ExtraSelection] = self.extraSelections()
        if 0 <= number < len(marks):
            for place, mark in enumerate(marks):
                is_shown = place == number
                mark.format.setBackground(theme.colour("accent" if is_shown else "k5"))  # type: ignore[attr-defined]
                mark.format.setForeground(theme.colour("on_accent" if is_shown else "text"))  # type: ignore[attr-defined]
            self.setExtraSelections(marks)
            cursor = QTextCursor(marks[number].cursor)  # type: ignore[attr-defined]
            cursor.clearSelection()
            self.setTextCursor(cursor)
            self.ensureCursorVisible()

    @guarded()
    def changeEvent(self, event: QEvent) -> None:
        """Fonts come from the text, not from the sheet: nothing to do but pass it on."""
        super().changeEvent(event)

    def _draw(self) -> None:
        place = self.verticalScrollBar().value()
        self.clear()
        cursor = QTextCursor(self.document())
        block = QTextBlockFormat()
        block.setLineHeight(theme.px(self._pixels) * self._line, QTextBlockFormat.LineHeightTypes.FixedHeight.value)
        cursor.setBlockFormat(block)
        room = _LONGEST
        for text, kind in self._spans:
            cursor.insertText(text[:room], self._format(kind, text))
            room -= len(text)
            if room <= 0:
                break
        self.verticalScrollBar().setValue(place)

    def _format(self, kind: SpanKind, text: str) -> QTextCharFormat:
        whole = self._spans[0][0] if self._spans else text
        written = QTextCharFormat()
        written.setFont(theme.font(self._pixels, 400, "serif", whole if len(text) < 200 else text))
        written.setForeground(theme.colour("text"))
        if kind == "removed":
            written.setBackground(theme.colour("del_bg"))
            written.setFontStrikeOut(True)
        elif kind == "added":
            written.setBackground(theme.colour("add_bg"))
            written.setFontUnderline(True)
        elif kind == "hit":
            written.setBackground(theme.colour("k5"))
        elif kind == "prompt":
            written.setForeground(theme.colour("text3"))
        elif kind == "copied":
            written.setUnderlineStyle(QTextCharFormat.UnderlineStyle.SingleUnderline)
            written.setUnderlineColor(theme.colour("warn"))
        return written


class DiffText(SerifText):
    """Text before or after cleaning: what goes is struck out on red, what comes is underlined on green."""


def differences(before: str, after: str) -> tuple[list[tuple[str, SpanKind]], list[tuple[str, SpanKind]]]:
    """Spans for a view of the text before and one of the text after, compared word by word and mark by mark."""
    import difflib
    import re

    pieces = re.compile(r"\s+|[\u2e80-\u9fff]|\w+|[^\w\s]")
    old, new = pieces.findall(before), pieces.findall(after)
    left: list[tuple[str, SpanKind]] = []
    right: list[tuple[str, SpanKind]] = []
    for verb, a, b, c, d in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if verb == "equal":
            left.append(("".join(old[a:b]), "same"))
            right.append(("".join(new[c:d]), "same"))
        else:
            left.append(("".join(old[a:b]), "removed"))
            right.append(("".join(new[c:d]), "added"))
    return left, right
