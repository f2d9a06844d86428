"""The vocabulary: every piece with its id, how often it occurs, and its size; any number of them."""

from __future__ import annotations

from typing import Any

import numpy as np
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QSizePolicy, QTableView

from studio.guard import guarded
from studio.i18n import language, tr, words
from studio.i18n.numbers import grouped
from studio.pages.tokenizer.reading import Vocabulary
from studio.theme import theme
from studio.widgets import Card, SearchField, Text
from studio.widgets.chips import visible

ID, PIECE, SEEN, BYTES = range(4)
_Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()

AROUND = 28
"""Pixels that the style keeps free beside a figure."""


class VocabularyModel(QAbstractTableModel):
    """Rows are made when they are looked at; sorting and searching work on ids alone."""

    def __init__(self) -> None:
        super().__init__()
        self.vocabulary: Vocabulary | None = None
        self._folded: list[str] = []
        self._wanted = ""
        self.column, self.is_descending = SEEN, True
        self._ids = np.zeros(0, dtype=np.int64)
        language.changed.connect(lambda: self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, BYTES))

    def show_vocabulary(self, vocabulary: Vocabulary | None) -> None:
        """Show other pieces."""
        self.vocabulary = vocabulary
        self._folded = [piece.casefold() for piece in vocabulary.pieces] if vocabulary else []
        self._arrange()

    def search(self, text: str) -> None:
        """Keep the pieces that hold a text; a number also finds that id."""
        self._wanted = text.casefold()
        self._arrange()

    def id_at(self, row: int) -> int:
        """The id in a row."""
        return int(self._ids[row]) if 0 <= row < len(self._ids) else -1

    def row_of(self, each: int) -> int:
        """The row of an id, -1 when it is not shown."""
        found = np.flatnonzero(self._ids == each)
        return int(found[0]) if len(found) else -1

    @guarded()
    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Put the rows in another order."""
        self.column, self.is_descending = column, order == Qt.SortOrder.DescendingOrder
        self._arrange()
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, BYTES)

    def _arrange(self) -> None:
        self.beginResetModel()
        vocabulary = self.vocabulary
        if vocabulary is None:
            self._ids = np.zeros(0, dtype=np.int64)
        else:
            ids = np.array(self._found(), dtype=np.int64)
            if self.column == PIECE:
                ordered = sorted(ids.tolist(), key=lambda each: vocabulary.pieces[each], reverse=self.is_descending)
                self._ids = np.array(ordered, dtype=np.int64)
            else:
                keys = {BYTES: vocabulary.sizes, SEEN: vocabulary.counts}.get(self.column)
                values = ids if keys is None else keys[ids]
                self._ids = ids[np.argsort(-values if self.is_descending else values, kind="stable")]
        self.endResetModel()

    def _found(self) -> list[int]:
        """Ids of the pieces that are looked for, in their own order."""
        if not self._wanted:
            return list(range(len(self._folded)))
        texts = {self._wanted, self._wanted.replace("·", " ")}
        found = [each for each, piece in enumerate(self._folded) if any(text in piece for text in texts)]
        number = int(self._wanted) if self._wanted.isascii() and self._wanted.isdigit() else -1
        return sorted({*found, number}) if 0 <= number < len(self._folded) else found

    @guarded(returns=0)
    def rowCount(self, parent: _Index = _NOWHERE) -> int:
        """One row a piece."""
        return 0 if parent.isValid() else len(self._ids)

    @guarded(returns=4)
    def columnCount(self, parent: _Index = _NOWHERE) -> int:
        """Id, token, seen, bytes."""
        return 0 if parent.isValid() else 4

    @guarded()
    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The names of the columns."""
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            title = (tr("Id"), tr("Token"), tr("Seen"), tr("Bytes"))[section]
            arrow = "" if section != self.column else " ↓" if self.is_descending else " ↑"
            return f"{title}{arrow}"
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _aligned(section)
        return None

    @guarded()
    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """A cell."""
        vocabulary = self.vocabulary
        if vocabulary is None or not index.isValid():
            return None
        each = int(self._ids[index.row()])
        if role == Qt.ItemDataRole.DisplayRole:
            seen = "–" if vocabulary.counts is None else grouped(int(vocabulary.counts[each]))
            return (str(each), visible(vocabulary.pieces[each]), seen, str(int(vocabulary.sizes[each])))[index.column()]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _aligned(index.column())
        if role == Qt.ItemDataRole.FontRole and index.column() == PIECE:
            return theme.font(13, 400, "mono", vocabulary.pieces[each])
        return None


