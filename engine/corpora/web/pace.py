"""Politeness: how soon a site may be asked again."""

from __future__ import annotations

import email.utils
import time
from collections.abc import Callable

from engine.corpora.web.connection import SLICE_SECONDS


class Pace:
    """Keeps requests to one host apart, and waits in short slices so that a stop is heard."""

    def __init__(self, check: Callable[[], None] = lambda: None, clock: Callable[[], float] = time.monotonic,
                 sleep: Callable[[float], None] = time.sleep, seconds: float = 1.0) -> None:
        self._check = check
        self._clock = clock
        self._sleep = sleep
        self._seconds = seconds
        self._apart: dict[str, float] = {}
        self._last: dict[str, float] = {}

    def keep_apart(self, host: str, seconds: float) -> None:
        """A host asks for so many seconds between requests; never fewer than the usual."""
        self._apart[host] = max(self._seconds, seconds)

    def wait_for(self, host: str) -> None:
        """Wait until a host may be asked, and count this as a request."""
        if host in self._last:
            self.wait(self._last[host] + self._apart.get(host, self._seconds) - self._clock())
        self._last[host] = self._clock()

    def wait(self, seconds: float) -> None:
        """Wait, hearing a stop; negative seconds are none."""
        until = self._clock() + seconds
        self._check()
        while (left := until - self._clock()) > 0:
            self._sleep(min(SLICE_SECONDS, left))
            self._check()


def retry_after(text: str, now: float) -> float | None:
    """The seconds that a site asks to wait, given as a number or as a date; None where it says neither."""
    plain = text.strip()
    if plain.isdigit() and len(plain) < 10:
        return float(plain)
    try:
        return max(0.0, email.utils.parsedate_to_datetime(plain).timestamp() - now)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
