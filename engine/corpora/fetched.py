"""Sources whose text lies elsewhere: fetched when the user asks for it, kept in the project, read from there."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import PrivateAttr

from engine.corpora import pieces
from engine.corpora.document import Document, Skipped
from engine.corpora.encodings import ENCODINGS, EncodingName, well_formed
from engine.corpora.files import ReadOptions
from engine.corpora.isolated import FileToRead, read_files
from engine.corpora.source import Source
from engine.errors import EngineError
from engine.settings import setting, to_plain
from engine.work import Work

if TYPE_CHECKING:
    from engine.corpora.web.crawl import Figures
    from engine.corpora.web.fetch import Fetcher, Network
    from engine.corpora.web.store import Page, PageStore, StoreFigures, StoreWriter

FOLDER = "fetched"
"""The folder inside a project in which each source keeps its pages under its id."""

S = TypeVar("S", bound="FetchedSource")


class FetchedSource(Source):
    """A source on the network. Only `fetch` connects to anything; reading looks into the project's store alone."""

    address: str = setting("", "Address", "Where it lies on the network; it begins with http:// or https://.")
    encoding: EncodingName | None = setting(
        None, "Encoding", "How letters are stored as bytes; choose one if the text looks wrong.", level="advanced",
        auto="Found out for every page", choices=ENCODINGS)
    allowed_host: str = setting("", "Host in your network", "One computer inside your own network that may be asked, "
                                "such as wiki.local; all others there are refused.", level="advanced")
    contact: str = setting("", "Contact", "An e-mail address that the sites are told, so that they can write to you.",
                           level="advanced")

    _folder: Path | None = PrivateAttr(None)

    def __eq__(self, other: object) -> bool:
        """Whether the settings are the same, wherever the project lies."""
        return type(other) is type(self) and to_plain(other) == to_plain(self)

    def __hash__(self) -> int:
        """By the id, which settings don't change."""
        return hash(self.id)

    def in_project(self: S, folder: Path) -> S:
        """The same source, able to read what the project keeps for it."""
        bound = self.model_copy()
        bound._folder = folder / FOLDER / self.id
        return bound

    def _place(self) -> str:
        return self.address

    def label(self) -> str:
        """The address without what all have in common."""
        return self.address.partition("://")[2].removeprefix("www.").rstrip("/") or self.address

    def store(self) -> PageStore:
        """Where the fetched pages are; raises EngineError for a source that belongs to no project."""
        from engine.corpora.web.store import PageStore

        if self._folder is None:
            raise EngineError(f"{self.label()} belongs to no project.", "A source of a project was expected.",
                              "Add it to a project first.")
        return PageStore(self._folder)

    def figures(self) -> StoreFigures:
        """What is stored, for a line in a table."""
        return self.store().figures(self._counts)

    def fetch(self, work: Work, network: Network | None = None) -> Figures:
        """Fetch what is new, and keep it. The only thing in Wenlu that connects to another computer by itself.

        Raises Stopped, with what came until then kept, and EngineError where it cannot be kept.
        """
        from engine.corpora.web.fetch import Fetcher

        with (self.store().writing() as writer,
              Fetcher(work, network, allowed=self.allowed_host.strip(), contact=self.contact.strip()) as fetcher):
            return self._fetch(work, fetcher, writer)

    @abstractmethod
    def _fetch(self, work: Work, fetcher: Fetcher, writer: StoreWriter) -> Figures:
        """Fetch into an open store."""

    def _counts(self, page: Page) -> bool:
        """Whether a stored page is one to read, rather than a list of others."""
        return True

    def identity(self) -> Any:
        """What decides the text: settings that change how pages are read, and what is stored."""
        plain = self.reading()
        return [*(plain.get(name) for name in ("kind", "address", "documents", "licence", "encoding", "take")),
                self.store().digest() if self._folder is not None else ""]

    def read(self, work: Work) -> Iterator[Document | Skipped]:
        """The stored pages in the order in which they were met, named by their addresses, and what was left out.

        PDF files come last: they are read in processes of their own, several at once.
        """
        from engine.corpora.web import reasons

        pages = [page for page in self.store().pages() if page.reason or self._counts(page)]
        if not pages:
            work.check()
            yield reasons.NOT_FETCHED.of(self.label())
        files: dict[str, Page] = {}
        for page in pages:
            work.check()
            if page.reason:
                yield Skipped(page.name, page.reason, page.fix)
            elif page.content_type == "application/pdf":
                files[page.name] = page
            else:
                yield from self._documents(page)
        yield from self._files(files, work)

    def _documents(self, page: Page) -> Iterator[Document | Skipped]:
        from engine.corpora.web import reasons
        from engine.corpora.web.reading import read_page

        try:
            read = read_page(page, self.store().body(page), self.encoding)
        except reasons.Refused as refused:
            yield refused.reason.of(page.name)
            return
        found = [part for part in pieces.CUTTERS[self.documents]([well_formed(read.text)]) if part.strip()]
        title = page.title or read.title
        facts = {**self._facts(page), "encoding": read.encoding, **({"title": title} if title else {})}
        if not found:
            yield reasons.NO_TEXT.of(page.name)
        for number, text in enumerate(found, start=1):
            yield Document(page.name if len(found) == 1 else f"{page.name}#{number}", text, metadata=facts)

    def _files(self, files: dict[str, Page], work: Work) -> Iterator[Document | Skipped]:
        if not files:
            return
        waiting = [FileToRead(self.store().body_file(page), name) for name, page in files.items()]
        for found in read_files(waiting, ReadOptions(None, self.documents), work):
            if isinstance(found, Document):
                facts = self._facts(files[found.name.partition("#")[0]])
                found = Document(found.name, found.text, metadata={**found.metadata, **facts})
            yield found

    def _facts(self, page: Page) -> dict[str, Any]:
        return {"format": self.kind, "address": page.final or page.name, "fetched": _day(page.fetched),
                **({"licence": page.licence} if page.licence else {})}


def _day(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, timezone.utc).date().isoformat()


def web_source(address: str, as_feed: bool | None = None) -> FetchedSource:
    """The source for a web address as it was typed; raises EngineError where it is none.

    Whether it is a feed is told by its ending unless said.
    """
    from engine.corpora.sources.feed import FeedSource
    from engine.corpora.sources.web import WebSource
    from engine.corpora.web import addresses, reasons

    try:
        url = addresses.typed(address)
    except reasons.Refused as refused:
        raise EngineError(refused.reason.what, "An address such as https://example.org was expected, not "
                          f"{address.strip()[:200]}.", refused.reason.fix) from refused
    path = url.path.lower().rstrip("/")
    is_feed = path.endswith((".rss", ".atom", ".rdf", "/feed", "/rss", "/atom", "/rss.xml", "/feed.xml", "/atom.xml",
                             "/index.xml")) if as_feed is None else as_feed
    return FeedSource(address=str(url)) if is_feed else WebSource(address=str(url))
