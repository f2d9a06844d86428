"""Scoring: how surprised the model is by any text, token by token."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtGui import QMouseEvent, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QTextEdit

from studio.guard import guarded
from studio.i18n import counted, said, tr, words
from studio.i18n.numbers import decimal
from studio.pages.playground.copy_meter import CopyMeter
from studio.pages.playground.manuscript import dress_copied, units
from studio.talker import Talker
from studio.theme import theme
from studio.widgets import BusyBar, Button, Card, PrimaryButton, QuietButton, Strip, Text, row

MOST_SURPRISING = 4
COLOURED = 20_000
"""So many tokens are coloured at most; the figures are of all."""


class HeatMap(QTextEdit):
    """A text whose tokens are the darker the less they were expected."""

    pointed = Signal(int)
    rewritten = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("playground.scored")
        self.setAcceptRichText(False)
        words(self.setAccessibleName, "Text to score")
        words(self.setPlaceholderText, "Type or paste any text, then score it.")
        self.viewport().setMouseTracking(True)
        self._ends: list[int] = []
        self._tokens: list[dict[str, Any]] = []
        self._is_painting = False
        self.textChanged.connect(self._on_changed)
        theme.changed.connect(self._dress)
        self._dress()

    def show_tokens(self, tokens: list[dict[str, Any]]) -> None:
        """Colour the text by its tokens."""
        self._tokens = tokens
        self._paint()

    def underline(self, spans: list[tuple[int, int]]) -> None:
        """Underline what was copied."""
        text, selections = self.toPlainText(), []
        for first, last in spans:
            marked = QTextEdit.ExtraSelection()
            marked.cursor = QTextCursor(self.document())  # type: ignore[misc]
            marked.cursor.setPosition(units(text[:first]))
            marked.cursor.setPosition(units(text[:last]), QTextCursor.MoveMode.KeepAnchor)
            marked.format = QTextCharFormat()  # type: ignore[misc]
            dress_copied(marked.format)
            selections.append(marked)
        self.setExtraSelections(selections)

    def _paint(self) -> None:
        text = self.toPlainText()
        self._is_painting = True
        cursor = QTextCursor(self.document())
        cursor.beginEditBlock()
        cursor.select(QTextCursor.SelectionType.Document)
        cursor.setCharFormat(self._format(None))
        self._ends = []
        place, seen = 0, 0
        for token in self._tokens[:COLOURED]:
            end = place + units(text[seen : token["end"]])
            cursor.setPosition(place)
            cursor.setPosition(min(end, self.document().characterCount() - 1), QTextCursor.MoveMode.KeepAnchor)
            cursor.setCharFormat(self._format(float(token["bits"])))
            place, seen = end, max(seen, int(token["end"]))
            self._ends.append(end)
        cursor.endEditBlock()
        self._is_painting = False

    def _format(self, bits: float | None) -> QTextCharFormat:
        made = QTextCharFormat()
        made.setFont(theme.font(16, 400, "serif", self.toPlainText()[:200]))
        made.setForeground(theme.colour("text"))
        if bits is not None:
            alpha = min(1.0, bits / 12) * (150 if theme.is_dark() else 165)
            made.setBackground(theme.colour("p2", round(alpha)))
        return made

    def _on_changed(self) -> None:
        if not self._is_painting and self._tokens:
            self._tokens = []
            self._paint()
            self.rewritten.emit()

    def _dress(self) -> None:
        self.setFont(theme.font(16, 400, "serif", self.toPlainText()[:200]))
        if self._tokens:
            self._paint()

    @guarded()
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Point at the token under the mouse."""
        super().mouseMoveEvent(event)
        place = self.cursorForPosition(event.position().toPoint()).position()
        number = next((number for number, end in enumerate(self._ends) if place < end), -1)
        if number >= 0:
            self.pointed.emit(number)


