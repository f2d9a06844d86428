"""The token inspector: what else the model expected in one place, and how surprised it was along the text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from studio.guard import guarded
from studio.i18n import show, tr, words
from studio.i18n.numbers import decimal, grouped, percent
from studio.theme import theme
from studio.widgets import Card, Tag, Text, set_shown

ROWS = 8


def visible(piece: str) -> str:
    """A token with its spaces and line ends in sight."""
    return piece.replace(" ", "·").replace("\n", "⏎").replace("\t", "⇥") or "∅"


class Alternative(QAbstractButton):
    """One expected token: its text, a bar, its share. Pressed, the text goes on from it."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.setObjectName(f"playground.alternative.{number}")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._share, self._is_chosen = 0.0, False

    def show_token(self, piece: str, share: float, is_chosen: bool) -> None:
        """Show another token."""
        self._share, self._is_chosen = share, is_chosen
        self.setText(visible(piece))
        show(self.setAccessibleName, tr("{piece}, {share}", piece=piece, share=percent(share, 1)))
        self.update()

    @guarded(returns=QSize)
    def sizeHint(self) -> QSize:
        """One line."""
        return QSize(200, 23)

    @guarded()
    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw text, bar and share."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.underMouse() and self.isEnabled():
            painter.fillRect(self.rect(), theme.colour("hover"))
        token = "accent" if self._is_chosen else "text"
        painter.setFont(theme.font(12, 400, "mono", self.text()))
        painter.setPen(theme.colour(token))
        words = painter.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, 88)
        painter.drawText(QRectF(2, 0, 90, self.height()), int(Qt.AlignmentFlag.AlignVCenter), words)
        track = QRectF(96, self.height() / 2 - 4, max(10, self.width() - 96 - 54), 8)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour("line"))
        painter.drawRoundedRect(track, 4, 4)
        painter.setBrush(theme.colour("accent" if self._is_chosen else "p6"))
        track.setWidth(max(3.0, track.width() * self._share))
        painter.drawRoundedRect(track, 4, 4)
        painter.setPen(theme.colour(token))
        painter.setFont(theme.font(12, 600))
        right = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight)
        painter.drawText(QRectF(self.width() - 52, 0, 50, self.height()), right, percent(self._share, 1))


class SurprisalStrip(QWidget):
    """A bar for each token, as high as it was surprising; ←→ and clicks point at one."""

    pointed = Signal(int)

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        words(self.setAccessibleName, "Surprisal along the text")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFixedHeight(34)
        self._bits: list[float] = []
        self._entropy: list[float] = []
        self._chosen = -1

    def show_bits(self, bits: Sequence[float], chosen: int, entropy: Sequence[float] = ()) -> None:
        """Show the surprisal of all tokens, in bits, and as a line how much of it the model expected (its entropy)."""
        self._bits, self._chosen, self._entropy = list(bits), chosen, list(entropy)
        self.update()

    @guarded()
    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the bars; of more tokens than pixels the greatest of each pixel."""
        if not self._bits:
            return
        painter = QPainter(self)
        columns = max(1, min(len(self._bits), self.width() // 3))
        width = self.width() / columns
        high = max(*self._bits, *self._entropy, 8.0)
        line: list[QPointF] = []
        for column in range(columns):
            first = column * len(self._bits) // columns
            last = max(first + 1, (column + 1) * len(self._bits) // columns)
            height = max(1.0, self.height() * max(self._bits[first:last]) / high)
            token = "accent" if first <= self._chosen < last else "p6"
            painter.fillRect(QRectF(column * width, self.height() - height, max(1.0, width - 1), height),
                             theme.colour(token))
            if self._entropy:
                mean = sum(self._entropy[first:last]) / (last - first)
                line.append(QPointF((column + 0.5) * width, self.height() * (1 - mean / high)))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(theme.colour("ember"), 1.4))
        painter.drawPolyline(line)

    @guarded()
    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Point at the token under the mouse."""
        if self._bits:
            self.pointed.emit(min(len(self._bits) - 1, int(event.position().x() / self.width() * len(self._bits))))

    @guarded()
    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Walk along the text."""
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()), 0)
        if step and self._bits:
            self.pointed.emit(min(max(self._chosen + step, 0), len(self._bits) - 1))
        else:
            super().keyPressEvent(event)


class Inspector(Card):
    """`pointed` asks for another token, `replaced` for going on from an alternative (token number, id, piece)."""

    pointed = Signal(int)
    replaced = Signal(int, object)

    def __init__(self, can_replace: bool, name: str = "playground.inspector") -> None:
        self._tag = Tag("", "ok")
        super().__init__(tr("Token inspector"), actions=[self._tag], name=name, padding=14)
        self.body.setSpacing(1)
        self._line = Text(tr("Point at a written token, or walk with ← →."), "label", wrap=True)
        self.add(self._line)
        self._rows = [Alternative(number) for number in range(ROWS)]
        for number, each in enumerate(self._rows):
            each.setEnabled(can_replace)
            each.clicked.connect(lambda _on=False, number=number: self._on_pressed(number))
            self.add(each)
            each.hide()
        self._others = Text("", "caption")
        self.add(self._others)
        self.body.addStretch(1)
        self.strip = SurprisalStrip(f"{name}.strip")
        self.strip.pointed.connect(self.pointed)
        self._strip_title = Text(tr("Surprisal along the text; line: expected surprisal (entropy)"), "caption",
                                 wrap=True)
        self.add(self._strip_title)
        self.add(self.strip)
        self._show_strip(False)
        self._number = -1
        self._shown: list[dict[str, Any]] = []
        self._tag.hide()

    def _show_strip(self, shown: bool) -> None:
        set_shown(self._strip_title, shown)
        set_shown(self.strip, shown)

    def show_token(self, tokens: Sequence[dict[str, Any]], number: int, vocabulary: int = 0) -> None:
        """Show a token of a text; -1 shows none."""
        self._number = number
        token = tokens[number] if 0 <= number < len(tokens) else None
        self._shown = (token.get("alternatives") or [])[:ROWS] if token else []
        entropy = [float(each.get("entropy") or 0.0) for each in tokens]
        self.strip.show_bits([float(each["bits"]) for each in tokens], number, entropy)
        self._show_strip(bool(tokens))
        self._tag.setVisible(token is not None)
        if token is None:
            self._line.say(tr("Point at a written token, or walk with ← →."))
            self._others.say("")
        else:
            self._tag.say(visible(token["piece"]))
            self._line.say(tr("Token {number} · id {id} · surprisal {bits} bits, expected {entropy} · rank {rank}",
                              number=number + 1, entropy=decimal(entropy[number], 1),
                              id=grouped(token["id"]), bits=decimal(token["bits"], 1), rank=grouped(token["rank"])))
            rest = 1.0 - sum(float(each["probability"]) for each in self._shown)
            count = vocabulary - len(self._shown)
            self._others.say(tr("{count} others: {share}", count=grouped(count), share=percent(max(rest, 0.0), 1))
                             if count > 0 else "")
        for position, each in enumerate(self._rows):
            known = position < len(self._shown)
            each.setVisible(known)
            if known and token is not None:
                alternative = self._shown[position]
                each.show_token(alternative["piece"], float(alternative["probability"]),
                                alternative["id"] == token["id"])

    def _on_pressed(self, position: int) -> None:
        if 0 <= position < len(self._shown):
            self.replaced.emit(self._number, self._shown[position])
