"""The table of compared runs: results first, then the settings in which they differ."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtWidgets import QAbstractItemView, QFrame, QHeaderView, QTableView

from studio.guard import guarded
from studio.i18n import tr, words
from studio.i18n.numbers import decimal, duration, grouped, significant
from studio.theme import theme

Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()


@dataclass(frozen=True)
class Compared:
    """One run: its results, None where there are none, and its values of the settings that differ."""

    title: str
    best: float | None
    step: int | None
    parameters: int | None
    seconds: float | None
    values: tuple[Any, ...]

    def cells(self) -> tuple[Any, ...]:
        """All values in the order of the columns."""
        return (self.title, self.best, self.step, self.parameters, self.seconds, *self.values)


_RESULTS: tuple[tuple[Callable[[], str], Callable[[Any], str]], ...] = (
    (lambda: tr("Run"), str),
    (lambda: tr("Best, bits per byte"), lambda value: decimal(value, 3)),
    (lambda: tr("Step"), grouped),
    (lambda: tr("Parameters"), grouped),
    (lambda: tr("Time"), duration),
)


class CompareModel(QAbstractTableModel):
    """A click on a head sorts; at first the best run stands on top."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[Compared] = []
        self.paths: list[str] = []
        self._column, self._is_descending = 1, False

    def show_rows(self, rows: Sequence[Compared], paths: Sequence[str]) -> None:
        """Show other runs; what is shown already stays as it is."""
        if (sorted(rows, key=repr), list(paths)) == (sorted(self.rows, key=repr), self.paths):
            self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, self.columnCount() - 1)
            return
        self.beginResetModel()
        self.rows, self.paths = list(rows), list(paths)
        self._arrange()
        self.endResetModel()

    @guarded()
    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Put the rows in another order."""
        self.beginResetModel()
        self._column, self._is_descending = column, order == Qt.SortOrder.DescendingOrder
        self._arrange()
        self.endResetModel()

    def _arrange(self) -> None:
        """Missing values come last in either order."""
        there = [each for each in self.rows if self._value(each) is not None]
        there.sort(key=lambda each: _sortable(self._value(each)), reverse=self._is_descending)
        self.rows = [*there, *(each for each in self.rows if self._value(each) is None)]

    def _value(self, compared: Compared) -> Any:
        cells = compared.cells()
        return cells[self._column] if self._column < len(cells) else None

    @guarded(returns=0)
    def rowCount(self, parent: Index = _NOWHERE) -> int:
        """The runs."""
        return 0 if parent.isValid() else len(self.rows)

    @guarded(returns=0)
    def columnCount(self, parent: Index = _NOWHERE) -> int:
        """Results and settings."""
        return 0 if parent.isValid() else len(_RESULTS) + len(self.paths)

    @guarded()
    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Names of results; settings by their last word, with the whole path as a tip."""
        if orientation != Qt.Orientation.Horizontal:
            return None
        is_setting = section >= len(_RESULTS)
        if role == Qt.ItemDataRole.DisplayRole:
            return self.paths[section - len(_RESULTS)].rpartition(".")[2] if is_setting else \
                str(_RESULTS[section][0]())
        if role == Qt.ItemDataRole.ToolTipRole and is_setting:
            return self.paths[section - len(_RESULTS)]
        return _aligned(section) if role == Qt.ItemDataRole.TextAlignmentRole else None

    @guarded()
    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """A figure or a value."""
        if not index.isValid():
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            value = self.rows[index.row()].cells()[index.column()]
            if value is None:
                return "–"
            return str(_RESULTS[index.column()][1](value)) if index.column() < len(_RESULTS) else _plain(value)
        return _aligned(index.column()) if role == Qt.ItemDataRole.TextAlignmentRole else None


def _plain(value: Any) -> str:
    if isinstance(value, float):
        return significant(value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def _sortable(value: Any) -> tuple[int, Any]:
    return (0, value) if isinstance(value, int | float) else (1, str(value))


def _aligned(column: int) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignLeft if column == 0 else Qt.AlignmentFlag.AlignRight
    return side | Qt.AlignmentFlag.AlignVCenter


class CompareTable(QTableView):
    """The table of compared runs."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("train.compare.table")
        words(self.setAccessibleName, "Runs side by side")
        self.figures = CompareModel()
        self.setModel(self.figures)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setShowGrid(False)
        self.setSortingEnabled(True)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setTabKeyNavigation(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(theme.px(30))
        heads = self.horizontalHeader()
        heads.setSortIndicator(1, Qt.SortOrder.AscendingOrder)
        heads.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