class Scorer(Card):
    """The text, its figures, and its most surprising tokens."""

    shown = Signal()

    def __init__(self, talker: Talker, queries: Any) -> None:
        super().__init__("", "", name="playground.scorer", padding=14)
        self._talker = talker
        self.run: Path | None = None
        self.checkpoint = "best"
        self.tokens: list[dict[str, Any]] = []
        self.number = -1
        self.vocabulary = 0
        self._request = 0
        self.map = HeatMap()
        self.map.pointed.connect(self.point)
        self.map.rewritten.connect(self._forget)
        self._strip = Strip(name="playground.score-problem")
        self._busy = BusyBar(tr("Scoring"), "playground.scoring")
        self._busy.cancelled.connect(lambda: self._talker.cancel(self._request))
        self._busy.hide()
        self.score_button = PrimaryButton(tr("Score"), "gauge", self.go, "playground.score")
        self._clear = QuietButton(tr("Clear"), "x", self.map.clear, "playground.clear")
        self._figures = Text("", "strong", name="playground.score-figures")
        self._legend = Text(tr("darker: less expected"), "caption")
        self._surprising = row(spacing=6)
        self.add(row(self._legend, None, self._figures))
        self.add(self.map, 1)
        self.add(self._surprising)
        self.meter = CopyMeter(queries, "playground.score-copied")
        self.meter.found.connect(self.map.underline)
        self.map.textChanged.connect(lambda: self.meter.look(self.run, self.map.toPlainText()))
        self.add(self.meter)
        self.add(self._strip)
        self.add(self._busy)
        self.add(row(self.score_button, self._clear, None))
        talker.said.connect(self._on_said)
        talker.done.connect(self._on_done)
        talker.failed.connect(self._on_failed)

    def go(self) -> None:
        """Score the text."""
        text = self.map.toPlainText()
        if self.run is None or self._request or not text.strip():
            return
        self._strip.hide()
        self._request = self._talker.score(self.run, self.checkpoint, text)
        self._busy.set_progress(0, None)
        self._busy.show()

    def reset(self) -> None:
        """Forget everything, for another project; a request under way is given up."""
        self._request, self.run = 0, None
        self._busy.hide()
        self._strip.hide()
        self.map.clear()
        self._forget()

    def point(self, number: int) -> None:
        """Bring a token into focus."""
        if number != self.number:
            self.number = number
            self.shown.emit()

    def _forget(self) -> None:
        self.tokens, self.number = [], -1
        self._figures.say("")
        self._list_surprising()
        self.shown.emit()

    def _on_said(self, request: int, line: dict[str, Any]) -> None:
        if request == self._request and "progress" in line:
            self._busy.set_progress(line["progress"]["done"], line["progress"]["total"])

    def _on_done(self, request: int, done: dict[str, Any]) -> None:
        if request != self._request:
            return
        self._request = 0
        self._busy.hide()
        if done.get("reason") == "cancelled":
            return
        self.tokens, self.number = list(done["tokens"]), -1
        self.vocabulary = int(done["model"].get("vocab_size") or 0)
        self._figures.say(counted("{bits} bits per byte · perplexity {perplexity} · {count} token",
                                  "{bits} bits per byte · perplexity {perplexity} · {count} tokens", done["n_tokens"],
                                  bits=decimal(done["bits_per_byte"]), perplexity=decimal(done["perplexity"], 1)))
        self.map.show_tokens(self.tokens)
        self._list_surprising()
        self.shown.emit()

    def _list_surprising(self) -> None:
        while (item := self._surprising.takeAt(0)) is not None:
            if item.widget():
                item.widget().deleteLater()
        order = sorted(range(len(self.tokens)), key=lambda number: -float(self.tokens[number]["bits"]))
        for number in order[:MOST_SURPRISING]:
            token = self.tokens[number]
            words_of = " ".join(str(token["piece"]).split()) or "⏎"
            self._surprising.addWidget(Button(
                tr("{piece} {bits} bits", piece=words_of, bits=decimal(token["bits"], 1)), size="small",
                on=lambda number=number: self.point(number), name=f"playground.surprising.{number}"))
        self._surprising.addStretch(1)

    def _on_failed(self, request: int, error: dict[str, Any]) -> None:
        if request == self._request:
            self._request = 0
            self._busy.hide()
            what, expected, fix = (str(error.get(key) or "") for key in ("what", "expected", "fix"))
            self._strip.tell("error", said(what), said(expected, fix))
