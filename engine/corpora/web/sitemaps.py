"""Lists of a site's pages (sitemaps), plain or packed, and lists of such lists."""

from __future__ import annotations

import io
from dataclasses import dataclass
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import iterparse

from engine.corpora.web import packing, reasons
from engine.corpora.web.reasons import Refused

MOST_BYTES = 16 << 20
MOST_ADDRESSES = 50_000
"""As many as one sitemap may hold. Source: sitemaps.org, protocol 0.9."""

MOST_FILES = 20


@dataclass(frozen=True)
class Sitemap:
    """The addresses in a sitemap, in its order; with `is_index` they are those of further sitemaps."""

    addresses: tuple[str, ...]
    is_index: bool = False


def read_sitemap(content: bytes) -> Sitemap:
    """A sitemap in XML, or one address a line; raises Refused where it is neither."""
    if content.startswith(b"\x1f\x8b"):
        content = packing.gunzipped(content, MOST_BYTES)
    if content.lstrip()[:1] != b"<":
        lines = content.decode("utf-8", "replace").split()
        if not lines or not all(line.startswith(("http://", "https://")) for line in lines[:100]):
            raise Refused(reasons.BAD_SITEMAP)
        return Sitemap(tuple(lines[:MOST_ADDRESSES]))
    if root_of(content) not in ("urlset", "sitemapindex"):
        raise Refused(reasons.BAD_SITEMAP)
    found: list[str] = []
    try:
        for _, element in iterparse(io.BytesIO(content), events=("end",), forbid_dtd=True):
            if _plain(element.tag) == "loc" and element.text and len(found) < MOST_ADDRESSES:
                found.append(element.text.strip())
            if _plain(element.tag) in ("url", "sitemap"):
                element.clear()
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise Refused(reasons.BAD_SITEMAP) from error
    return Sitemap(tuple(found), root_of(content) == "sitemapindex")


def root_of(content: bytes) -> str:
    """The name of the first element of XML, in small letters without its namespace; empty where it is none."""
    try:
        for _, element in iterparse(io.BytesIO(content), events=("start",), forbid_dtd=True):
            return _plain(element.tag).lower()
    except (ParseError, DefusedXmlException, ValueError, LookupError):
        return ""
    return ""


def _plain(tag: object) -> str:
    return str(tag).rpartition("}")[2]
