"""What sites ask of programs: robots.txt, read once for every host."""

from __future__ import annotations

import re
from dataclasses import dataclass

import httpx
from protego import Protego

from engine.corpora.web import addresses, reasons
from engine.corpora.web.fetch import AGENT, Fetcher, Wish
from engine.corpora.web.reasons import Refused

MOST_BYTES = 500 << 10
"""As much of a robots.txt is read as RFC 9309 (section 2.5) asks for; what is beyond counts as not said."""


_NO_TRAINING = re.compile(r"^[ \t]*(?:content-signal[ \t]*:.*\bai-train[ \t]*=[ \t]*no\b"
                          r"|content-usage[ \t]*:.*\b(?:train-ai|ai)[ \t]*=[ \t]*n\b)", re.IGNORECASE | re.MULTILINE)
"""Signals in robots.txt against training; whichever programs and pages they are meant for, the host is left out."""


@dataclass(frozen=True)
class Rules:
    """The rules of one host; `parsed` None forbids all, because they could not be read.

    `reserves` says that the host reserves its pages against training.
    """

    parsed: Protego | None
    reserves: bool = False
    sitemaps: tuple[str, ...] = ()


class Robots:
    """The rules of all hosts that were met. Source: RFC 9309; Crawl-delay as sites use it;
    Content-Signal of contentsignals.org and Content-Usage of the IETF's draft on AI preferences.
    """

    def __init__(self, fetcher: Fetcher) -> None:
        self._fetcher = fetcher
        self._rules: dict[str, Rules] = {}

    def check(self, url: httpx.URL) -> None:
        """Raise Refused where a page is forbidden, or where the rules are out of reach."""
        rules = self.rules_of(url)
        if rules.parsed is None:
            raise Refused(reasons.ROBOTS_SILENT, is_passing=True)
        if rules.reserves:
            raise Refused(reasons.RESERVED)
        if not rules.parsed.can_fetch(str(url), AGENT):
            raise Refused(reasons.ROBOTS)

    def rules_of(self, url: httpx.URL) -> Rules:
        """The rules for a page's host, fetched at the first question. Raises Refused for a host not to be asked."""
        place = addresses.origin(url)
        if place not in self._rules:
            self._rules[place] = self._fetch(url)
        return self._rules[place]

    def _fetch(self, url: httpx.URL) -> Rules:
        """Rules that do not exist (4xx) allow all; rules that cannot be read (5xx, 429, no answer) forbid all."""
        try:
            text = self._fetcher.get(url.copy_with(raw_path=b"/robots.txt"), Wish(most_bytes=MOST_BYTES, cut=True)).body
        except Refused as refused:
            if refused.reason in (reasons.INSIDE, reasons.CERTIFICATE, reasons.NO_HOST, reasons.NOT_REACHED):
                raise
            if refused.is_passing or refused.reason in (reasons.REDIRECTS, reasons.BAD_PACKING):
                return Rules(None)
            text = b""
        words = text.decode("utf-8-sig", "replace")
        parsed = Protego.parse(words)
        delay = parsed.crawl_delay(AGENT) or 0.0
        rate = parsed.request_rate(AGENT)
        if rate is not None and rate.requests:
            delay = max(delay, rate.seconds / rate.requests)
        self._fetcher.pace.keep_apart(url.host, delay)
        return Rules(parsed, bool(_NO_TRAINING.search(words)), tuple(parsed.sitemaps)[:50])
