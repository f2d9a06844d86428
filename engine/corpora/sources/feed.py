"""News feeds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from engine.corpora.fetched import FetchedSource
from engine.settings import setting
from engine.work import Work

if TYPE_CHECKING:
    from engine.corpora.web.crawl import Figures
    from engine.corpora.web.fetch import Fetcher
    from engine.corpora.web.store import Page, StoreWriter


class FeedSource(FetchedSource, kind="feed", title="News feed"):
    """The entries of a news feed; Refresh adds what is new and keeps what is there.

    Robots.txt is obeyed, and a site is asked once a second at most.
    Source: the feed itself, RSS or Atom (RFC 4287), parsed by feedparser.
    """

    take: Literal["entry", "page"] = setting(
        "entry", "Text of an entry", "What is kept of each entry.",
        choices={"entry": "What the feed carries", "page": "The page it leads to"})
    entry_limit: int = setting(200, "Most entries", "So many entries are taken from the feed each time.",
                               unit="entries", low=1, high=5000, scale="log")

    def _fetch(self, work: Work, fetcher: Fetcher, writer: StoreWriter) -> Figures:
        from engine.corpora.web.subscription import Subscription
        from engine.corpora.web.visit import Visitor

        return Subscription(self.address, self.take, self.entry_limit, Visitor(fetcher, writer), writer, work).run()

    def _counts(self, page: Page) -> bool:
        from engine.corpora.web.pages import XML
        from engine.corpora.web.subscription import ENTRY, PLAIN_ENTRY

        return page.content_type not in XML and (page.content_type in (ENTRY, PLAIN_ENTRY)) == (self.take == "entry")