def _aligned(column: int) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignLeft if column == PIECE else Qt.AlignmentFlag.AlignRight
    return side | Qt.AlignmentFlag.AlignVCenter


class VocabularyCard(Card):
    """`pointed` carries the id of the row that the user chose."""

    pointed = Signal(int)

    def __init__(self) -> None:
        self.search = SearchField(tr("Find token"), "tokenizer.search")
        super().__init__(tr("Vocabulary"), actions=[self.search], name="tokenizer.vocabulary", padding=14)
        self.search.setMinimumWidth(90)
        self.model = VocabularyModel()
        self.table = QTableView()
        self.table.setObjectName("tokenizer.table")
        words(self.table.setAccessibleName, "All pieces of the vocabulary")
        self.table.setModel(self.model)
        self.table.setShowGrid(False)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setWordWrap(False)
        self.table.setTabKeyNavigation(False)
        self.table.verticalHeader().hide()
        self.table.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Ignored)
        header = self.table.horizontalHeader()
        header.setSectionsClickable(True)
        header.sectionClicked.connect(self._on_header)
        header.setHighlightSections(False)
        header.setMinimumSectionSize(40)
        header.setSectionResizeMode(PIECE, QHeaderView.ResizeMode.Stretch)
        self._is_led = False  # while the page, not the user, moves the marked row
        self._none = Text(tr("No token holds this text."), "label", name="tokenizer.nothing-found")
        self._none.hide()
        self.add(self._none)
        self.add(self.table, 1)
        self.search.searched.connect(self._on_searched)
        self.table.selectionModel().currentRowChanged.connect(self._on_row)
        theme.changed.connect(self._fit)
        self._fit()

    def show_vocabulary(self, vocabulary: Vocabulary | None) -> None:
        """Show other pieces."""
        self.model.show_vocabulary(vocabulary)
        self._fit()
        self._say_what_was_found()

    def point_at(self, each: int) -> None:
        """Mark the row of an id and bring it into sight."""
        row = self.model.row_of(each)
        self._is_led = True
        if row < 0:
            self.table.clearSelection()
        else:
            self.table.selectRow(row)
            self.table.scrollTo(self.model.index(row, 0), QAbstractItemView.ScrollHint.PositionAtCenter)
        self._is_led = False

    def _fit(self) -> None:
        self.table.verticalHeader().setDefaultSectionSize(theme.px(28))
        metrics, vocabulary = QFontMetrics(theme.font(13)), self.model.vocabulary
        longest_count = 0 if vocabulary is None or vocabulary.counts is None else int(vocabulary.counts.max())
        most = {ID: str(len(vocabulary.pieces) if vocabulary else 0), SEEN: grouped(longest_count)}
        for column, least in ((ID, 48), (SEEN, 70), (BYTES, 56)):
            width = metrics.horizontalAdvance(most.get(column, "")) + AROUND
            self.table.setColumnWidth(column, max(theme.px(least), width))

    def _on_header(self, column: int) -> None:
        """Sort by a column; again, the other way round. Figures begin with the greatest."""
        model = self.model
        falls = not model.is_descending if column == model.column else column in (SEEN, BYTES)
        model.sort(column, Qt.SortOrder.DescendingOrder if falls else Qt.SortOrder.AscendingOrder)
        self.table.scrollToTop()

    def _on_searched(self, text: str) -> None:
        self.model.search(text)
        self.table.scrollToTop()
        self._say_what_was_found()

    def _say_what_was_found(self) -> None:
        nothing = self.model.vocabulary is not None and not self.model.rowCount()
        self._none.setVisible(nothing and self._none.parentWidget() is not None)

    def _on_row(self, current: QModelIndex, _previous: QModelIndex) -> None:
        each = self.model.id_at(current.row())
        if each >= 0 and not self._is_led:
            self.pointed.emit(each)
