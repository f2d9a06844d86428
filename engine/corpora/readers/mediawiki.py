"""Dumps of Wikipedia and other wikis."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from engine.corpora import pieces, reasons, xml_events
from engine.corpora.document import Document, Skipped
from engine.corpora.files import InputFile
from engine.corpora.reader import Reader
from engine.corpora.wikitext import prose

_TEXTS = frozenset(("title", "ns", "text", "id", "model"))


class MediawikiReader(Reader, kind="mediawiki", title="Wiki dump"):
    """Read the prose of every article of a dump as Wikipedia offers them, also compressed.

    Redirects and pages that are no articles are left out; of several versions the last is read.
    Source: the export format 0.11 of MediaWiki and its help page on wikitext.
    """

    extensions = (".xml",)
    is_text = False
    is_known_by_content = True

    def recognises(self, head: bytes, file: InputFile) -> bool:
        """Told by its first element."""
        return xml_events.root_of(head) == "mediawiki"

    def read(self, file: InputFile) -> Iterator[Document | Skipped]:
        """One document an article, with its title; how many pages were left out is said."""
        left_out = 0
        for page in xml_events.values_of(file, _Pages()):
            text = prose(page.text) if page.is_article else ""
            if not text:
                left_out += 1
            about: dict[str, Any] = {"title": page.title, "id": page.id}
            for part in pieces.cut(text, pieces.LONGEST):
                yield Document("", part, metadata=about)
        if left_out:
            yield reasons.NO_ARTICLES.of(f"{file.name} ({left_out})")


class _Page(NamedTuple):
    title: str
    id: str
    text: str
    is_article: bool


class _Pages(xml_events.Elements[_Page]):
    """The pages with their last text."""

    def __init__(self) -> None:
        super().__init__()
        self._found: dict[str, str] = {}

    def opened(self, name: str, attributes: dict[str, str]) -> None:
        if name == "page":
            self._found = {}
        elif name == "redirect":
            self._found["redirect"] = "yes"
        elif name in _TEXTS:
            self.begin_text()

    def closed(self, name: str) -> None:
        if name in _TEXTS:
            words = self.end_text()
            if name != "id" or self.path[-2:-1] == ["page"]:
                self._found[name] = words
        elif name == "page":
            found = self._found
            is_article = (found.get("ns", "0").strip() == "0" and "redirect" not in found
                          and found.get("model", "wikitext") == "wikitext")
            self.give(_Page(found.get("title", ""), found.get("id", ""), found.get("text", ""), is_article))
