"""A server with a small real model, and ways to ask it: the real client, and bare bytes."""

from __future__ import annotations

import http.client
import json
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import openai
import pytest

from engine.serving.admission import Door
from engine.serving.catalogue import Catalogue
from engine.serving.office import Office
from engine.serving.server import Handled, Server
from tests.engine.generation.conftest import add_checkpoint, run, tokenizer, transformer_spec  # noqa: F401  (fixtures)


class Served:
    """A running server, its request log, and requests without a client library."""

    def __init__(self, path: Path, **door: Any) -> None:
        self.log: list[Handled] = []
        self.server = Server(Office(Catalogue(path)), "127.0.0.1", 0, lambda port: Door(port, **door), self.log.append)
        self.port = self.server.port
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def client(self, key: str = "none") -> openai.OpenAI:
        return openai.OpenAI(base_url=f"http://127.0.0.1:{self.port}/v1", api_key=key, max_retries=0)

    def ask(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
            ) -> tuple[int, dict[str, Any], dict[str, str]]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        content = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        usual = {"Content-Type": "application/json"} if body is not None else {}
        connection.request(method, path, content, {**usual, **(headers or {})})
        answer = connection.getresponse()
        read = answer.read()
        connection.close()
        return answer.status, json.loads(read) if read else {}, dict(answer.headers)

    def raw(self, content: bytes) -> bytes:
        with socket.create_connection(("127.0.0.1", self.port), timeout=20) as connection:
            connection.sendall(content)
            found = b""
            while part := connection.recv(65536):
                found += part
            return found


@pytest.fixture
def serve() -> Iterator[Callable[..., Served]]:
    made: list[Served] = []

    def begin(path: Path, **door: Any) -> Served:
        made.append(Served(path, **door))
        return made[-1]

    yield begin
    for each in made:
        each.server.stop()
