"""The palette of commands behind Find: type a few letters, press Enter."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QPainter, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import (
    QFrame,
    QLineEdit,
    QListView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from studio.guard import guarded
from studio.i18n import words
from studio.pages import Command
from studio.theme import theme

_MOST_SHOWN = 12
_ROW_HEIGHT = 32


class Palette(QFrame):
    """Hidden until `open_with`; closes at Enter, Esc, or when the focus leaves."""

    closed = Signal()

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.setObjectName("palette")
        self.setProperty("surface", "pop-up")
        self._commands: list[Command] = []
        self._field = _PaletteField(self)
        self._model = QStandardItemModel(self)
        self._view = QListView()
        self._view.setObjectName("palette.list")
        self._view.setModel(self._model)
        self._view.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self._view.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._view.setUniformItemSizes(True)
        self._view.setItemDelegate(_Line(self._view))
        self._view.clicked.connect(self._run)
        words(self._view.setAccessibleName, "Commands found")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.addWidget(self._field)
        layout.addWidget(self._view)
        self._field.textChanged.connect(self._filter)
        self.hide()

    def open_with(self, commands: Sequence[Command], below: QPoint, width: int = 420) -> None:
        """Show the commands under a point of the window."""
        self._commands = list(commands)
        self._field.clear()
        self._filter("")
        self.setGeometry(below.x(), below.y(), width, 60 + _ROW_HEIGHT * min(_MOST_SHOWN, len(commands)))
        self.show()
        self.raise_()
        self._field.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def close_again(self) -> None:
        """Hide without doing anything."""
        if not self.isHidden():
            self.hide()
            self.closed.emit()

    def step(self, by: int) -> None:
        """Move the choice up or down."""
        rows = self._model.rowCount()
        if rows:
            self._view.setCurrentIndex(self._model.index((self._view.currentIndex().row() + by) % rows, 0))

    def run_chosen(self) -> None:
        """Do what is chosen."""
        self._run(self._view.currentIndex())

    def _run(self, index: QModelIndex) -> None:
        command = index.data(Qt.ItemDataRole.UserRole) if index.isValid() else None
        self.close_again()
        if isinstance(command, Command):
            command.run()

    def _filter(self, text: str) -> None:
        self._model.clear()
        parts = text.casefold().split()
        for command in self._commands:
            title = str(command.title.again())
            if all(part in f"{title} {command.title.in_english()}".casefold() for part in parts):
                item = QStandardItem(title)
                item.setData(command, Qt.ItemDataRole.UserRole)
                item.setData(f"{title} {command.keys}", Qt.ItemDataRole.AccessibleTextRole)
                self._model.appendRow(item)
        if self._model.rowCount():
            self._view.setCurrentIndex(self._model.index(0, 0))


class _Line(QStyledItemDelegate):
    """A line of the palette: what it does at the left, its keys at the right."""

    @guarded(returns=QSize)
    def sizeHint(self, _option: QStyleOptionViewItem, _index: QModelIndex) -> QSize:
        """One height for all."""
        return QSize(200, _ROW_HEIGHT)

    @guarded()
    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        """Draw it."""
        super().paint(painter, option, index)
        command = index.data(Qt.ItemDataRole.UserRole)
        painter.save()
        painter.setPen(theme.colour("text3"))
        painter.setFont(theme.font(11, 500))
        place = option.rect.adjusted(0, 0, -12, 0)
        painter.drawText(place, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, command.keys)
        painter.restore()


class _PaletteField(QLineEdit):
    """The field; ↑↓ move the choice, Enter runs it, Esc closes."""

    def __init__(self, palette: Palette) -> None:
        super().__init__()
        self._owner = palette
        self.setObjectName("palette.field")
        words(self.setPlaceholderText, "Type what you want to do")
        words(self.setAccessibleName, "Type what you want to do")

    @guarded()
    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Keys of the palette first."""
        steps = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}
        key = Qt.Key(event.key())
        if key in steps:
            self._owner.step(steps[key])
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._owner.run_chosen()
        elif key == Qt.Key.Key_Escape:
            self._owner.close_again()
        else:
            super().keyPressEvent(event)

    @guarded()
    def focusOutEvent(self, event: QFocusEvent) -> None:
        """The user went elsewhere."""
        super().focusOutEvent(event)
        if event.reason() not in (Qt.FocusReason.PopupFocusReason, Qt.FocusReason.ActiveWindowFocusReason):
            self._owner.close_again()
