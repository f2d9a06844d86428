"""The lower card: the documents with search, the skipped files, the settings of the chosen source, statistics."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedWidget

from engine.corpora.source import Source
from engine.errors import EngineError
from studio.i18n import counted, said, show, tr
from studio.i18n.numbers import grouped
from studio.pages.corpus.document_list import DocumentList
from studio.pages.corpus.document_view import DocumentView
from studio.pages.corpus.reading import Shelf
from studio.pages.corpus.skipped import SkippedView
from studio.pages.corpus.source_settings import SourceSettings
from studio.pages.corpus.statistics_view import StatisticsView
from studio.session import Session
from studio.texts.reading import MOST_FOUND, Found, found_from
from studio.widgets import Card, EmptyState, Line, LinkButton, SearchField, Segment, Text, bare, column, row, set_shown

PARTS = ("documents", "skipped", "settings", "statistics")


class Preview(Card):
    """Looks at the last reading; `all_asked` asks for the documents of all sources again."""

    all_asked = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__(name="corpus.preview", padding=14)
        self._session = session
        self._shelf: Shelf | None = None
        self._source = ""
        self._chosen: Source | None = None
        self._parts = Segment([("documents", tr("Documents")), ("skipped", tr("Skipped files")),
                               ("settings", tr("Source settings")), ("statistics", tr("Statistics"))],
                              name="corpus.parts", label=tr("What to show"))
        self._parts.chosen.connect(self.show_part)
        self._about = Text("", "label", "text2")
        self._all = LinkButton(tr("Show all sources"), on=self.all_asked.emit, name="corpus.all", size="small")
        self.add(row(self._parts, self._about, self._all, None, spacing=10))
        self._list, self._view = DocumentList(session.queries), DocumentView(session.queries)
        self._list.chosen.connect(self._on_chosen)
        self._search = SearchField("", "corpus.search")
        self._search.searched.connect(self._on_searched)
        self._result = Text("", "label", "text2", wrap=True, name="corpus.search-result")
        left = column(self._search, self._result, spacing=6)
        left.addWidget(self._list, 1)
        self._left = bare(left)
        self._left.setFixedWidth(268)
        documents = row(self._left, Line("vertical"), self._view, spacing=16)
        documents.setStretch(2, 1)
        self._skipped, self._settings = SkippedView(), SourceSettings(session)
        self._statistics = StatisticsView(session)
        self._empty = EmptyState("library", tr("Nothing is read yet"), "", (), "corpus.unread")
        self._none_skipped = EmptyState("circle-check", tr("Every file was read"), "", (), "corpus.none-skipped")
        self._stack = QStackedWidget()
        for part in (bare(documents), self._skipped, self._settings, self._statistics, self._empty,
                     self._none_skipped):
            self._stack.addWidget(part)
        self.add(self._stack, 1)
        self._searched = ""
        self._found = 0
        self._fill()

    def show_shelf(self, shelf: Shelf | None) -> None:
        """Look at another reading."""
        if shelf is not self._shelf:
            self._shelf = shelf
            self._fill()

    def show_source(self, id: str, sources: Sequence[Source]) -> None:
        """Look at one source alone, or with an empty id at all."""
        self._view.set_sources({source.id: (_path_of(source), source.licence)
                                for source in sources})
        only = sources[0] if len(sources) == 1 else None
        self._chosen = next((source for source in sources if source.id == id), only)
        self._show_settings()
        if id != self._source:
            self._source = id
            self._fill()

    def say_unread(self, title: str, line: str) -> None:
        """What stands here while nothing is read."""
        self._empty.say(title, line)

    def show_part(self, part: str) -> None:
        """documents, skipped, settings or statistics."""
        self._parts.choose(part)
        self._show_settings()
        self._show_stack()

    def set_narrow(self, narrow: bool) -> None:
        """Leave more room for the text."""
        self._left.setFixedWidth(216 if narrow else 268)

    def focus_search(self) -> None:
        """Put the cursor where documents are searched."""
        self.show_part("documents")
        self._search.setFocus()
        self._search.selectAll()

    def focus_find(self) -> None:
        """Put the cursor where the document is searched."""
        self.show_part("documents")
        self._view.field.setFocus()
        self._view.field.selectAll()

    def next_hit(self, by: int) -> None:
        """Go to the next place in the document."""
        self._view.next_place(by)

    def step_document(self, by: int) -> None:
        """Go to the next document of the list."""
        self._list.step(by)

    # what happens

    def _fill(self) -> None:
        shelf = self._shelf
        self._statistics.show_shelf(shelf)
        self._skipped.files.show_skipped(shelf.manifest if shelf else None, self._source)
        self._show_scope()
        self._say_search()
        self._on_searched(self._search.text())
        self._show_stack()

    def _show_scope(self) -> None:
        """Which source is looked at; statistics are always of the whole corpus."""
        label = self._shelf.place_of(self._source) if self._shelf and self._source else ""
        self._about.say(label[:40])
        for widget in (self._about, self._all):
            set_shown(widget, bool(label) and self._parts.value() != "statistics")

    def _show_settings(self) -> None:
        """Only when they are looked at: making a form and reading a sample take time."""
        if self._parts.value() == "settings":
            self._settings.show_source(self._chosen)

    def _say_search(self) -> None:
        count = len(self._shelf.numbers_of(self._source)) if self._shelf else 0
        for setter in (self._search.setPlaceholderText, self._search.setAccessibleName):
            show(setter, counted("Search {count} document", "Search {count} documents", count))

    def _show_stack(self) -> None:
        part = self._parts.value()
        self._show_scope()
        place = PARTS.index(part)
        if part != "settings" and self._shelf is None:
            place = len(PARTS)
        elif part == "skipped" and not self._skipped.files.rowCount():
            place = len(PARTS) + 1
        if part == "statistics":
            self._statistics.look()
        self._stack.setCurrentIndex(place)

    def _on_searched(self, text: str) -> None:
        shelf = self._shelf
        self._session.queries.cancel("corpus.search")
        set_shown(self._result, bool(text))
        if not text and self._view.field.text() == self._searched:
            self._view.set_wanted("")
        self._searched = text
        if shelf is None or not text.strip():
            self._list.show_documents(shelf, shelf.numbers_of(self._source) if shelf else ())
            return
        self._result.say(tr("Searching"))
        self._found = 0
        self._look_on(0)

    def _look_on(self, first: int) -> None:
        if self._shelf is not None:
            self._session.queries.look_up(
                "corpus.search", "corpus.search", {"folder": self._shelf.folder, "source": self._source,
                                                   "text": self._searched, "first": first},
                self._on_found, shape=found_from)

    def _on_found(self, found: Found | EngineError | None) -> None:
        """Show what there is so far, and go on unless it is enough."""
        if isinstance(found, EngineError):
            self._result.say(said(found.what))
        elif found is not None:
            is_first, self._found = self._found == 0, self._found + len(found.numbers)
            self._view.set_wanted(self._search.text())
            if is_first and (found.numbers or found.next is None):
                self._list.show_documents(self._shelf, found.numbers)
            else:
                self._list.add_documents(found.numbers)
            count = grouped(self._found)
            if found.next is None:
                self._result.say(counted("In {count} document", "In {count} documents", self._found))
            elif self._found >= MOST_FOUND:
                self._result.say(tr("The first {count} documents that have it", count=count))
            else:
                self._result.say(counted("In {count} document so far", "In {count} documents so far", self._found))
                self._look_on(found.next)

    def _on_chosen(self, number: int) -> None:
        if self._shelf is None or number < 0:
            self._view.show_nothing()
        else:
            self._view.show_document(self._shelf, number)


def _path_of(source: Source) -> Path | None:
    path = getattr(source, "path", "")
    return Path(path) if path else None
