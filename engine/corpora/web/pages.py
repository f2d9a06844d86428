"""What a page of HTML holds: its main text, its links, its terms of use."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

import httpx
from selectolax.lexbor import LexborHTMLParser

from engine.corpora.main_text import main_text
from engine.corpora.readers.html import nests_too_deep, page_text
from engine.corpora.web import addresses
from engine.corpora.web.reasons import Refused

HTML = ("text/html", "application/xhtml+xml")
TEXT = ("text/plain", "text/markdown")
XML = ("application/xml", "text/xml", "application/rss+xml", "application/atom+xml", "application/rdf+xml")

MOST_LINKS = 5000
NEVER_TEXT = frozenset((
    ".jpg", ".jpeg", ".png", ".gif", ".webp", ".avif", ".svg", ".ico", ".bmp", ".tif", ".tiff", ".heic",
    ".mp3", ".mp4", ".m4a", ".m4v", ".ogg", ".oga", ".ogv", ".opus", ".flac", ".wav", ".webm", ".avi", ".mov", ".mkv",
    ".mpg", ".css", ".js", ".mjs", ".map", ".wasm", ".woff", ".woff2", ".ttf", ".otf", ".eot", ".zip", ".gz", ".bz2",
    ".xz", ".zst", ".7z", ".rar", ".tar", ".tgz", ".iso", ".img", ".dmg", ".exe", ".msi", ".apk", ".deb", ".rpm",
    ".jar", ".whl", ".bin", ".torrent"))
"""Endings of addresses that are never asked for, so that no request and no page of the limit is spent on them."""

_BASE = re.compile(r"<base[^>]{0,200}href", re.IGNORECASE)
_CC = re.compile(r"creativecommons\.org/(licenses|publicdomain)/([a-z-]+)/(\d\.\d)", re.IGNORECASE)
_LICENCE_NAMES = ("dc.rights", "dcterms.license", "dcterms.licence", "dcterms.rights", "dc.license", "license",
                  "licence", "copyright")
_REL_LICENCE = re.compile(r"<([^<>]{1,500})>[^,]*?;\s*rel\s*=\s*\"?[^\",;]*\blicense\b", re.IGNORECASE)
_NO_TRAINING = re.compile(r"(^|[\s,:])noai(\s|,|$)", re.IGNORECASE)


@dataclass(frozen=True)
class HtmlPage:
    """A page of HTML, parsed once. `words` is its source text, `url` where it lay."""

    words: str
    url: httpx.URL
    tree: LexborHTMLParser | None

    @classmethod
    def of(cls, words: str, url: httpx.URL) -> HtmlPage:
        """Parse a page; one nested too deep for a parser has a text but no links."""
        return cls(words, url, None if nests_too_deep(words) else LexborHTMLParser(words))

    def text(self) -> tuple[str, str]:
        """Title and main text, paragraphs apart by blank lines.

        Where the search for the main part finds nearly nothing, all text outside menus and footers is taken.
        """
        title, whole = page_text(self.words)
        return title, whole if self.tree is None else main_text(self.words, whole)

    def links(self) -> Iterator[httpx.URL]:
        """Addresses of pages that this one leads to, in the order of the page, each once."""
        if self.tree is None:
            return
        base, seen = self._base(), set[str]()
        for number, node in enumerate(self.tree.css("a[href], area[href], link[rel=next][href]")):
            if number >= MOST_LINKS:
                return
            if "nofollow" in (node.attributes.get("rel") or "").lower().split():
                continue
            try:
                url = addresses.parse(_link(node.attributes.get("href") or ""), base)
            except Refused:
                continue
            if str(url) not in seen and PurePosixPath(url.path).suffix.lower() not in NEVER_TEXT:
                seen.add(str(url))
                yield url

    def follows_links(self) -> bool:
        """Whether the page lets programs follow its links."""
        return not any("nofollow" in rule for rule in self._metas("robots", "wenlu"))

    def reserves(self) -> bool:
        """Whether the page forbids training on it: noai, or a reservation of text and data mining."""
        return any(_NO_TRAINING.search(rule) for rule in self._metas("robots", "wenlu")) or any(
            value.strip() == "1" for value in self._metas("tdm-reservation"))

    def licence(self, headers: Mapping[str, str]) -> str:
        """The licence that the page or its headers name; empty where they name none."""
        if found := _REL_LICENCE.search(headers.get("link", "")[:4000]):
            return licence_words(found[1])
        if self.tree is None:
            return ""
        for node in self.tree.css("a[rel~=license], link[rel~=license], a[rel~=licence]"):
            if place := node.attributes.get("href"):
                return licence_words(place)
        for name in _LICENCE_NAMES:
            for value in self._metas(name):
                if value.strip():
                    return licence_words(value)
        for node in self.tree.css("a[href*='creativecommons.org/']"):
            if _CC.search(place := node.attributes.get("href") or ""):
                return licence_words(place)
        return ""

    def feed(self) -> httpx.URL | None:
        """The news feed that the page names as its own."""
        for node in self.tree.css("link[rel=alternate][href]") if self.tree is not None else ():
            if (node.attributes.get("type") or "").lower() in ("application/rss+xml", "application/atom+xml"):
                try:
                    return addresses.parse(_link(node.attributes.get("href") or ""), self._base())
                except Refused:
                    continue
        return None

    def _base(self) -> httpx.URL:
        node = self.tree.css_first("base[href]") if self.tree is not None and _BASE.search(self.words) else None
        try:
            return addresses.parse(_link(node.attributes.get("href") or ""), self.url) if node else self.url
        except Refused:
            return self.url

    def _metas(self, *names: str) -> Iterator[str]:
        for node in self.tree.css("meta[name][content]") if self.tree is not None else ():
            if (node.attributes.get("name") or "").lower() in names:
                yield node.attributes.get("content") or ""


def headers_reserve(headers: Mapping[str, str]) -> bool:
    """Whether an answer's headers forbid training on it."""
    return bool(_NO_TRAINING.search(headers.get("x-robots-tag", ""))) or headers.get("tdm-reservation", "") == "1"


def licence_words(place: str) -> str:
    """A licence by its short name where it is one of Creative Commons, else the words or address as they stand."""
    found = _CC.search(place)
    if found is None:
        return " ".join(place.split())[:120]
    family, name, version = found[1].lower(), found[2].lower(), found[3]
    if family == "publicdomain":
        return "CC0" if name == "zero" else "Public domain"
    return f"CC {name.upper()} {version}"


def _link(href: str) -> str:
    """An address as browsers take it from a page: line ends dropped, spaces escaped."""
    return re.sub(r"[\t\r\n]", "", href).strip().replace(" ", "%20")
