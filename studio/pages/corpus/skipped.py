"""The files that were not read, each with its reason and what helps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtWidgets import QAbstractItemView, QFrame, QHeaderView, QTableView

from engine.corpora.manifest import Manifest, SkippedFile
from studio.guard import guarded
from studio.i18n import language, tr, words

Index = QModelIndex | QPersistentModelIndex

_HEADS: tuple[Callable[[], str], ...] = (lambda: tr("File"), lambda: tr("Source"), lambda: tr("Why it was not read"),
                                         lambda: tr("What helps"))


class SkippedModel(QAbstractTableModel):
    """One row a file, as many as the corpus keeps by name."""

    def __init__(self) -> None:
        super().__init__()
        self._files: tuple[SkippedFile, ...] = ()
        self._labels: dict[str, str] = {}
        language.changed.connect(self._on_language)

    def show_skipped(self, manifest: Manifest | None, source: str) -> None:
        """Show those of one source, or of all."""
        self.beginResetModel()
        self._files = tuple(file for file in (manifest.skipped if manifest else ())
                            if source in ("", file.source))
        self._labels = {each.id: each.label for each in manifest.sources} if manifest else {}
        self.endResetModel()

    @guarded(returns=0)
    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  (as Qt declares it)
        """The files."""
        return 0 if parent.isValid() else len(self._files)

    @guarded(returns=0)
    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """The columns."""
        return 0 if parent.isValid() else len(_HEADS)

    @guarded()
    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The heads."""
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return str(_HEADS[section]())
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        return None

    @guarded()
    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The words; a tip says all of what is cut."""
        if role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return None
        file = self._files[index.row()]
        fix = tr(file.fix) if file.fix else ""
        return str((file.name, self._labels.get(file.source, ""), tr(file.reason), fix)[index.column()])

    def _on_language(self) -> None:
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(_HEADS) - 1)
        if self._files:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._files) - 1, len(_HEADS) - 1))


class SkippedView(QTableView):
    """The list; rows are as tall as one line."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("corpus.skipped")
        words(self.setAccessibleName, "Skipped files")
        self.files = SkippedModel()
        self.setModel(self.files)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.setTabKeyNavigation(False)
        self.verticalHeader().hide()
        heads = self.horizontalHeader()
        heads.setHighlightSections(False)
        heads.setSectionsClickable(False)
        for column, width in ((0, 180), (1, 110)):
            self.setColumnWidth(column, width)
        for column in (2, 3):
            heads.setSectionResizeMode(column, QHeaderView.ResizeMode.Stretch)
