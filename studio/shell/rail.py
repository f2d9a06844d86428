"""The rail at the left: the pipeline as a map, each step with its mark and one line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QEnterEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QFrame, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from studio.guard import guarded
from studio.i18n import show, tr
from studio.pages import PageEntry
from studio.shell.status import StageStatus
from studio.theme import paint_icon, theme
from studio.theme.tokens import RAIL_ITEM_HEIGHT, RAIL_WIDTH
from studio.widgets import StateMark, Text, bare, paint_mark, row, set_shown, set_tip
from studio.widgets.state_mark import state_word

NARROW_WIDTH = 64
_TONES = {"running": "ember", "stale": "warn", "error": "error"}


class RailItem(QAbstractButton):
    """One page: icon, title, one line, mark."""

    def __init__(self, entry: PageEntry) -> None:
        super().__init__()
        self.entry = entry
        self.setObjectName(f"rail.{entry.key}")
        self.setCheckable(True)
        self.setAutoExclusive(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._status = StageStatus("none")
        self._shown: tuple[StageStatus, bool] | None = None
        self._narrow = False
        show(self.setText, entry.title)
        self.show_status(StageStatus("none"))

    def show_status(self, status: StageStatus, dim: bool = False) -> None:
        """Another mark and line; without a summary the page's purpose stands there. `dim`: there is no project."""
        if (status, dim) == self._shown:
            return
        self._shown = (status, dim)
        self._status, self._dim = status, dim
        show(self.setAccessibleName, tr("{subject}, {state}", subject=self.entry.title, state=state_word(status.mark))
             if status.mark != "none" else self.entry.title)
        show(self.setAccessibleDescription, status.summary or self.entry.purpose)
        self.update()

    def set_narrow(self, narrow: bool) -> None:
        """Icon and mark only; the words move to the tool tip."""
        self._narrow = narrow
        set_tip(self, self.entry.title if narrow else "")
        self.update()

    @guarded(returns=QSize)
    def sizeHint(self) -> QSize:
        """As tall as two lines of its text need."""
        return QSize(RAIL_WIDTH, max(RAIL_ITEM_HEIGHT, round(RAIL_ITEM_HEIGHT * theme.text_size() / 100)))

    @guarded()
    def enterEvent(self, event: QEnterEvent) -> None:
        """Show the hover colour."""
        self.update()
        super().enterEvent(event)

    @guarded()
    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw it."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        chosen = self.isChecked()
        if chosen or self.underMouse():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour("selected" if chosen else "hover"))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(8, 2, -8, -2), 8, 8)
        if chosen:
            painter.setBrush(theme.colour("accent"))
            painter.drawRoundedRect(QRectF(8, self.height() / 2 - 14, 3, 28), 1.5, 1.5)
        middle = self.height() // 2
        icon_token = "accent" if chosen else "text2"
        if self._narrow:
            paint_icon(painter, QRect(14, middle - 12, 36, 24), self.entry.icon, icon_token, 20)
            paint_mark(painter, QRect(38, middle + 4, 13, 13), self._status.mark, self._status.fraction)
            return
        paint_icon(painter, QRect(20, middle - 10, 22, 20), self.entry.icon, icon_token, 18)
        paint_mark(painter, QRect(self.width() - 39, middle - 9, 18, 18), self._status.mark, self._status.fraction)
        self._paint_words(painter, chosen)

    def _paint_words(self, painter: QPainter, chosen: bool) -> None:
        left, right = 52, 46 if self._status.mark != "none" else 14
        width = self.width() - left - right
        middle = self.height() // 2
        painter.setFont(theme.font(13, 600 if chosen or not self._dim else 500))
        painter.setPen(theme.colour("accent" if chosen else "text2" if self._dim else "text"))
        top = QRect(left, 0, width, middle)
        painter.drawText(top, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom, self.text())
        painter.setFont(theme.font(11))
        painter.setPen(theme.colour(_TONES.get(self._status.mark, "text2")))
        line = painter.fontMetrics().elidedText(self.accessibleDescription(), Qt.TextElideMode.ElideRight, width)
        below = QRect(left, middle + 1, width, middle - 1)
        painter.drawText(below, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop, line)


class Rail(QFrame):
    """Home, the heading, the pipeline, and what the marks mean at the bottom."""

    chosen = Signal(str)

    def __init__(self, entries: Sequence[PageEntry]) -> None:
        super().__init__()
        self.setObjectName("rail")
        self.setProperty("surface", "rail")
        self._narrow = False
        self.setFixedWidth(RAIL_WIDTH)
        self._items: dict[str, RailItem] = {}
        self._group = QButtonGroup(self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 10, 1, 10)
        layout.setSpacing(0)
        self._heading = Text(tr("PIPELINE"), "heading")
        self._heading.setContentsMargins(22, 7, 0, 5)
        for number, entry in enumerate(entries):
            item = self._items[entry.key] = RailItem(entry)
            item.clicked.connect(lambda _on=False, key=entry.key: self.chosen.emit(key))
            self._group.addButton(item)
            layout.addWidget(item)
            if number == 0:
                layout.addWidget(self._heading)
        layout.addStretch(1)
        self._legend = self._make_legend()
        layout.addWidget(self._legend)
        set_shown(self._legend, False)
        theme.changed.connect(self._on_theme_changed)

    def choose(self, key: str) -> None:
        """Mark a page as the one in sight."""
        if key in self._items:
            self._items[key].setChecked(True)

    def show_statuses(self, statuses: Mapping[str, StageStatus], has_project: bool) -> None:
        """The state of every step; without a project each says what it is for."""
        for number, (key, item) in enumerate(self._items.items()):
            nothing = StageStatus("todo" if number else "none")
            item.show_status(statuses.get(key, nothing), dim=not has_project)
        set_shown(self._legend, has_project and self.width() > NARROW_WIDTH)

    def set_narrow(self, narrow: bool) -> None:
        """Icons and marks only."""
        self._narrow = narrow
        self.setFixedWidth(NARROW_WIDTH if narrow else full_width())
        set_shown(self._heading, not narrow)
        if narrow:
            set_shown(self._legend, False)
        for item in self._items.values():
            item.set_narrow(narrow)

    def _make_legend(self) -> QWidget:
        marks = (("done", 1.0), ("running", 0.7), ("stale", None), ("todo", None))
        layout = QHBoxLayout()
        layout.setSpacing(8)
        layout.addStretch(1)
        for state, fraction in marks:
            layout.addLayout(row(StateMark(state, fraction, 11), Text(state_word(state), "caption"), spacing=4))
        layout.addStretch(1)
        return bare(layout)

    def _on_theme_changed(self) -> None:
        if not self._narrow:
            self.setFixedWidth(full_width())
        for item in self._items.values():
            item.updateGeometry()


def full_width() -> int:
    """The width with words; larger text takes a little more."""
    return round(RAIL_WIDTH * (1 + (theme.text_size() - 100) / 100 * 0.7))
