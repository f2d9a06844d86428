"""Addresses of pages: one parser for all that is checked, fetched, compared and kept."""

from __future__ import annotations

import re
from typing import Literal

import httpx

from engine.corpora.web import reasons
from engine.corpora.web.reasons import Refused

LONGEST = 2000
"""The most characters an address may have; longer ones are traps or sessions."""

Scope = Literal["page", "folder", "site"]

_PLAIN = re.compile(r"[^\s\x00-\x20\x7f<>\"\\]+")


def parse(text: str, base: httpx.URL | None = None) -> httpx.URL:
    """An address without its fragment, in the one spelling that is used everywhere; raises Refused."""
    plain = text.strip()
    if len(plain) > LONGEST or not _PLAIN.fullmatch(plain):
        raise Refused(reasons.NOT_AN_ADDRESS)
    try:
        url = base.join(plain) if base is not None else httpx.URL(plain)
        url = url.copy_with(fragment=None, userinfo=b"")
    except (httpx.InvalidURL, ValueError, UnicodeError) as error:
        raise Refused(reasons.NOT_AN_ADDRESS) from error
    if url.scheme not in ("http", "https"):
        raise Refused(reasons.OTHER_SCHEME if url.scheme else reasons.NOT_AN_ADDRESS)
    if not url.host or len(str(url)) > LONGEST or not 0 < (url.port or 80) < 1 << 16:
        raise Refused(reasons.NOT_AN_ADDRESS)
    return url.copy_with(raw_path=url.raw_path)  # an empty path becomes "/"


def typed(text: str) -> httpx.URL:
    """An address as people type it: `example.org/news` is taken as https; raises Refused."""
    plain = text.strip()
    if "://" not in plain and re.match(r"[\w-]+(\.[\w-]+)+(:\d+)?([/?#]|$)", plain):
        plain = f"https://{plain}"
    return parse(plain)


def origin(url: httpx.URL) -> str:
    """Scheme, host and port: what a robots.txt speaks for."""
    return f"{url.scheme}://{url.netloc.decode('ascii', 'replace')}"


def site(url: httpx.URL) -> str:
    """The host with its port, without "www.": pages of one site have the same."""
    return url.netloc.decode("ascii", "replace").removeprefix("www.")


def is_within(url: httpx.URL, start: httpx.URL, scope: Scope) -> bool:
    """Whether a page belongs to what was asked for, beginning at `start`."""
    if scope == "page":
        return url == start
    if site(url) != site(start):
        return False
    return scope == "site" or url.path.startswith(start.path[:start.path.rfind("/") + 1])
