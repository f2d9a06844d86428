"""The table of sources as Qt asks for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal

from studio.guard import guarded
from studio.i18n import language, tr
from studio.i18n.numbers import grouped, size_bytes
from studio.pages.corpus.rows import Row

Index = QModelIndex | QPersistentModelIndex
NAME, KIND, DOCUMENTS, SIZE, LANGUAGE, ENCODING, LICENCE, STATE, REMOVE = range(9)
ROW_ROLE = Qt.ItemDataRole.UserRole + 1

_HEADS: tuple[Callable[[], str], ...] = (
    lambda: tr("Source"), lambda: tr("Kind"), lambda: tr("Documents"), lambda: tr("Size"), lambda: tr("Language"),
    lambda: tr("Encoding"), lambda: tr("Licence"), lambda: tr("State"), lambda: "")


class SourceModel(QAbstractTableModel):
    """Rows are replaced as a whole; the selection stays with the source, not with its place."""

    licence_edited = Signal(str, str)
    """Source, new licence."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[Row] = []
        self.can_edit = True
        language.changed.connect(self._on_language)

    def show_rows(self, rows: Sequence[Row]) -> bool:
        """Show other rows; True when there are other sources than before."""
        if [row.id for row in rows] == [row.id for row in self.rows]:
            if list(rows) != self.rows:
                self.rows = list(rows)
                self.dataChanged.emit(self.index(0, 0), self.index(len(rows) - 1, REMOVE))
            return False
        self.beginResetModel()
        self.rows = list(rows)
        self.endResetModel()
        return True

    def place_of(self, source: str) -> int:
        """The row of a source; -1 when it is not there."""
        return next((place for place, row in enumerate(self.rows) if row.id == source), -1)

    @guarded(returns=0)
    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  (as Qt declares it)
        """The sources."""
        return 0 if parent.isValid() else len(self.rows)

    @guarded(returns=0)
    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """The columns."""
        return 0 if parent.isValid() else len(_HEADS)

    @guarded()
    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The heads; numbers stand at the right."""
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return str(_HEADS[section]())
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if section in (DOCUMENTS, SIZE) else Qt.AlignmentFlag.AlignLeft
            return side | Qt.AlignmentFlag.AlignVCenter
        return None

    @guarded()
    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Words for the eye and for screen readers; the delegate draws the row itself."""
        row, column = self.rows[index.row()], index.column()
        if role == ROW_ROLE:
            return row
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return tr("Remove") if column == REMOVE else str(_cell(row, column))
        if role == Qt.ItemDataRole.EditRole and column == LICENCE:
            return row.licence
        if role == Qt.ItemDataRole.ToolTipRole:
            return str(_tip(row, column)) or None
        return None

    @guarded(returns=Qt.ItemFlag.NoItemFlags)
    def flags(self, index: Index) -> Qt.ItemFlag:
        """The licence can be edited."""
        flags = Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsEnabled
        return flags | Qt.ItemFlag.ItemIsEditable if index.column() == LICENCE and self.can_edit else flags

    @guarded(returns=False)
    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """Tell what the user chose; the row changes when the session says so."""
        if role == Qt.ItemDataRole.EditRole and index.column() == LICENCE:
            self.licence_edited.emit(self.rows[index.row()].id, str(value).strip())
            return True
        return False

    def _on_language(self) -> None:
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, REMOVE)
        if self.rows:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self.rows) - 1, REMOVE))


def licence_words(licence: str) -> str:
    """The licence, which may be one that Wenlu knows in Chinese."""
    return tr(licence) if licence else tr("Not stated")


def _cell(row: Row, column: int) -> str:
    cells: dict[int, Callable[[], str]] = {
        NAME: lambda: row.name, KIND: lambda: row.kind,
        DOCUMENTS: lambda: "–" if row.documents is None else grouped(row.documents),
        SIZE: lambda: "–" if row.bytes is None else size_bytes(row.bytes),
        LANGUAGE: lambda: " ".join(text for text, _ in row.languages) or "–",
        ENCODING: lambda: row.encoding, LICENCE: lambda: licence_words(row.licence), STATE: lambda: row.state}
    return cells[column]()


def _tip(row: Row, column: int) -> str:
    tips: dict[int, Callable[[], str]] = {
        NAME: lambda: row.tip, LANGUAGE: lambda: ", ".join(title for _, title in row.languages),
        LICENCE: lambda: tr("Double-click to say what the rights holder allows."),
        STATE: lambda: row.more or row.state, REMOVE: lambda: tr("Take {name} off the list", name=row.name)}
    return tips[column]() if column in tips else ""
