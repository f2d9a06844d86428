"""Connections that hear a stop within a moment, end at a deadline, and lead only where `hosts` allows."""

from __future__ import annotations

import contextlib
import errno
import queue
import select
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

import httpcore

from engine.corpora.web import reasons
from engine.corpora.web.hosts import Resolve, addresses_of, system_resolve
from engine.corpora.web.reasons import Refused

SLICE_SECONDS = 0.2
"""The longest that anything here waits without looking whether it should stop."""

_UNDER_WAY = (0, errno.EINPROGRESS, errno.EWOULDBLOCK, 10035)  # the last is Windows' own


class Watch:
    """When waiting must end: at the user's wish, at the deadline, or when too little comes.

    `check` raises where the user asked to stop.
    """

    def __init__(self, check: Callable[[], None] = lambda: None, clock: Callable[[], float] = time.monotonic) -> None:
        self._check = check
        self._clock = clock
        self._began = clock()
        self._until = float("inf")
        self._slowest = 0.0
        self._grace = 0.0
        self._came = 0

    def start(self, seconds: float, bytes_per_second: float = 0.0, grace_seconds: float = 0.0) -> None:
        """Begin anew; after the grace, fewer bytes a second than these count as too slow."""
        self._began = self._clock()
        self._until = self._began + seconds
        self._slowest, self._grace, self._came = bytes_per_second, grace_seconds, 0

    def came(self, size_bytes: int) -> None:
        """Note that bytes came, and look."""
        self._came += size_bytes
        self.look()

    def look(self) -> None:
        """Raise what the user's stop raises, or Refused when it takes too long."""
        self._check()
        now = self._clock()
        elapsed = now - self._began
        if now > self._until or (elapsed > self._grace and self._came < self._slowest * elapsed):
            raise Refused(reasons.TOO_SLOW, is_passing=True)


class GuardedBackend(httpcore.NetworkBackend):
    """Opens connections: looks a host up once, checks its numbers, connects to one of those.

    `on_change` hears the host of every connection that opens, and an empty name when none is open any more.
    """

    def __init__(self, watch: Watch, allowed: str = "", on_change: Callable[[str], None] = lambda host: None,
                 resolve: Resolve = system_resolve) -> None:
        self._watch = watch
        self._allowed = allowed
        self._on_change = on_change
        self._resolve = resolve
        self._open = 0

    def connect_tcp(self, host: str, port: int, timeout: float | None = None, local_address: str | None = None,
                    socket_options: Iterable[Any] | None = None) -> httpcore.NetworkStream:
        """Connect; raises Refused for a host that may not be asked or cannot be reached."""
        numbers = self._look_up(host, port)
        self._open += 1
        self._on_change(host)
        for number in numbers:
            if (opened := self._connected(number, port, timeout)) is not None:
                return WatchedStream(opened, self._watch, self._closed)
        self._closed()
        raise Refused(reasons.NOT_REACHED, is_passing=True)

    def _look_up(self, host: str, port: int) -> list[str]:
        """The system's look-up cannot be interrupted, so it waits in a thread of its own."""
        answer: queue.Queue[list[str] | Refused] = queue.Queue()

        def ask() -> None:
            try:
                answer.put(addresses_of(host, port, self._allowed, self._resolve))
            except Refused as refused:
                answer.put(refused)

        threading.Thread(target=ask, daemon=True).start()
        while True:
            with contextlib.suppress(queue.Empty):
                found = answer.get(timeout=SLICE_SECONDS)
                if isinstance(found, Refused):
                    raise found
                return found
            self._watch.look()

    def _connected(self, number: str, port: int, timeout: float | None) -> socket.socket | None:
        family = socket.AF_INET6 if ":" in number else socket.AF_INET
        opened = socket.socket(family, socket.SOCK_STREAM)
        until = time.monotonic() + (timeout or 10.0)
        try:
            opened.setblocking(False)
            if opened.connect_ex((number, port)) not in _UNDER_WAY:
                until = float("-inf")
            while time.monotonic() < until:
                _, writable, broken = select.select([], [opened], [opened], SLICE_SECONDS)
                if writable or broken:
                    if opened.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
                        break
                    return opened
                self._watch.look()
        except OSError:
            opened.close()
            return None
        except BaseException:
            opened.close()
            self._closed()
            raise
        opened.close()
        return None

    def _closed(self) -> None:
        self._open -= 1
        if not self._open:
            self._on_change("")


class WatchedStream(httpcore.NetworkStream):
    """A connection whose reading and handshake can be stopped at any moment."""

    def __init__(self, opened: socket.socket, watch: Watch, on_close: Callable[[], None]) -> None:
        self._socket = opened
        self._watch = watch
        self._on_close: Callable[[], None] | None = on_close
        opened.settimeout(SLICE_SECONDS)

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """What came, at most `max_bytes`; empty at the end."""
        while True:
            try:
                found = self._socket.recv(max_bytes)
            except TimeoutError:
                self._watch.look()
                continue
            except OSError as error:
                raise httpcore.ReadError(str(error)) from error
            self._watch.came(len(found))
            return found

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send a request."""
        rest = memoryview(buffer)
        while rest:
            try:
                rest = rest[self._socket.send(rest):]
            except TimeoutError:
                self._watch.look()
            except OSError as error:
                raise httpcore.WriteError(str(error)) from error

    def close(self) -> None:
        """Close; harmless when closed."""
        if self._on_close is not None:
            on_close, self._on_close = self._on_close, None
            self._socket.close()
            on_close()

    def start_tls(self, ssl_context: ssl.SSLContext, server_hostname: str | None = None,
                  timeout: float | None = None) -> httpcore.NetworkStream:
        """Agree on keys; a certificate that is not valid is refused, and there is no way around."""
        try:
            wrapped = ssl_context.wrap_socket(self._socket, server_hostname=server_hostname,
                                              do_handshake_on_connect=False)
            self._socket = wrapped
            wrapped.settimeout(SLICE_SECONDS)
            while True:
                try:
                    wrapped.do_handshake()
                    return self
                except TimeoutError:
                    self._watch.look()
        except ssl.SSLCertVerificationError as error:
            self.close()
            raise Refused(reasons.CERTIFICATE) from error
        except (ssl.SSLError, OSError, ValueError) as error:
            self.close()
            raise Refused(reasons.NOT_REACHED, is_passing=True) from error
        except BaseException:
            self.close()
            raise

    def get_extra_info(self, info: str) -> Any:
        """What httpcore asks about a connection."""
        if info == "ssl_object":
            return self._socket if isinstance(self._socket, ssl.SSLSocket) else None
        if info == "is_readable":
            return self._socket.fileno() < 0 or bool(select.select([self._socket], [], [], 0)[0])
        return None
