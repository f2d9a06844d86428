"""The list of documents: thousands of rows, of which only those in sight are read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy.typing as npt
from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRect, Qt, QTimer, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
)

from engine.errors import EngineError
from studio.guard import guarded
from studio.i18n import words
from studio.i18n.numbers import size_bytes
from studio.pages.corpus.reading import Shelf
from studio.queries import Queries
from studio.texts.reading import Glimpse, glimpses_from
from studio.theme import theme

Index = QModelIndex | QPersistentModelIndex
Numbers = Sequence[int] | npt.NDArray[Any]
AT_ONCE = 64
KEPT = 4000
GLIMPSE_ROLE = Qt.ItemDataRole.UserRole + 1


class DocumentModel(QAbstractListModel):
    """Numbers of documents; what a row says is read beside the window when it comes into sight."""

    def __init__(self, queries: Queries) -> None:
        super().__init__()
        self._queries = queries
        self.shelf: Shelf | None = None
        self.numbers: Numbers = ()
        self._known: dict[int, Glimpse] = {}
        self._wanted: dict[int, int] = {}
        self._rest = QTimer(self, singleShot=True, interval=15)
        self._rest.timeout.connect(self._ask)

    def show_documents(self, shelf: Shelf | None, numbers: Numbers) -> None:
        """List other documents."""
        self.beginResetModel()
        if shelf is not self.shelf:
            self._known.clear()
            self._queries.cancel("corpus.glimpses")
        self.shelf, self.numbers = shelf, numbers
        self._wanted.clear()
        self.endResetModel()

    def add_documents(self, numbers: Sequence[int]) -> None:
        """List more documents after those that are listed."""
        if numbers:
            last = len(self.numbers)
            self.beginInsertRows(QModelIndex(), last, last + len(numbers) - 1)
            self.numbers = [*self.numbers, *numbers]
            self.endInsertRows()

    @guarded(returns=0)
    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  (as Qt declares it)
        """The documents."""
        return 0 if parent.isValid() else len(self.numbers)

    @guarded()
    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """A row's words; None until they are read."""
        if role not in (GLIMPSE_ROLE, Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return None
        number = int(self.numbers[index.row()])
        glimpse = self._known.get(number)
        if glimpse is None:
            self._wanted[number] = index.row()
            if not self._rest.isActive():
                self._rest.start()
            return None
        return glimpse if role == GLIMPSE_ROLE else f"{glimpse.title}\n{glimpse.name}"

    def _ask(self) -> None:
        shelf = self.shelf
        if shelf is None or not self._wanted or self._queries.is_asking("corpus.glimpses"):
            return
        newest = list(self._wanted)[-AT_ONCE:]
        self._queries.look_up("corpus.glimpses", "corpus.glimpses", {"folder": shelf.folder, "numbers": newest},
                              self._on_glimpses, shape=glimpses_from)

    def _on_glimpses(self, found: dict[int, Glimpse] | EngineError) -> None:
        if isinstance(found, EngineError):
            return
        if len(self._known) > KEPT:
            self._known.clear()
        self._known.update(found)
        rows = [row for number in found if (row := self._wanted.pop(number, None)) is not None]
        if len(self._wanted) > AT_ONCE * 4:
            self._wanted.clear()  # scrolled past; those in sight are asked for again when they are drawn
        if rows and max(rows) < len(self.numbers):
            self.dataChanged.emit(self.index(min(rows)), self.index(max(rows)))
        self._ask()


def row_height() -> int:
    """How tall every row is with the text size of now."""
    return theme.px(13) + theme.px(11) + 23


class DocumentPainter(QStyledItemDelegate):
    """Title and size above, name below."""

    @guarded()
    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw one row; empty lines stand where the words are still being read."""
        glimpse: Glimpse | None = index.data(GLIMPSE_ROLE)
        rect: QRect = option.rect.adjusted(0, 1, -2, -1)
        state: QStyle.StateFlag = option.state
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        for flag, token in ((QStyle.StateFlag.State_Selected, "selected"), (QStyle.StateFlag.State_MouseOver, "hover")):
            if state & flag:
                painter.setBrush(theme.colour(token))
                painter.drawRoundedRect(rect, 6, 6)
                break
        inner = rect.adjusted(10, 5, -10, -5)
        if glimpse is None:
            painter.setBrush(theme.colour("line"))
            painter.drawRoundedRect(QRect(inner.left(), inner.top() + 4, inner.width() // 2, 8), 4, 4)
        else:
            self._draw(painter, inner, glimpse)
        painter.restore()

    def _draw(self, painter: QPainter, inner: QRect, glimpse: Glimpse) -> None:
        size = size_bytes(glimpse.bytes)
        top = inner.adjusted(0, 0, 0, -inner.height() // 2 + 2)
        painter.setFont(theme.font(11))
        painter.setPen(theme.colour("text2"))
        painter.drawText(top, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, size)
        room = inner.width() - painter.fontMetrics().horizontalAdvance(size) - 10
        painter.setFont(theme.font(13, 600))
        painter.setPen(theme.colour("text"))
        painter.drawText(top, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter,
                         painter.fontMetrics().elidedText(glimpse.title, Qt.TextElideMode.ElideRight, room))
        painter.setFont(theme.font(11, 400, "mono"))
        painter.setPen(theme.colour("text2"))
        painter.drawText(inner.adjusted(0, inner.height() // 2 + 2, 0, 2),
                         Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter,
                         painter.fontMetrics().elidedText(glimpse.name, Qt.TextElideMode.ElideMiddle, inner.width()))


class DocumentList(QTableView):
    """`chosen` carries the number of the document that was picked.

    A table of one column: a QListView asks the model about every row before it shows the first.
    """

    chosen = Signal(int)

    def __init__(self, queries: Queries) -> None:
        super().__init__()
        self.setObjectName("corpus.documents")
        words(self.setAccessibleName, "Documents")
        self.documents = DocumentModel(queries)
        self.setModel(self.documents)
        self.setItemDelegate(DocumentPainter(self))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setShowGrid(False)
        self.setMouseTracking(True)
        self.setTabKeyNavigation(False)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.horizontalHeader().hide()
        self.horizontalHeader().setStretchLastSection(True)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.selectionModel().currentChanged.connect(self._on_current)
        theme.changed.connect(self._fit)
        self._fit()

    def _fit(self) -> None:
        self.verticalHeader().setDefaultSectionSize(row_height())

    def show_documents(self, shelf: Shelf | None, numbers: Numbers) -> None:
        """List other documents and pick the first."""
        self.documents.show_documents(shelf, numbers)
        if len(numbers):
            self.setCurrentIndex(self.documents.index(0))
        else:
            self.chosen.emit(-1)

    def add_documents(self, numbers: Sequence[int]) -> None:
        """List more documents; the one that was picked stays picked."""
        if not len(self.documents.numbers):
            self.show_documents(self.documents.shelf, numbers)
        else:
            self.documents.add_documents(numbers)

    def step(self, by: int) -> bool:
        """Pick the next or the one before; False at the ends."""
        row = self.currentIndex().row() + by
        if not 0 <= row < len(self.documents.numbers):
            return False
        self.setCurrentIndex(self.documents.index(row))
        return True

    def _on_current(self, index: QModelIndex) -> None:
        if index.isValid():
            self.chosen.emit(int(self.documents.numbers[index.row()]))
