"""A web site on this machine alone, whose pages a test writes, and a clock that only waiting moves."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from engine.corpora.web.fetch import Limits, Network

HTML = "text/html; charset=utf-8"


@dataclass
class Answer:
    """What a path answers; `stream` sends bytes for as long as it likes."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    stream: Callable[[], Iterator[bytes]] | None = None
    length: int | None = None


def page(words: str, *links: str, title: str = "Page", head: str = "", **headers: str) -> Answer:
    """A page of HTML with a paragraph and links."""
    anchors = "".join(f'<li><a href="{link}">{link}</a></li>' for link in links)
    html = (f"<!doctype html><html><head><title>{title}</title>{head}</head><body><nav>Home News About</nav>"
            f"<main><h1>{title}</h1><p>{words}</p><ul>{anchors}</ul></main><footer>imprint</footer></body></html>")
    return Answer(html.encode(), headers={"Content-Type": HTML, **{name.replace("_", "-"): value
                                                                 for name, value in headers.items()}})


def text(body: str | bytes, kind: str = "text/plain; charset=utf-8", status: int = 200, **headers: str) -> Answer:
    """Any other content."""
    content = body.encode() if isinstance(body, str) else body
    return Answer(content, status, {"Content-Type": kind, **{name.replace("_", "-"): value
                                                             for name, value in headers.items()}})


def moved(to: str, status: int = 302) -> Answer:
    """A redirect."""
    return Answer(b"", status, {"Location": to})


def endless() -> Iterator[bytes]:
    """A body without end."""
    while True:
        yield b"more and more " * 5000


class Site:
    """Answers by path; what is not there is 404. `asked` lists the requests in order, with their headers."""

    def __init__(self, pages: dict[str, Any]) -> None:
        self.pages = pages
        self.asked: list[tuple[str, dict[str, str]]] = []
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                site.asked.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
                found = site.pages.get(self.path, Answer(b"nothing here", 404, {"Content-Type": "text/plain"}))
                answer = found(self) if callable(found) else found
                body = answer.body
                tag = answer.headers.get("ETag")
                if tag and self.headers.get("If-None-Match") == tag:
                    answer, body = Answer(status=304, headers={"ETag": tag}), b""
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                if answer.stream is None:
                    self.send_header("Content-Length", str(len(body) if answer.length is None else answer.length))
                else:
                    self.send_header("Connection", "close")
                self.end_headers()
                try:
                    self.wfile.write(body)
                    for chunk in answer.stream() if answer.stream else ():
                        self.wfile.write(chunk)
                        self.wfile.flush()
                except OSError:
                    pass
                if answer.stream is not None or answer.length is not None:
                    self.close_connection = True

            def log_message(self, *words: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.address = f"http://127.0.0.1:{self.server.server_port}"

    def paths(self) -> list[str]:
        """The paths that were asked for, rules left out."""
        return [path for path, _ in self.asked if path not in ("/robots.txt", "/sitemap.xml")]


@contextmanager
def serving(pages: dict[str, Any]) -> Iterator[Site]:
    """A site that answers until the end of the block."""
    site = Site(pages)
    thread = threading.Thread(target=site.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        site.server.shutdown()
        site.server.server_close()
        thread.join()


@contextmanager
def noting_connections() -> Iterator[list[Any]]:
    """Every place that is connected to or looked up inside the block, by whatever means."""
    noted: list[Any] = []
    with pytest.MonkeyPatch.context() as patch:
        for owner, name in ((socket.socket, "connect"), (socket.socket, "connect_ex"), (socket.socket, "sendto")):
            real = getattr(owner, name)
            patch.setattr(owner, name, lambda self, *words, real=real: (noted.append(words[-1]), real(self, *words))[1])
        for name in ("getaddrinfo", "gethostbyname", "create_connection"):
            real = getattr(socket, name)
            patch.setattr(socket, name, lambda *words, real=real, **more: (noted.append(words),
                                                                          real(*words, **more))[1])
        yield noted


class Clock:
    """Time that passes only while someone sleeps."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self.waits: list[float] = []

    def time(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.waits.append(seconds)

    def network(self, **limits: Any) -> Network:
        """A network that goes by this clock."""
        return Network(clock=self.time, sleep=self.sleep, wall=lambda: 1_700_000_000.0 + self.now,
                       limits=Limits(**limits))


def hurried(**limits: Any) -> Network:
    """A network with the real clock for reading and without pauses between requests."""
    clock = Clock()
    real = Network()
    return Network(clock=lambda: real.clock() + clock.now, sleep=clock.sleep, limits=Limits(**limits))
