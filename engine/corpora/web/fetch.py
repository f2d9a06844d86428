"""Getting one page: every hop checked, every byte counted, every wait bounded."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import TracebackType

import httpcore
import httpx

from engine import __version__
from engine.corpora.web import addresses, packing, reasons
from engine.corpora.web.connection import GuardedBackend, Watch
from engine.corpora.web.hosts import Resolve, system_resolve
from engine.corpora.web.pace import Pace, retry_after
from engine.corpora.web.reasons import Refused, of_status
from engine.events import NetworkUsed
from engine.work import Work

AGENT = "Wenlu"
"""The name by which a robots.txt may speak of this program."""

_SHORT_BYTES = 1 << 16
_MOVED = (301, 302, 303, 307, 308)
_WAITING = (429, 503)
_WITH_PAGE = (200, 203)


@dataclass(frozen=True)
class Limits:
    """How much of anything is taken before a page is given up."""

    page_bytes: int = 8 << 20
    page_seconds: float = 60.0
    bytes_per_second: float = 512.0
    grace_seconds: float = 15.0
    redirects: int = 5
    patience_seconds: float = 120.0
    connect_seconds: float = 10.0


@dataclass(frozen=True)
class Network:
    """The outside world as fetching sees it; tests put their own in its place."""

    resolve: Resolve = system_resolve
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    wall: Callable[[], float] = time.time
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True)
class Answer:
    """What a site answered: 200 with the page, or 304 when it is still the one that is known."""

    url: httpx.URL
    status: int
    headers: httpx.Headers
    body: bytes = b""

    @property
    def content_type(self) -> str:
        """The kind of content without its parameters, in small letters; empty where the site says none."""
        return str(self.headers.get("content-type", "")).partition(";")[0].strip().lower()


@dataclass(frozen=True)
class Wish:
    """What is wanted of a page.

    `gate` raises Refused for an address that may not be asked, and is called for every hop. `accepts` is asked about
    the kind of content before the body is taken. `headers` may ask for the page only if it changed. `most_bytes` None
    means the usual limit; what is longer is refused, or with `cut` cut there.
    """

    gate: Callable[[httpx.URL], None] = lambda url: None
    accepts: Callable[[str], bool] = lambda kind: True
    headers: Mapping[str, str] = field(default_factory=dict)
    most_bytes: int | None = None
    cut: bool = False


class Fetcher:
    """Fetches pages one after another, at most one a second from a host. Use as a context."""

    def __init__(self, work: Work, network: Network | None = None, *, allowed: str = "", contact: str = "") -> None:
        """`allowed` is a host inside the user's network that may be asked; `contact` is told to the sites."""
        self.network = network or Network()
        self.pace = Pace(work.check, self.network.clock, self.network.sleep)
        self._watch = Watch(work.check, self.network.clock)
        about = f"; contact: {contact}" if contact.isascii() and contact.isprintable() and contact else ""
        self._agent = f"{AGENT}/{__version__} (text for a language model, fetched at the wish of a person{about})"
        backend = GuardedBackend(self._watch, allowed, lambda host: work.report(NetworkUsed(host=host)),
                                 self.network.resolve)
        self._pool = httpcore.ConnectionPool(ssl_context=httpx.create_ssl_context(), max_connections=2,
                                             keepalive_expiry=5.0, network_backend=backend)

    def __enter__(self) -> Fetcher:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self._pool.close()

    def get(self, url: httpx.URL, wish: Wish | None = None) -> Answer:
        """The page at an address, after at most five redirects; raises Refused with the reason, or Stopped."""
        wish = wish or Wish()
        for _ in range(self.network.limits.redirects + 1):
            wish.gate(url)
            answer = self._patiently(url, wish)
            if answer.status not in _MOVED:
                return answer
            url = addresses.parse(answer.headers.get("location", ""), answer.url)
        raise Refused(reasons.REDIRECTS)

    def _patiently(self, url: httpx.URL, wish: Wish) -> Answer:
        """One hop; a site that asks for a little time is given it, twice."""
        for attempt in range(3):
            self.pace.wait_for(url.host)
            answer = self._once(url, wish)
            if answer.status not in _WAITING:
                break
            asked = retry_after(answer.headers.get("retry-after", ""), self.network.wall())
            if attempt == 2 or asked is None or asked > self.network.limits.patience_seconds:
                refused = of_status(answer.status)
                refused.ends_host = answer.status == 429 or asked is not None
                raise refused
            self.pace.wait(asked)
        if answer.status not in (*_MOVED, *_WITH_PAGE, 304):
            raise of_status(answer.status)
        return answer

    def _once(self, url: httpx.URL, wish: Wish) -> Answer:
        limits = self.network.limits
        self._watch.start(limits.page_seconds, limits.bytes_per_second, limits.grace_seconds)
        has_begun = False
        try:
            with self._pool.stream(
                    "GET", httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
                    headers=[(b"Host", url.netloc), *self._headers(wish.headers)],
                    extensions={"timeout": {"connect": limits.connect_seconds}}) as response:
                has_begun = True
                answer = Answer(url, response.status, httpx.Headers(response.headers))
                if response.status not in _WITH_PAGE:
                    self._drain(response)
                    return answer
                if not wish.accepts(answer.content_type):
                    raise Refused(reasons.OTHER_KIND)
                return Answer(url, 200, answer.headers, self._body(response, answer.headers, wish))
        except httpcore.TimeoutException as error:
            raise Refused(reasons.TOO_SLOW, is_passing=True) from error
        except httpcore.NetworkError as error:
            raise Refused(reasons.CUT_OFF if has_begun else reasons.NOT_REACHED, is_passing=True) from error
        except httpcore.ProtocolError as error:
            raise Refused(reasons.CUT_OFF if has_begun else reasons.BAD_ANSWER, is_passing=True) from error

    def _body(self, response: httpcore.Response, headers: httpx.Headers, wish: Wish) -> bytes:
        most_bytes = wish.most_bytes or self.network.limits.page_bytes
        length = headers.get("content-length", "")
        if not wish.cut and length.isdigit() and int(length) > most_bytes:
            raise Refused(reasons.TOO_LARGE)
        came = self._counted(response, max(most_bytes, self.network.limits.page_bytes))
        return packing.gathered(packing.unpacked(came, headers.get("content-encoding", "")), most_bytes, wish.cut)

    def _counted(self, response: httpcore.Response, most_bytes: int) -> Iterator[bytes]:
        """The bytes as they come, packed or not: an endless packed page that unpacks to nothing ends too."""
        size_bytes = 0
        for chunk in response.iter_stream():
            size_bytes += len(chunk)
            if size_bytes > most_bytes:
                raise Refused(reasons.TOO_LARGE)
            self._watch.look()
            yield chunk

    def _drain(self, response: httpcore.Response) -> None:
        """Read a short body to its end, so that the next request may use the same connection."""
        size_bytes = 0
        for chunk in response.iter_stream():
            size_bytes += len(chunk)
            if size_bytes > _SHORT_BYTES:
                return

    def _headers(self, more: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
        named = {"User-Agent": self._agent, "Accept-Encoding": packing.ACCEPTED,
                 "Accept": "text/html, application/xhtml+xml, text/plain;q=0.9, application/xml;q=0.8, */*;q=0.1",
                 **more}
        return [(name.encode("ascii"), value.encode("latin-1", "ignore")) for name, value in named.items()]
