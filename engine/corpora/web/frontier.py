"""Which pages are still to be visited, in a fixed order: first come, first visited."""

from __future__ import annotations

from collections import deque

import httpx

_WAITING_FOR_EACH = 20
"""So many addresses may wait for each page that may be visited; a site without end fills no memory."""


class Frontier:
    """A line of addresses, each let in once. `taken` counts the pages visited, `total` those and what may follow."""

    def __init__(self, page_limit: int, depth: int) -> None:
        self._limit = page_limit
        self._depth = depth
        self._line: deque[tuple[httpx.URL, int]] = deque()
        self._seen: set[str] = set()
        self.taken = 0

    @property
    def total(self) -> int:
        """How many pages there will be as far as is known now."""
        return min(self._limit, self.taken + len(self._line))

    def add(self, url: httpx.URL, depth: int) -> None:
        """Let an address wait, unless it was seen, lies too deep, or too many wait."""
        key = str(url)
        if depth <= self._depth and key not in self._seen and len(self._seen) < _WAITING_FOR_EACH * self._limit:
            self._seen.add(key)
            self._line.append((url, depth))

    def meet(self, url: httpx.URL) -> bool:
        """Note that an address was reached by a detour; False when it was known already."""
        key = str(url)
        is_new = key not in self._seen
        self._seen.add(key)
        return is_new

    def take(self) -> tuple[httpx.URL, int] | None:
        """The next address and its depth; None at the end of the line or at the limit of pages."""
        if not self._line or self.taken >= self._limit:
            return None
        self.taken += 1
        return self._line.popleft()
