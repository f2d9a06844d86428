"""Reading news feeds (RSS, Atom) from bytes that were fetched before."""

from __future__ import annotations

import html
import io
from collections.abc import Iterator
from dataclasses import dataclass

import httpx

from engine.corpora.web import addresses, reasons
from engine.corpora.web.pages import licence_words
from engine.corpora.web.reasons import Refused

MOST_ENTRIES = 5000


@dataclass(frozen=True)
class Entry:
    """One entry: `address` of its page (None where it names none), a `key` that stays, its text as HTML or plain."""

    key: str
    address: httpx.URL | None
    title: str
    text: str
    is_html: bool


@dataclass(frozen=True)
class Feed:
    """A feed with its title and the licence that it states."""

    title: str
    licence: str
    entries: tuple[Entry, ...]


def read_feed(content: bytes, url: httpx.URL) -> Feed:
    """A feed's entries, in its order; raises Refused where it is none. Nothing is fetched."""
    import feedparser

    if b"<!ENTITY" in content:
        raise Refused(reasons.NOT_A_FEED)
    parsed = feedparser.parse(io.BytesIO(content), response_headers={"content-location": str(url)})
    if not parsed.get("version"):
        raise Refused(reasons.NOT_A_FEED)
    about = parsed.get("feed", {})
    named = about.get("license") or about.get("rights") or ""
    return Feed(_line(about.get("title", "")), licence_words(named) if named else "",
                tuple(_entries(parsed.get("entries", [])[:MOST_ENTRIES], url)))


def _entries(found: list[dict[str, object]], base: httpx.URL) -> Iterator[Entry]:
    seen = set[str]()
    for entry in found:
        text, is_html = _text(entry)
        title = _line(entry.get("title", ""))
        try:
            address = addresses.parse(str(entry.get("link") or ""), base) if entry.get("link") else None
        except Refused:
            address = None
        key = str(entry.get("id") or address or title)[:addresses.LONGEST]
        if key and key not in seen:
            seen.add(key)
            yield Entry(key, address, title, text, is_html)


def _text(entry: dict[str, object]) -> tuple[str, bool]:
    """The longest text that an entry carries."""
    parts: list[tuple[str, bool]] = []
    contents = entry.get("content")
    for part in contents if isinstance(contents, list) else []:
        parts.append((str(part.get("value") or ""), "html" in str(part.get("type") or "html")))
    details = entry.get("summary_detail")
    if isinstance(details, dict):
        parts.append((str(details.get("value") or ""), "html" in str(details.get("type") or "html")))
    return max(parts, key=lambda part: len(part[0]), default=("", False))


def _line(text: object) -> str:
    return " ".join(html.unescape(str(text)).split())[:200]
