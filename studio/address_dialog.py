"""The window in which addresses of web pages and news feeds are given; nothing is fetched before its button."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QLineEdit, QVBoxLayout, QWidget

from engine.corpora.fetched import FetchedSource, web_source
from engine.corpora.sources.feed import FeedSource
from engine.corpora.sources.web import WebSource
from engine.errors import EngineError
from engine.settings import changed
from studio.forms import SpecForm
from studio.i18n import Translated, counted, said, show, tr, words
from studio.i18n.numbers import duration, grouped
from studio.widgets import Button, FormRow, Glyph, PrimaryButton, Segment, Text, row, set_shown

_LABELS = 118
_PARTS = {"web": (("scope",), ("depth", "page_limit", "sitemaps"), ("licence", "allowed_host", "contact")),
          "feed": (("take", "entry_limit"), ("licence", "allowed_host", "contact"))}
"""The settings that are asked for; the second part of web pages matters only where links are followed."""


class AddressDialog(QDialog):
    """`given` carries the sources that were asked for."""

    given = Signal(list)

    def __init__(self, parent: QWidget | None = None, kind: str = "web", addresses: Sequence[str] = ()) -> None:
        super().__init__(parent)
        self.setObjectName("address-dialog")
        words(self.setWindowTitle, "Add from the web")
        self.setMinimumWidth(580)
        self._values: dict[str, FetchedSource] = {"web": WebSource(), "feed": FeedSource()}
        self._kind = Segment([("web", tr("Web pages")), ("feed", tr("News feed"))], kind, "address.kind", tr("Kind"))
        self._kind.chosen.connect(lambda _kind: self._show())
        self.address = QLineEdit(" ".join(addresses))
        self.address.setObjectName("address.address")
        words(self.address.setAccessibleName, "Address")
        self.address.textChanged.connect(self._on_typed)
        self._row = FormRow(tr("Address"), self.address, "", _LABELS, "address.row")
        self._forms = {name: [self._form(name, part) for part in parts] for name, parts in _PARTS.items()}
        self._lines = [Text("", "label", "text2", wrap=True, name=f"address.line-{number}") for number in range(4)]
        self._add = PrimaryButton(tr("Add and fetch"), "globe", self._on_add, "address.add")
        self._build(Button(tr("Cancel"), "", self.reject, "address.cancel"))
        self._show()
        self.address.setFocus()

    def _build(self, cancel: Button) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(18, 16, 18, 16)
        layout.setSpacing(10)
        layout.addLayout(row(self._kind, None))
        layout.addWidget(self._row)
        for form in (form for forms in self._forms.values() for form in forms):
            layout.addWidget(form)
        for glyph, line in zip(("globe", "shield-check", "save", "shield-alert"), self._lines, strict=True):
            told = row(Glyph(glyph, "text3", 14), line, spacing=8)
            told.setStretch(1, 1)
            layout.addLayout(told)
        layout.addStretch(1)
        layout.addLayout(row(None, cancel, self._add))

    def _form(self, kind: str, part: Sequence[str]) -> SpecForm:
        form = SpecForm(type(self._values[kind]), f"address.{kind}", only=part, label_width=_LABELS)
        form.setObjectName(f"form.address.{kind}.{part[0]}")
        form.show_value(self._values[kind])
        form.edited.connect(lambda path, value: self._on_edited(kind, path, value))
        return form

    def _on_typed(self) -> None:
        self._row.set_problem("")
        self._show()

    def _on_edited(self, name: str, path: str, value: Any) -> None:
        try:
            self._values[name] = changed(self._values[name], path.rpartition(".")[2], value)
        except EngineError as error:
            self._row.set_problem(said(error.what, error.expected))
            return
        for form in self._forms[name]:
            form.show_value(self._values[name])
        self._show()

    def _show(self) -> None:
        """Show the form of the kind, and say what will happen."""
        kind = self._kind.value()
        for name, forms in self._forms.items():
            for form in forms:
                set_shown(form, name == kind)
        follows_links = getattr(self._values["web"], "scope", "page") != "page"
        set_shown(self._forms["web"][1], kind == "web" and follows_links)
        typed = self.address.text().split()
        show(self.address.setPlaceholderText, tr("such as https://example.org/feed.xml") if kind == "feed" else
             tr("such as https://example.org, or the address of a sitemap"))
        self._add.setEnabled(bool(typed))
        for line, text in zip(self._lines, self._plan(len(typed)), strict=True):
            line.say(text)

    def _plan(self, count: int) -> tuple[Translated, ...]:
        """What pressing the button does, in four sentences."""
        value = self._values[self._kind.value()]
        if isinstance(value, FeedSource):
            what, most = _plan_of_feed(value)
        elif isinstance(value, WebSource):
            what, most = _plan_of_pages(value, max(1, count))
        time = duration(most)
        polite = tr("Robots.txt is obeyed, and each site is asked once a second at most.") if most < 60 else \
            tr("Robots.txt is obeyed, and each site is asked once a second at most: up to {time}, or longer if it "
               "asks for patience.", time=time)
        return (what, polite,
                tr("The pages are kept in the project. Nothing is fetched again until you choose Refresh."),
                tr("Pages reserved against training are left out. For the others, you answer for the licence."))

    def _on_add(self) -> None:
        kind = self._kind.value()
        value = self._values[kind]
        try:
            found = [web_source(typed, kind == "feed").address for typed in self.address.text().split()]
        except EngineError as error:
            self._row.set_problem(said(error.what, error.fix))
            return
        self.given.emit([changed(value, "address", address) for address in dict.fromkeys(found)])
        self.accept()


def _plan_of_feed(value: FeedSource) -> tuple[Translated, int]:
    if value.take == "entry":
        return tr("The feed is fetched now, and the text of at most {count} entries is taken from it.",
                  count=grouped(value.entry_limit)), 2
    return tr("The feed is fetched now, and at most {count} pages that its entries lead to.",
              count=grouped(value.entry_limit)), value.entry_limit


def _plan_of_pages(value: WebSource, count: int) -> tuple[Translated, int]:
    if value.scope == "page":
        return counted("This one page is fetched now.", "These {count} pages are fetched now.", count), count
    many = grouped(value.page_limit)
    if value.scope == "folder":
        return tr("At most {count} pages are fetched now: this one, and those below it that links lead to.",
                  count=many), value.page_limit
    return tr("At most {count} pages of this site are fetched now, along its links and its sitemaps.",
              count=many), value.page_limit
