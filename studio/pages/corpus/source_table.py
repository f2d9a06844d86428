"""The card with the table of sources, and the totals or the progress below it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QHeaderView, QMenu, QTableView

from engine.events import Progress
from studio.guard import guarded
from studio.i18n import counted, tr, words
from studio.i18n.numbers import short, size_bytes
from studio.pages.corpus import source_model as at
from studio.pages.corpus.rows import Row
from studio.pages.corpus.source_model import SourceModel
from studio.pages.corpus.source_paint import SourcePainter
from studio.theme import icon, theme
from studio.widgets import BusyBar, Card, ElidedText, Glyph, LinkButton, Text, bare, row, set_shown

WIDTHS = {at.KIND: 104, at.DOCUMENTS: 96, at.SIZE: 84, at.LANGUAGE: 132, at.ENCODING: 120, at.LICENCE: 136,
          at.STATE: 172, at.REMOVE: 34}
HEAD = 30
NAME_WIDTH = 150
FETCHED_ICONS = ("globe", "rss")
FIRST_TO_GO = (at.ENCODING, at.KIND, at.LANGUAGE, at.SIZE)
"""Columns that are left out, in turn, where there is no room for names; settings and documents show the same."""


class SourceView(QTableView):
    """The table. Delete removes, Enter opens the settings, a click on the cross removes."""

    remove_asked = Signal(str)
    settings_asked = Signal(str)
    open_asked = Signal(str)
    refresh_asked = Signal(str)
    locate_asked = Signal(str)

    def __init__(self, model: SourceModel) -> None:
        super().__init__()
        self.setObjectName("corpus.sources")
        words(self.setAccessibleName, "Sources")
        self._rows = model
        self.setModel(model)
        self.setItemDelegate(SourcePainter(self))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setShowGrid(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.DoubleClicked | QAbstractItemView.EditTrigger.EditKeyPressed)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setTabKeyNavigation(False)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._on_menu)
        self.verticalHeader().hide()
        heads = self.horizontalHeader()
        heads.setHighlightSections(False)
        heads.setSectionsClickable(False)
        heads.setMinimumSectionSize(30)
        heads.setSectionResizeMode(at.NAME, QHeaderView.ResizeMode.Stretch)
        self._fit()
        theme.changed.connect(self._fit)

    def _fit(self) -> None:
        scale = theme.text_size() / 100
        for column, width in WIDTHS.items():
            self.setColumnWidth(column, round(width * scale))
        self.verticalHeader().setDefaultSectionSize(self.row_height())
        self.horizontalHeader().setFixedHeight(round(HEAD * scale))
        self._leave_out(scale)

    def _leave_out(self, scale: float) -> None:
        room = self.viewport().width() - NAME_WIDTH * scale - sum(WIDTHS.values()) * scale
        for column in FIRST_TO_GO:
            self.setColumnHidden(column, room < 0)
            room += WIDTHS[column] * scale if room < 0 else 0

    @guarded()
    def resizeEvent(self, event: QResizeEvent) -> None:
        """Columns give way to names."""
        super().resizeEvent(event)
        self._leave_out(theme.text_size() / 100)

    def row_height(self) -> int:
        """How tall a row is with the text size of now."""
        return theme.px(13) + 24

    def chosen(self) -> str:
        """The source of the chosen row; empty without one."""
        rows = self.selectionModel().selectedRows()
        return self._rows.rows[rows[0].row()].id if rows else ""

    def choose(self, source: str) -> None:
        """Choose a source's row, or none."""
        place = self._rows.place_of(source)
        if place < 0:
            self.clearSelection()
        elif self.chosen() != source:
            self.selectRow(place)

    @guarded()
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """The cross in the last column removes."""
        index = self.indexAt(event.position().toPoint())
        if index.isValid() and index.column() == at.REMOVE and event.button() == Qt.MouseButton.LeftButton:
            self.remove_asked.emit(self._rows.rows[index.row()].id)
            return
        super().mouseReleaseEvent(event)

    @guarded()
    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Delete, Enter and Esc."""
        source = self.chosen()
        if source and event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.remove_asked.emit(source)
        elif source and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.settings_asked.emit(source)
        elif source and event.key() == Qt.Key.Key_Escape:
            self.clearSelection()
        else:
            super().keyPressEvent(event)

    def _on_menu(self, place: QPoint) -> None:
        index = self.indexAt(place)
        if not index.isValid():
            return
        source = self._rows.rows[index.row()].id
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(icon("settings-2"), tr("Settings"), lambda: self.settings_asked.emit(source))
        if self._rows.rows[index.row()].is_gone:
            locate = menu.addAction(icon("search"), tr("Locate…"), lambda: self.locate_asked.emit(source))
            locate.setEnabled(self._rows.can_edit)
        if self._rows.rows[index.row()].icon in FETCHED_ICONS:
            again = menu.addAction(icon("refresh-cw"), tr("Refresh"), lambda: self.refresh_asked.emit(source))
            again.setEnabled(self._rows.can_edit)
        licence = self._rows.index(index.row(), at.LICENCE)
        edit = menu.addAction(icon("shield-check"), tr("Change the licence"), lambda: self.edit(licence))
        edit.setEnabled(self._rows.can_edit)
        if self._rows.rows[index.row()].icon != "clipboard-paste":
            menu.addAction(icon("external-link"), tr("Open original"), lambda: self.open_asked.emit(source))
        menu.addSeparator()
        remove = menu.addAction(icon("trash-2"), tr("Remove"), lambda: self.remove_asked.emit(source))
        remove.setEnabled(self._rows.can_edit)
        menu.popup(self.viewport().mapToGlobal(place))


class SourcesCard(Card):
    """The table with its totals; while it is read, the progress with Cancel takes their place."""

    chosen = Signal(str)
    skipped_asked = Signal()
    cancelled = Signal()

    def __init__(self) -> None:
        super().__init__(name="corpus.sources-card", padding=1)
        self.model = SourceModel()
        self.view = SourceView(self.model)
        self.view.selectionModel().selectionChanged.connect(lambda: self.chosen.emit(self.view.chosen()))
        self.add(self.view)
        self.body.setSpacing(0)
        self._sources, self._totals = Text("", "label-strong", name="corpus.totals"), ElidedText("", "label", "text2")
        self._skipped = LinkButton("", on=self.skipped_asked.emit, name="corpus.skipped-link", size="small")
        self._licence_glyph, self._licences = Glyph("triangle-alert", "warn", 15), Text("", "label", "warn")
        figures = row(self._sources, self._totals, self._skipped, self._licence_glyph, self._licences, spacing=10)
        figures.setStretch(1, 1)
        self._figures = bare(figures)
        self._busy = BusyBar(tr("Reading the text"), "corpus.busy")
        self._busy.cancelled.connect(self.cancelled)
        for part in (self._figures, self._busy):
            part.layout().setContentsMargins(15, 3, 13, 3)  # type: ignore[union-attr]
            part.setMinimumHeight(38)
            self.add(part)
        set_shown(self._busy, False)
        self._room = 6
        theme.changed.connect(self._fit)

    def show_rows(self, rows: Sequence[Row]) -> None:
        """Show the sources; what was chosen stays so while it is there."""
        before = self.view.chosen()
        if self.model.show_rows(rows):
            self.view.choose(before)
            self._fit()
            if not self.view.chosen():
                self.chosen.emit("")

    def show_totals(self, rows: Sequence[Row]) -> None:
        """Show the sums of the rows below the table."""
        self._sources.say(counted("{count} source", "{count} sources", len(rows)))
        documents, skipped = sum(each.documents or 0 for each in rows), sum(each.skipped for each in rows)
        self._totals.say(counted("{count} document · {size} · {characters} characters",
                                 "{count} documents · {size} · {characters} characters", documents,
                                 size=size_bytes(sum(each.bytes or 0 for each in rows)),
                                 characters=short(sum(each.characters for each in rows))) if documents else "")
        self._skipped.say(counted("{count} file skipped", "{count} files skipped", skipped))
        set_shown(self._skipped, bool(skipped))
        open_licences = sum(1 for each in rows if not each.licence)
        self._licences.say(counted("Licence not stated for {count} source", "Licence not stated for {count} sources",
                                   open_licences))
        for part in (self._licences, self._licence_glyph):
            set_shown(part, bool(open_licences))

    def show_progress(self, is_reading: bool, progress: Progress | None, is_fetching: bool = False) -> None:
        """Show how far fetching or reading is; the length of reading is not known, so documents are counted."""
        set_shown(self._busy, is_reading or is_fetching)
        set_shown(self._figures, not (is_reading or is_fetching))
        if is_fetching:
            self._busy.say(tr("Fetching pages"))
            self._busy.set_progress(progress.done if progress else 0, progress.total if progress else None,
                                    progress.seconds_left if progress else None)
            return
        self._busy.set_progress(0, None)
        if is_reading and progress is not None and progress.done:
            self._busy.say(tr("Reading the text · {documents}",
                              documents=counted("{count} document", "{count} documents", progress.done)))
        else:
            self._busy.say(tr("Reading the text"))

    def set_room(self, rows: int) -> None:
        """So many rows may be in sight; the others are scrolled to."""
        if rows != self._room:
            self._room = rows
            self._fit()

    def _fit(self) -> None:
        shown = min(max(len(self.model.rows), 1), self._room)
        self.view.setFixedHeight(self.view.horizontalHeader().height() + shown * self.view.row_height() + 1)
