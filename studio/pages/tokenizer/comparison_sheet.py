"""Kinds and sizes of tokenizers side by side, with the one that Wenlu would take."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtWidgets import QAbstractItemView, QDialog, QFrame, QHeaderView, QTableView, QVBoxLayout, QWidget

from engine.errors import EngineError
from engine.settings import from_plain, member, members_of, to_plain
from engine.tokenizers.spec import LearnedSpec, TokenizerSpec
from engine.training.tokenizer_comparison import Recommendation, Row
from studio.guard import guarded
from studio.i18n import language, said, show, tr, words
from studio.i18n.numbers import decimal, duration, grouped, percent, size_bytes
from studio.pages.tokenizer.comparing import Comparison
from studio.pages.tokenizer.reading import kind_title
from studio.theme import theme
from studio.widgets import Bar, Button, PrimaryButton, QuietButton, Spinner, Text, bare, row, set_shown

Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()

_COLUMNS: tuple[tuple[Callable[[], str], Callable[[], str], Callable[[Row], str], Callable[[Row], Any]], ...] = (
    (lambda: tr("Kind"), lambda: "", lambda row: kind_title(row.kind), lambda row: row.kind),
    (lambda: tr("Pieces"), lambda: tr("Pieces that there are; fewer than asked for where the text has no more."),
     lambda row: grouped(row.vocab_size), lambda row: row.vocab_size),
    (lambda: tr("Bytes per token"), lambda: tr("The more, the shorter the text becomes, and the faster it is read."),
     lambda row: decimal(row.bytes_per_token), lambda row: row.bytes_per_token),
    (lambda: tr("Bits per byte"), lambda: tr("Of a quick 5-gram on text that it has not seen; lower is better."),
     lambda row: decimal(row.bits_per_byte, 3), lambda row: row.bits_per_byte),
    (lambda: tr("In the embedding"), lambda: tr("Share of the model's parameters that only stand for the pieces."),
     lambda row: percent(row.embedding_share), lambda row: row.embedding_share),
    (lambda: tr("Coverage"), lambda: tr("Characters of unseen text that have a piece of their own."),
     lambda row: percent(row.coverage, 1), lambda row: row.coverage),
    (lambda: tr("Rare pieces"), lambda: tr("Pieces seen less than five times: hardly anything is learned of them."),
     lambda row: percent(row.rare_share), lambda row: row.rare_share),
    (lambda: tr("Learned in"), lambda: tr("On about 1 MB of your text."),
     lambda row: duration(row.learning_seconds) if row.learning_seconds >= 1 else
     f"{decimal(row.learning_seconds, 1)} s", lambda row: row.learning_seconds),
    (lambda: tr("Cuts"), lambda: tr("Text cut in a second, on one core."),
     lambda row: f"{size_bytes(row.bytes_per_second)}/s", lambda row: row.bytes_per_second),
)


class ComparisonModel(QAbstractTableModel):
    """One row a tokenizer; a click on a head sorts."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[Row] = []
        self.recommended: Recommendation | None = None
        self._column, self._is_descending = -1, False
        language.changed.connect(self._on_language)

    def show_rows(self, rows: list[Row], recommended: Recommendation | None) -> None:
        """Show what was measured so far."""
        self.beginResetModel()
        self.rows, self.recommended = list(rows), recommended
        self._arrange()
        self.endResetModel()

    def place_of_recommended(self) -> int:
        """The row that is recommended, -1 where none is."""
        best = self.recommended
        return next((place for place, each in enumerate(self.rows)
                     if best and (each.kind, each.vocab_size) == (best.kind, best.vocab_size)), -1)

    @guarded()
    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Put the rows in another order."""
        self.beginResetModel()
        self._column, self._is_descending = column, order == Qt.SortOrder.DescendingOrder
        self._arrange()
        self.endResetModel()

    def _arrange(self) -> None:
        if self._column >= 0:
            self.rows.sort(key=_COLUMNS[self._column][3], reverse=self._is_descending)

    @guarded(returns=0)
    def rowCount(self, parent: Index = _NOWHERE) -> int:
        """The tokenizers."""
        return 0 if parent.isValid() else len(self.rows)

    @guarded(returns=0)
    def columnCount(self, parent: Index = _NOWHERE) -> int:
        """The figures."""
        return 0 if parent.isValid() else len(_COLUMNS)

    @guarded()
    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The names of the figures; a tip says what they mean."""
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return str(_COLUMNS[section][0]())
        if role == Qt.ItemDataRole.ToolTipRole:
            return str(_COLUMNS[section][1]())
        return _aligned(section) if role == Qt.ItemDataRole.TextAlignmentRole else None

    @guarded()
    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """A figure; the recommended row stands out by weight and by a mark."""
        if not index.isValid():
            return None
        is_best = index.row() == self.place_of_recommended()
        if role == Qt.ItemDataRole.DisplayRole:
            text = str(_COLUMNS[index.column()][2](self.rows[index.row()]))
            return f"✓ {text}" if is_best and index.column() == 0 else text
        if role == Qt.ItemDataRole.FontRole:
            return theme.font(12, 600 if is_best else 400)
        return _aligned(index.column()) if role == Qt.ItemDataRole.TextAlignmentRole else None

    def _on_language(self) -> None:
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(_COLUMNS) - 1)
        if self.rows:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self.rows) - 1, len(_COLUMNS) - 1))


