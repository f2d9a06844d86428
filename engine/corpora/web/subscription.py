"""Fetching a news feed into the store: what is new is added, what is there stays."""

from __future__ import annotations

import dataclasses
import hashlib
from typing import Literal

import httpx

from engine.corpora.web import addresses, reasons
from engine.corpora.web.crawl import Figures
from engine.corpora.web.feeds import Entry, Feed, read_feed
from engine.corpora.web.reasons import Refused
from engine.corpora.web.store import OF_ENTRY, Page, StoreWriter
from engine.corpora.web.visit import Visit, Visitor
from engine.work import Stopped, Work

ENTRY, PLAIN_ENTRY = "text/x-entry+html", "text/x-entry"
"""The kinds under which an entry's own text is stored."""


class Subscription:
    """One look at a feed. `take` says whether an entry's own text is kept, or the page it leads to."""

    def __init__(self, address: str, take: Literal["entry", "page"], entry_limit: int, visitor: Visitor,
                 writer: StoreWriter, work: Work) -> None:
        self._address = address
        self._take = take
        self._entry_limit = entry_limit
        self._visitor = visitor
        self._writer = writer
        self._work = work
        self._resting: set[str] = set()  # hosts that asked to be left in peace
        self.figures = Figures()

    def run(self) -> Figures:
        """Fetch the feed and what is new in it. Raises Stopped; what was fetched is kept then too."""
        try:
            self._run()
        except Refused as refused:
            self._leave_out(self._address, refused)
        except Stopped:
            self._writer.finish(keep_others=True)
            raise
        self._writer.finish(keep_others=True)
        return self.figures

    def _run(self) -> None:
        url = addresses.typed(self._address)
        self._work.progress("fetch", 0, None, "pages", url.host)
        visit = self._visitor.visit(url)
        feed = self._feed(visit)
        entries = feed.entries[:self._entry_limit]
        for number, entry in enumerate(entries):
            self._work.progress("fetch", number, len(entries), "pages", url.host)
            if self._take == "entry":
                self._keep_entry(entry, feed)
            else:
                self._fetch_page(entry)
        self._work.progress("fetch", len(entries), len(entries), "pages")

    def _feed(self, visit: Visit) -> Feed:
        """The feed itself, or the one that a page names as its own."""
        if visit.html is not None and (place := visit.html.feed()) is not None:
            visit = self._visitor.visit(place)
        feed = read_feed(visit.body, httpx.URL(visit.page.final))
        self._writer.put(dataclasses.replace(visit.page, content_type="application/xml", title=feed.title),
                         visit.body if visit.is_new else None)
        return feed

    def _keep_entry(self, entry: Entry, feed: Feed) -> None:
        body = entry.text.encode("utf-8", "replace")
        now = self._visitor.fetcher.network.wall()
        key = entry.key + OF_ENTRY
        known = self._writer.known(key)
        kind = ENTRY if entry.is_html else PLAIN_ENTRY
        page = Page(key, str(entry.address or ""), now, now, 200, kind, "utf-8", licence=feed.licence,
                    title=entry.title)
        if known is not None and known.has_text() and self._is_same(known, body):
            self.figures.unchanged += 1
            self._writer.put(dataclasses.replace(page, fetched=known.fetched, digest=known.digest,
                                                 size_bytes=known.size_bytes))
        else:
            self.figures.new += 1
            self.figures.stored_bytes += len(body)
            self._writer.put(page, body)

    def _is_same(self, known: Page, body: bytes) -> bool:
        return known.digest == hashlib.sha256(body).hexdigest()

    def _fetch_page(self, entry: Entry) -> None:
        """The linked page; one that is there already is not asked for again."""
        if entry.address is None:
            self._leave_out(entry.key + OF_ENTRY, Refused(reasons.NO_LINK))
            return
        known = self._writer.known(str(entry.address))
        if known is not None and known.has_text():
            self.figures.unchanged += 1
            self._writer.put(known)
            return
        if entry.address.host in self._resting:
            self._leave_out(str(entry.address), Refused(reasons.FAILING, is_passing=True))
            return
        try:
            visit = self._visitor.visit(entry.address)
        except Refused as refused:
            self._leave_out(str(entry.address), refused)
            if refused.ends_host:
                self._resting.add(entry.address.host)
            return
        self.figures.new += 1
        self.figures.stored_bytes += len(visit.body)
        self._writer.put(dataclasses.replace(visit.page, title=entry.title), visit.body)

    def _leave_out(self, address: str, refused: Refused) -> None:
        self.figures.note(refused)
        known = self._writer.known(address)
        if known is not None and known.has_text():
            self._writer.put(dataclasses.replace(known, trouble=refused.reason.what))
        else:
            self._writer.put(Page(address).without(refused.reason, self._visitor.fetcher.network.wall()))
