"""Following the sitemaps of a site to the pages they list."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import httpx

from engine.corpora.web import addresses, sitemaps
from engine.corpora.web.fetch import Wish
from engine.corpora.web.reasons import Refused
from engine.corpora.web.visit import Visitor
from engine.work import Work


def listed_pages(places: Sequence[str], visitor: Visitor, work: Work, on_bad: Callable[[str, Refused], None],
                 bodies: Mapping[str, bytes] | None = None) -> Iterator[httpx.URL]:
    """The addresses in these sitemaps and in those they list, in order; `on_bad` hears which could not be read.

    `bodies` has sitemaps that were fetched already.
    """
    waiting, seen = list(places), set[str]()
    while waiting and len(seen) < sitemaps.MOST_FILES:
        place = waiting.pop(0)
        if place in seen:
            continue
        seen.add(place)
        work.check()
        try:
            found = sitemaps.read_sitemap((bodies or {}).get(place) or _fetched(place, visitor))
        except Refused as refused:
            on_bad(place, refused)
            continue
        if found.is_index:
            waiting += found.addresses
            continue
        for address in found.addresses:
            try:
                yield addresses.parse(address)
            except Refused:
                continue


def _fetched(place: str, visitor: Visitor) -> bytes:
    return visitor.fetcher.get(addresses.parse(place), Wish(gate=visitor.robots.check,
                                                            most_bytes=sitemaps.MOST_BYTES)).body
