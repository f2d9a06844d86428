"""Visiting one page: asked only if it changed, judged by what it says of itself, kept in the store."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass

import httpx

from engine.corpora.encodings import detect, is_binary
from engine.corpora.reader import Reader
from engine.corpora.web import pages, reasons
from engine.corpora.web.charsets import charset_of, page_words
from engine.corpora.web.fetch import Answer, Fetcher, Wish
from engine.corpora.web.pages import HTML, TEXT, XML, HtmlPage
from engine.corpora.web.reasons import Refused
from engine.corpora.web.robots import Robots
from engine.corpora.web.store import Page, StoreWriter
from engine.settings import members_of

PDF = "application/pdf"


@dataclass(frozen=True)
class Visit:
    """A page as it is now. `html` is there where it is one; `body` are its bytes; `is_new` when they are others."""

    page: Page
    body: bytes
    html: HtmlPage | None = None
    is_new: bool = False


class Visitor:
    """Visits pages by the rules of their sites. Nothing is stored that a site reserves or forbids."""

    def __init__(self, fetcher: Fetcher, writer: StoreWriter) -> None:
        self.fetcher = fetcher
        self.robots = Robots(fetcher)
        self._writer = writer
        reads_pdf = any(".pdf" in reader.extensions for reader in members_of(Reader))  # type: ignore[type-abstract]
        self._kinds = (*HTML, *TEXT, *XML, *((PDF,) if reads_pdf else ()), "")

    def visit(self, url: httpx.URL, gate: Callable[[httpx.URL], None] = lambda url: None) -> Visit:
        """Fetch a page unless it is unchanged; raises Refused with the reason for leaving it out.

        `gate` may refuse a hop; robots.txt is asked for every hop after that.
        """
        known = self._writer.known(str(url))
        if known is not None and known.has_text():
            try:
                return self._again(url, known, self._writer.body(known), gate)
            except Refused as refused:
                if refused.reason is not reasons.LOST:
                    raise
        return self._fresh(url, self._get(url, {}, gate))

    def _get(self, url: httpx.URL, headers: dict[str, str], gate: Callable[[httpx.URL], None]) -> Answer:
        def checked(hop: httpx.URL) -> None:
            gate(hop)
            self.robots.check(hop)

        return self.fetcher.get(url, Wish(gate=checked, accepts=self._kinds.__contains__, headers=headers))

    def _again(self, url: httpx.URL, known: Page, body: bytes, gate: Callable[[httpx.URL], None]) -> Visit:
        headers = {name: value for name, value in
                   (("If-None-Match", known.etag), ("If-Modified-Since", known.last_modified)) if value}
        answer = self._get(url, headers, gate)
        if answer.status != 304:
            return self._fresh(url, answer, known)
        page = dataclasses.replace(known, checked=self.fetcher.network.wall(), trouble="")
        return Visit(page, body, self._html(body, known.charset, answer.url) if known.content_type in HTML else None)

    def _fresh(self, url: httpx.URL, answer: Answer, known: Page | None = None) -> Visit:
        if answer.status == 304:
            raise Refused(reasons.BAD_ANSWER, is_passing=True)  # it was not asked whether anything changed
        if pages.headers_reserve(answer.headers):
            raise Refused(reasons.RESERVED)
        body, kind = answer.body, answer.content_type or _sniffed(answer.body)
        charset = charset_of(answer.headers.get("content-type", ""))
        html = self._html(body, charset, answer.url) if kind in HTML else None
        if html is not None and html.reserves():
            raise Refused(reasons.RESERVED)
        now = self.fetcher.network.wall()
        page = Page(str(url), str(answer.url), now, now, answer.status, kind, charset,
                    answer.headers.get("etag", "")[:500], answer.headers.get("last-modified", "")[:100],
                    licence=html.licence(answer.headers) if html is not None else "")
        if known is not None and self._writer.body(known) == body:
            page = dataclasses.replace(page, fetched=known.fetched, digest=known.digest, size_bytes=known.size_bytes)
            return Visit(page, body, html)
        return Visit(page, body, html, is_new=True)

    def _html(self, body: bytes, charset: str, url: httpx.URL) -> HtmlPage:
        return HtmlPage.of(page_words(body, charset)[0], url)


def _sniffed(body: bytes) -> str:
    """The kind of a page whose site says none; raises Refused for what is no text."""
    start = body[:1000].lstrip().lower()
    if start.startswith((b"<!doctype html", b"<html", b"<head", b"<body")):
        return "text/html"
    if start.startswith(b"<?xml"):
        return "text/xml"
    if start.startswith(b"%pdf"):
        return PDF
    if is_binary(body, detect(body).encoding):
        raise Refused(reasons.OTHER_KIND)
    return "text/html" if b"<p" in start or b"<div" in start else "text/plain"
