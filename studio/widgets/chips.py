"""Tokens as coloured chips with their ids, walked with the arrow keys."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QFontMetrics,
    QGuiApplication,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QToolTip

from studio.guard import guarded
from studio.i18n import language, show, tr
from studio.theme import theme
from studio.theme.tokens import KINDS

_GAP, _PADDING = 4, 7
_VISIBLE = {" ": "·", "\n": "⏎", "\t": "⇥"}


@dataclass(frozen=True)
class Chip:
    """A token: its text, its id, and a colour: a token name, or empty to take the chip colours in turn."""

    text: str
    id: int
    token: str = ""
    tip: str = ""


class TokenChips(QAbstractScrollArea):
    """A flow of chips; `focused` carries the number of the chip walked or clicked to, -1 for none.

    ←→, Home and End walk; Ctrl+C copies the ids. Only the chips in sight are drawn, so tens of thousands are fine.
    """

    focused = Signal(int)

    def __init__(self, label: str = "", name: str = "", show_ids: bool = True) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setFrameShape(QAbstractScrollArea.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.viewport().setAutoFillBackground(False)
        self.viewport().setMouseTracking(True)
        show(self.setAccessibleName, label or tr("Tokens"))
        self._show_ids = show_ids
        self._chips: tuple[Chip, ...] = ()
        self._places: list[QRect] = []
        self._tops: list[int] = []
        self._row_starts: list[int] = []
        self._current = -1
        theme.changed.connect(self._lay_out)
        language.changed.connect(self._lay_out)

    def set_chips(self, chips: Sequence[Chip]) -> None:
        """Show other tokens; nothing is focused then."""
        self._chips = tuple(chips)
        self._current = -1
        self._lay_out()
        self.verticalScrollBar().setValue(0)

    def chips(self) -> tuple[Chip, ...]:
        """The tokens shown."""
        return self._chips

    def current(self) -> int:
        """The number of the focused chip, or -1."""
        return self._current

    def focus_chip(self, number: int) -> None:
        """Walk to a chip and tell."""
        number = min(max(number, 0), len(self._chips) - 1)
        if number == self._current or number < 0:
            return
        self._current = number
        self._scroll_to(number)
        chip = self._chips[number]
        show(self.setAccessibleDescription, tr("Token {text}, id {id}", text=chip.text, id=chip.id))
        self.viewport().update()
        self.focused.emit(number)

    def chip_at(self, point: QPoint) -> int:
        """The chip under a point of the viewport, or -1."""
        point = point + QPoint(0, self.verticalScrollBar().value())
        for number in range(*self._rows_between(point.y(), point.y() + 1)):
            if self._places[number].contains(point):
                return number
        return -1

    @guarded(returns=QSize)
    def sizeHint(self) -> QSize:
        """Room for a few rows."""
        return QSize(240, 120)

    @guarded()
    def resizeEvent(self, _event: QResizeEvent) -> None:
        """Flow again."""
        self._lay_out()

    @guarded()
    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Walk, or copy the ids."""
        steps = {Qt.Key.Key_Right: self._current + 1, Qt.Key.Key_Left: max(0, self._current - 1),
                 Qt.Key.Key_Home: 0, Qt.Key.Key_End: len(self._chips) - 1}
        if event.key() in steps and not event.modifiers() & Qt.KeyboardModifier.AltModifier:
            self.focus_chip(steps[Qt.Key(event.key())])
        elif event.key() == Qt.Key.Key_C and event.modifiers() == Qt.KeyboardModifier.ControlModifier:
            QGuiApplication.clipboard().setText(" ".join(str(chip.id) for chip in self._chips))
        else:
            super().keyPressEvent(event)

    @guarded()
    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Walk to the chip under the pointer."""
        number = self.chip_at(event.position().toPoint())
        if number >= 0:
            self.focus_chip(number)

    @guarded(returns=False)
    def viewportEvent(self, event: QEvent) -> bool:
        """Show the tip of the chip under the pointer."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            number = self.chip_at(event.pos())
            tip = self._chips[number].tip or str(self._chips[number].id) if number >= 0 else ""
            QToolTip.showText(event.globalPos(), tip, self.viewport())
            return True
        return bool(super().viewportEvent(event))

    @guarded()
    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the chips in sight."""
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        top = self.verticalScrollBar().value()
        painter.translate(0, -top)
        for number in range(*self._rows_between(top + event.rect().top(), top + event.rect().bottom())):
            self._paint_chip(painter, number)

    def _paint_chip(self, painter: QPainter, number: int) -> None:
        chip, place = self._chips[number], self._places[number]
        painter.setPen(QPen(theme.colour("accent"), 2) if number == self._current else Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour(chip.token or KINDS[number % len(KINDS)]))
        text_height = self._text_height
        body = QRectF(place.x(), place.y(), place.width(), text_height)
        painter.drawRoundedRect(body.adjusted(1, 1, -1, -1), 4, 4)
        painter.setPen(theme.colour("text"))
        painter.setFont(theme.font(14, 400, "serif", chip.text))
        painter.drawText(body, Qt.AlignmentFlag.AlignCenter, visible(chip.text))
        if self._show_ids:
            painter.setPen(theme.colour("text3"))
            painter.setFont(theme.font(11, 400, "mono"))
            below = QRectF(place.x(), place.y() + text_height, place.width(), place.height() - text_height)
            painter.drawText(below, Qt.AlignmentFlag.AlignCenter, str(chip.id))

    def _lay_out(self) -> None:
        """Place all chips in rows of the width there is."""
        id_metrics = QFontMetrics(theme.font(11, 400, "mono"))
        metrics = {family: QFontMetrics(theme.font(14, 400, "serif", sample))
                   for family, sample in (("latin", ""), ("han", "文字文字"))}
        self._text_height = max(one.height() for one in metrics.values()) + 6
        height = self._text_height + (id_metrics.height() + 2 if self._show_ids else 0)
        width = max(80, self.viewport().width() - 2)
        self._places, self._tops, self._row_starts = [], [], []
        x, y = 0, 0
        widths: dict[tuple[str, int], int] = {}  # measuring costs far more than looking up
        for number, chip in enumerate(self._chips):
            needed = widths.get((chip.text, chip.id), 0)
            if not needed:
                wide = metrics["latin" if chip.text.isascii() else "han"].horizontalAdvance(visible(chip.text))
                needed = max(wide, id_metrics.horizontalAdvance(str(chip.id)) if self._show_ids else 0) + 2 * _PADDING
                needed = widths[chip.text, chip.id] = min(needed, width)
            if x and x + needed > width:
                x, y = 0, y + height + _GAP
            if not x:
                self._tops.append(y)
                self._row_starts.append(number)
            self._places.append(QRect(x, y, needed, height))
            x += needed + _GAP
        bar = self.verticalScrollBar()
        bar.setPageStep(self.viewport().height())
        bar.setSingleStep(height)
        bar.setRange(0, max(0, y + height - self.viewport().height()) if self._chips else 0)
        self.viewport().update()

    def _rows_between(self, top: int, bottom: int) -> tuple[int, int]:
        """Numbers of the chips in the rows that touch a band, as a half-open range."""
        if not self._places:
            return 0, 0
        first = max(0, bisect_right(self._tops, top) - 1)
        after = bisect_right(self._tops, bottom)
        return self._row_starts[first], self._row_starts[after] if after < len(self._tops) else len(self._places)

    def _scroll_to(self, number: int) -> None:
        place, bar = self._places[number], self.verticalScrollBar()
        if place.top() < bar.value():
            bar.setValue(place.top())
        elif place.bottom() > bar.value() + self.viewport().height():
            bar.setValue(place.bottom() - self.viewport().height() + _GAP)


def visible(text: str) -> str:
    """A token's text with its spaces and line ends to be seen."""
    return "".join(_VISIBLE.get(character, character) for character in text[:80]) or "∅"
