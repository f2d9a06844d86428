"""One document: what it is, its text in parts, and the places where a text stands in it."""

from __future__ import annotations

import bisect
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QWidget

from engine.corpora.language import LANGUAGES
from engine.errors import EngineError
from studio.i18n import counted, language, said, tr
from studio.i18n.numbers import grouped
from studio.pages.corpus.reading import Shelf
from studio.pages.corpus.source_model import licence_words
from studio.queries import Queries
from studio.texts.reading import MOST_FOUND, Opened, opened_from
from studio.widgets import (
    ElidedText,
    IconButton,
    QuietButton,
    SearchField,
    SerifText,
    Tag,
    Text,
    column,
    row,
    set_shown,
)


class DocumentView(QWidget):
    """Shows a document of a shelf; long ones part by part, and only the part in sight is in the window's memory."""

    def __init__(self, queries: Queries) -> None:
        super().__init__()
        self._queries = queries
        self._document: Opened | None = None
        self._folder = ""
        self._starts: tuple[int, ...] = (0,)
        self._part = 0
        self._place_in_part = -1
        self._places: list[int] = []
        self._place = 0
        self._original: Path | None = None
        self._shelf: Shelf | None = None
        self._label = ""
        self._sources: dict[str, tuple[Path | None, str]] = {}
        self._title = ElidedText("", "card", name="corpus.document-title")
        self._language, self._licence = Tag("", "accent"), Tag()
        self.field = SearchField(tr("Find in the text"), "corpus.find", 150)
        self.field.setFixedWidth(150)
        self.field.searched.connect(self._on_find)
        self.field.returnPressed.connect(self.next_place)
        self._count = Text("", "label", name="corpus.hits")
        self._before = _small("chevron-up", tr("Previous hit"), lambda: self.next_place(-1), "corpus.hit-up")
        self._after = _small("chevron-down", tr("Next hit"), self.next_place, "corpus.hit-down")
        self._facts = ElidedText("", "label", "text2", name="corpus.facts")
        self.text = SerifText("", 15, tr("Text of the document"), "corpus.text")
        self._open = QuietButton(tr("Open original"), "external-link", self._on_open, "corpus.open-original",
                                 size="small")
        self._part_left = _small("chevron-left", tr("Part before"), lambda: self._turn(-1), "corpus.part-left")
        self._part_right = _small("chevron-right", tr("Next part"), lambda: self._turn(1), "corpus.part-right")
        self._part_words = Text("", "label")
        head = row(self._title, self._language, self._licence, self.field, self._count, self._before, self._after)
        head.setStretch(0, 1)
        layout = column(head, self._facts, spacing=5)
        layout.addWidget(self.text, 1)
        layout.addLayout(row(self._open, None, self._part_left, self._part_words, self._part_right))
        self.setLayout(layout)
        language.changed.connect(self._say_facts)
        self.show_nothing()

    def show_nothing(self) -> None:
        """No document is chosen."""
        for key in ("corpus.document", "corpus.part", "corpus.find"):
            self._queries.cancel(key)
        self._document = None
        self._title.say("")
        self._facts.say("")
        self.text.set_text("")
        for part in (self._language, self._licence, self._open, self.field, self._part_left, self._part_right,
                     self._part_words):
            set_shown(part, False)
        self._show_places([])

    def show_document(self, shelf: Shelf, number: int) -> None:
        """Read a document beside the window, and show it."""
        self._folder, self._shelf = shelf.folder, shelf
        paths = {id: str(path) for id, (path, _licence) in self._sources.items() if path is not None}
        self._queries.look_up("corpus.document", "corpus.document",
                              {"folder": self._folder, "number": number, "paths": paths}, self._on_document,
                              shape=opened_from)

    def set_sources(self, sources: dict[str, tuple[Path | None, str]]) -> None:
        """Where the sources lie and what their licence is, by id."""
        self._sources = sources
        if self._document is not None:
            self._show_source(self._document)

    def set_wanted(self, text: str) -> None:
        """Find this text in the document, as if it were typed into the field."""
        if self.field.text() != text:
            self.field.setText(text)

    def next_place(self, by: int = 1) -> None:
        """Go to the next place, or with -1 to the one before, and around."""
        if self._places:
            self._place = (self._place + by) % len(self._places)
            self._go_to_place()

    def _on_document(self, document: Opened | EngineError) -> None:
        if isinstance(document, EngineError):
            self.show_nothing()
            self._facts.say(said(document.what))
            return
        self._document = document
        self._label = self._shelf.place_of(document.source) if self._shelf is not None else ""
        self._original = Path(document.original) if document.original else None
        self._starts = document.starts
        self._title.say(document.title)
        code = str(document.metadata.get("language", "?"))
        self._language.say(tr(LANGUAGES.get(code, code)))
        self._say_facts()
        set_shown(self._language, True)
        set_shown(self._open, self._original is not None)
        set_shown(self.field, True)
        many = len(self._starts) > 1
        for part in (self._part_left, self._part_words, self._part_right):
            set_shown(part, many)
        self._show_source(document)
        self._part = -1
        self._show_part(0)
        self._on_find(self.field.text())

    def _show_source(self, document: Opened) -> None:
        licence = self._sources.get(document.source, (None, ""))[1]
        own = document.metadata.get("license") or document.metadata.get("licence")
        self._licence.say(str(own) if own else licence_words(licence))
        self._licence.set_level("plain" if own or licence else "warn")
        set_shown(self._licence, True)

    def _say_facts(self) -> None:
        if self._document is not None:
            self._facts.say(_facts(self._document, self._label))

    def _show_part(self, part: int, place_in_part: int = -1) -> None:
        """Show a part, and in it one of the marked places; a part that is not at hand comes a moment later."""
        document = self._document
        if document is None:
            return
        self._place_in_part = place_in_part
        if part == self._part:
            self.text.show_mark(place_in_part)
            return
        self._part = part
        self._part_words.say(tr("Part {part} of {parts}", part=part + 1, parts=len(self._starts)))
        self._part_left.setEnabled(part > 0)
        self._part_right.setEnabled(part + 1 < len(self._starts))
        if part == 0:
            self._queries.cancel("corpus.part")
            self._on_part(document.first)
            return
        end = self._starts[part + 1] if part + 1 < len(self._starts) else document.characters
        self._queries.look_up("corpus.part", "corpus.part", {
            "folder": self._folder, "number": document.number, "start": self._starts[part], "end": end}, self._on_part)

    def _on_part(self, text: str | EngineError) -> None:
        if isinstance(text, EngineError):
            self._facts.say(said(text.what))
            return
        self.text.set_text(text)
        self.text.verticalScrollBar().setValue(0)
        self.text.mark(self.field.text())
        self.text.show_mark(self._place_in_part)

    def _turn(self, by: int) -> None:
        self._show_part(min(max(self._part + by, 0), len(self._starts) - 1))

    # finding

    def _on_find(self, wanted: str) -> None:
        document = self._document
        if document is None or not wanted:
            self._queries.cancel("corpus.find")
            self._show_places([])
            return
        self._queries.look_up("corpus.find", "corpus.find", {
            "folder": self._folder, "number": document.number, "wanted": wanted}, self._on_places)

    def _on_places(self, places: list[int] | EngineError) -> None:
        if isinstance(places, list):
            self._show_places(places)

    def _show_places(self, places: list[int]) -> None:
        self._places = places
        start = self._starts[max(self._part, 0)]
        self._place = min(bisect.bisect_left(places, start), max(len(places) - 1, 0))
        wanted = self.field.text() if self._document is not None else ""
        for part in (self._before, self._after):
            set_shown(part, bool(places))
        set_shown(self._count, bool(wanted))
        self._count.say(tr("0 found"))
        self.text.mark(wanted)
        if places:
            self._go_to_place()

    def _go_to_place(self) -> None:
        place = self._places[self._place]
        part = bisect.bisect_right(self._starts, place) - 1
        self._show_part(part, self._place - bisect.bisect_left(self._places, self._starts[part]))
        many = grouped(len(self._places)) + ("+" if len(self._places) == MOST_FOUND else "")
        self._count.say(tr("{number} of {count}", number=grouped(self._place + 1), count=many))

    def _on_open(self) -> None:
        if self._original is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._original)))


def _small(icon: str, tip: str, on: Callable[[], Any], name: str) -> IconButton:
    return IconButton(icon, tip, on, name, "small")


def _facts(document: Opened, label: str) -> str:
    """'dialogues.jsonl · line 12 · field “text” · 612 characters'."""
    name = document.name if document.name.startswith(label) else f"{label} · {document.name}"
    facts = [name]
    if "line" in document.metadata:
        facts.append(tr("line {number}", number=grouped(document.metadata["line"])))
    if "field" in document.metadata:
        facts.append(tr("field “{name}”", name=document.metadata["field"]))
    facts.append(counted("{count} character", "{count} characters", document.characters))
    return " · ".join(facts)
