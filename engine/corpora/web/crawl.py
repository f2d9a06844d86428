"""Fetching one page or a whole site into the store."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass, field

import httpx

from engine.corpora.web import addresses, reasons, sitemaps
from engine.corpora.web.addresses import Scope
from engine.corpora.web.frontier import Frontier
from engine.corpora.web.listing import listed_pages
from engine.corpora.web.pages import XML
from engine.corpora.web.reasons import Refused
from engine.corpora.web.store import Page, StoreWriter
from engine.corpora.web.visit import Visit, Visitor
from engine.events import Notice
from engine.work import Stopped, Work

FAILURES_IN_A_ROW = 10
"""After so many pages that could not be had for the moment, the site is left in peace."""


@dataclass(frozen=True)
class Wanted:
    """What is asked for: where to begin, how far to go, and how many pages at most."""

    address: str
    scope: Scope = "page"
    depth: int = 3
    page_limit: int = 500
    sitemaps: bool = True


@dataclass
class Figures:
    """What a fetch did, in pages."""

    new: int = 0
    unchanged: int = 0
    left_out: int = 0
    stored_bytes: int = 0
    reasons: dict[str, int] = field(default_factory=dict)

    def note(self, refused: Refused) -> None:
        """Count a page that was left out."""
        self.left_out += 1
        self.reasons[refused.reason.what] = self.reasons.get(refused.reason.what, 0) + 1


class Crawl:
    """One visit to a site, breadth first, links in the order of each page, then what the sitemaps list."""

    def __init__(self, wanted: Wanted, visitor: Visitor, writer: StoreWriter, work: Work) -> None:
        self._wanted = wanted
        self._visitor = visitor
        self._writer = writer
        self._work = work
        self._scope: Scope = wanted.scope
        self._start = httpx.URL(wanted.address)
        self._frontier = Frontier(wanted.page_limit, wanted.depth)
        self._failing = 0
        self._is_partial = False  # something may be there that was not seen this time
        self.figures = Figures()

    def run(self) -> Figures:
        """Fetch until nothing is left or the limit is reached. Raises Stopped; what was fetched is kept then too."""
        self._begin()
        try:
            is_whole = self._go_on() and not self._is_partial
        except Stopped:
            self._writer.finish(keep_others=True)
            raise
        self._writer.finish(keep_others=not is_whole)
        return self.figures

    def _begin(self) -> None:
        try:
            self._start = addresses.typed(self._wanted.address)
        except Refused as refused:
            self._leave_out(self._wanted.address, refused)
            return
        self._frontier.add(self._start, 0)

    def _go_on(self) -> bool:
        """True when the line came to its end or to the limit; False when the site was left in peace before."""
        while (found := self._frontier.take()) is not None:
            url, depth = found
            self._work.progress("fetch", self._frontier.taken - 1, self._frontier.total, "pages", url.host)
            try:
                self._visit(url, depth)
                self._failing = 0
            except Refused as refused:
                self._leave_out(str(url), refused)
                self._is_partial = self._is_partial or refused.is_passing or self._frontier.taken == 1
                self._failing = self._failing + 1 if refused.is_passing else 0
                if refused.ends_host or self._failing >= FAILURES_IN_A_ROW:
                    self._work.report(Notice(level="warn", code="web.ended", text=reasons.FAILING.what
                                             if not refused.ends_host else refused.reason.what))
                    return False
        self._work.progress("fetch", self._frontier.taken, self._frontier.taken, "pages")
        return True

    def _visit(self, url: httpx.URL, depth: int) -> None:
        is_start = self._frontier.taken == 1
        visit = self._visitor.visit(url, lambda hop: self._gate(hop, is_start))
        final = httpx.URL(visit.page.final)
        if final != url and not self._frontier.meet(final):
            return
        if is_start:
            self._start = final
        if visit.page.content_type in XML:
            self._take_xml(visit, is_start)
            return
        self._keep(visit)
        if self._scope != "page":
            if visit.html is not None and visit.html.follows_links():
                self._follow(visit.html.links(), depth + 1)
            if is_start and self._wanted.sitemaps:
                self._follow_sitemaps()

    def _keep(self, visit: Visit) -> None:
        self._writer.put(visit.page, visit.body if visit.is_new else None)
        self.figures.stored_bytes += len(visit.body)
        if visit.is_new:
            self.figures.new += 1
        else:
            self.figures.unchanged += 1

    def _gate(self, hop: httpx.URL, is_start: bool) -> None:
        """A page must stay on its site; the first one says which site that is."""
        if not is_start and addresses.site(hop) != addresses.site(self._start):
            raise Refused(reasons.OTHER_SITE)

    def _follow(self, found: Iterable[httpx.URL], depth: int) -> None:
        for url in found:
            if addresses.is_within(url, self._start, self._scope):
                self._frontier.add(url, depth)

    def _take_xml(self, visit: Visit, is_start: bool) -> None:
        """XML is no page; the address of a sitemap may be where the user wants to begin."""
        root = sitemaps.root_of(visit.body)
        if not is_start or root not in ("urlset", "sitemapindex"):
            raise Refused(reasons.IS_A_FEED if root in ("rss", "feed", "rdf") else reasons.OTHER_KIND)
        self._scope = "site" if self._scope == "page" else self._scope
        place = visit.page.final
        self._follow(listed_pages([place], self._visitor, self._work, self._leave_out, {place: visit.body}), 1)

    def _follow_sitemaps(self) -> None:
        """Sitemaps that robots.txt names, else the one at the usual place, which need not be there."""
        named = self._visitor.robots.rules_of(self._start).sitemaps
        places = named or (f"{addresses.origin(self._start)}/sitemap.xml",)
        on_bad = self._leave_out if named else lambda place, refused: None
        self._follow(listed_pages(places, self._visitor, self._work, on_bad), 1)

    def _leave_out(self, address: str, refused: Refused) -> None:
        """Note why a page is missing. One that is known from before stays if it may come back."""
        self.figures.note(refused)
        known = self._writer.known(address)
        now = self._visitor.fetcher.network.wall()
        if known is not None and known.has_text() and refused.is_passing:
            self._writer.put(dataclasses.replace(known, trouble=refused.reason.what))
        else:
            self._writer.put(Page(address).without(refused.reason, now))
