"""Web pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from engine.corpora.fetched import FetchedSource
from engine.settings import setting
from engine.work import Work

if TYPE_CHECKING:
    from engine.corpora.web.crawl import Figures
    from engine.corpora.web.fetch import Fetcher
    from engine.corpora.web.store import StoreWriter


class WebSource(FetchedSource, kind="web", title="Web pages"):
    """The main text of a web page, or of all pages of a site; fetched only when you ask, and kept in the project.

    Robots.txt is obeyed, and a site is asked once a second at most. Pages that are reserved against training are
    left out.
    Source: the site itself; rules of RFC 9309 (robots.txt) and of sitemaps.org.
    """

    scope: Literal["page", "folder", "site"] = setting(
        "page", "What to fetch", "How far to follow links from the address.",
        choices={"page": "Only this page", "folder": "This page and those below it", "site": "The whole site"})
    depth: int = setting(3, "Depth", "How many links away from the first page a page may lie.", unit="links", low=0,
                         high=20)
    page_limit: int = setting(500, "Most pages", "Fetching ends after so many pages.", unit="pages", low=1,
                              high=100_000, scale="log")
    sitemaps: bool = setting(True, "Use sitemaps", "Also fetch pages that the site lists for search engines.",
                             level="advanced")

    def _fetch(self, work: Work, fetcher: Fetcher, writer: StoreWriter) -> Figures:
        from engine.corpora.web.crawl import Crawl, Wanted
        from engine.corpora.web.visit import Visitor

        wanted = Wanted(self.address, self.scope, self.depth, self.page_limit, self.sitemaps)
        return Crawl(wanted, Visitor(fetcher, writer), writer, work).run()