def _aligned(column: int) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignLeft if column == 0 else Qt.AlignmentFlag.AlignRight
    return side | Qt.AlignmentFlag.AlignVCenter


class ComparisonTable(QTableView):
    """The table of tokenizers."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("tokenizer.comparison")
        words(self.setAccessibleName, "Tokenizers side by side")
        self.figures = ComparisonModel()
        self.setModel(self.figures)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setShowGrid(False)
        self.setSortingEnabled(True)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setTabKeyNavigation(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(theme.px(30))
        heads = self.horizontalHeader()
        heads.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        heads.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        heads.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)


class ComparisonSheet(QDialog):
    """Measures all kinds when it opens, unless that was done; the row that is taken becomes the setting."""

    def __init__(self, session: Any, comparison: Comparison, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("tokenizer.comparison-sheet")
        self.setMinimumSize(theme.px(1040), theme.px(580))
        show(self.setWindowTitle, tr("Compare tokenizers"))
        self._session, self._comparison = session, comparison
        self.table = ComparisonTable()
        self._advice = Text("", "body", wrap=True, name="tokenizer.comparison-advice")
        self._problem = Text("", "label", "error", wrap=True, name="tokenizer.comparison-problem")
        self._bar, self._left = Bar(name="tokenizer.comparison-progress"), Text("", "label")
        cancel = QuietButton(tr("Cancel"), "x", comparison.cancel, "tokenizer.comparison-cancel", size="small")
        self._busy = bare(row(Spinner(), self._bar, self._left, cancel))
        self._again = Button(tr("Measure again"), "refresh-cw", self._measure, "tokenizer.comparison-again")
        self.take = PrimaryButton(tr("Use this tokenizer"), "check", self._on_take, "tokenizer.comparison-take")
        close = Button(tr("Close"), "", self.reject, "tokenizer.comparison-close")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 16, 20, 16)
        layout.setSpacing(10)
        layout.addWidget(Text(tr("Compare tokenizers"), "card"))
        layout.addWidget(Text(tr("Every kind is learned with several sizes on about 1 MB from all over your cleaned "
                                 "text, and measured on text that it has not seen."), "label", wrap=True))
        layout.addWidget(self.table, 1)
        for widget in (self._advice, self._problem, self._busy):
            layout.addWidget(widget)
        layout.addLayout(row(self._again, None, close, self.take))
        self._problem.hide()
        comparison.changed.connect(self._show)
        comparison.failed.connect(self._on_failed)
        self.table.selectionModel().selectionChanged.connect(self._show_buttons)
        self._show()
        if not self._all_kinds() <= comparison.kinds() and not comparison.is_measuring():
            self._measure()

    @staticmethod
    def _all_kinds() -> set[str]:
        return {kind.kind for kind in members_of(TokenizerSpec) if issubclass(kind, LearnedSpec)}

    def _measure(self) -> None:
        set_shown(self._problem, False)
        recipe = self._session.recipe
        chosen = to_plain(recipe.tokenizer)
        plain = [{name: value for name, value in chosen.items() if name in member(TokenizerSpec, kind).model_fields
                  and name != "vocab_size"} | {"kind": kind} for kind in sorted(self._all_kinds())]
        model = to_plain(recipe.model) if recipe.model is not None else None
        self._comparison.measure(plain, model)

    def _show(self) -> None:
        comparison = self._comparison
        chosen = self._chosen()
        self.table.figures.show_rows(comparison.rows, comparison.recommended)
        place = next((place for place, each in enumerate(self.table.figures.rows) if each == chosen),
                     self.table.figures.place_of_recommended())
        if place >= 0:
            self.table.selectRow(place)
        best = comparison.recommended
        if best is not None:
            self._advice.say(tr("Wenlu would take {kind} with {pieces} pieces. {reason}", kind=kind_title(best.kind),
                                pieces=grouped(best.vocab_size), reason=tr(best.reason, **best.values)))
        set_shown(self._advice, best is not None)
        set_shown(self._busy, comparison.is_measuring())
        set_shown(self._again, not comparison.is_measuring())
        self._bar.set_fraction(comparison.done / comparison.total if comparison.total else 0.0)
        left = comparison.seconds_left()
        done = tr("{done} of {total}", done=comparison.done, total=comparison.total)
        self._left.say(done if left is None else tr("{detail} · {time} left", detail=done,
                                                    time=lambda: duration(left)))
        self._show_buttons()

    def _show_buttons(self) -> None:
        can_take = self._session.project is not None and not self._session.read_only_because
        self.take.setEnabled(self._chosen() is not None and can_take)

    def _chosen(self) -> Row | None:
        selected = self.table.selectionModel().selectedRows()
        rows = self.table.figures.rows
        return rows[selected[0].row()] if selected and selected[0].row() < len(rows) else None

    def _on_failed(self, error: EngineError) -> None:
        self._problem.say(said(error.what, error.expected, error.fix))
        set_shown(self._problem, True)

    def _on_take(self) -> None:
        chosen = self._chosen()
        if chosen is None:
            return
        kind = member(TokenizerSpec, chosen.kind)
        kept = {name: value for name, value in to_plain(self._session.recipe.tokenizer).items()
                if name in kind.model_fields}
        wanted = {**kept, "kind": chosen.kind, "vocab_size": chosen.vocab_size}
        from_plain(TokenizerSpec, wanted)
        if self._session.edit("tokenizer", wanted):
            self.accept()
