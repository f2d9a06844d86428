"""From the stored bytes of a page to its text."""

from __future__ import annotations

from dataclasses import dataclass

import httpx

from engine.corpora.encodings import decode
from engine.corpora.readers.html import page_text
from engine.corpora.web.charsets import page_words
from engine.corpora.web.pages import HTML, HtmlPage
from engine.corpora.web.store import Page
from engine.corpora.web.subscription import ENTRY


@dataclass(frozen=True)
class PageText:
    """Title, text, and the encoding that the page was in."""

    title: str
    text: str
    encoding: str


def read_page(page: Page, body: bytes, encoding: str | None = None) -> PageText:
    """The text of a page: the main part of HTML, a feed's entry whole, plain text as it is."""
    words, found = (decode(body, encoding), encoding) if encoding else page_words(body, page.charset)
    if page.content_type == ENTRY:
        return PageText(page.title, page_text(f"<body>{words}")[1], found)
    if page.content_type in HTML:
        title, text = HtmlPage.of(words, httpx.URL(page.final or page.address)).text()
        return PageText(title[:200], text, found)
    return PageText("", words, found)
