"""The network side: a small HTTP/1.1 server on this machine's own address, one thread a connection.

Limits are those of a machine that others can reach: so many connections, ten seconds for the headers and the body of
a request, a body of at most 1 MB. What is said of a request in the log are counts, never its text.
"""

from __future__ import annotations

import contextlib
import json
import math
import select
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NoReturn

from engine.errors import EngineError
from engine.serving.admission import Door
from engine.serving.asked import RequestError, chat_asked, completion_asked
from engine.serving.office import Conversation, Office
from engine.serving.replies import Plain, error

MAX_BODY_BYTES = 1_000_000
MAX_CONNECTIONS = 128
REQUEST_SECONDS = 10.0
IDLE_SECONDS = 60.0


@dataclass(frozen=True)
class Handled:
    """A line of the request log. `seconds` until the last byte; tokens are 0 where nothing was read or written."""

    at: float
    method: str
    path: str
    status: int
    seconds: float
    model: str = ""
    prompt_tokens: int = 0
    completion_tokens: int = 0
    left: bool = False

    def plain(self) -> Plain:
        """As an object."""
        return asdict(self)


class Server(ThreadingHTTPServer):
    """Serves until `stop`. `door.port` may be 0 in the bound address only: the port found is the door's."""

    daemon_threads = True
    request_queue_size = 128
    allow_reuse_address = True

    def __init__(self, office: Office, host: str, port: int, make_door: Callable[[int], Door],
                 on_handled: Callable[[Handled], object] = lambda handled: None) -> None:
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        try:
            super().__init__((host, port), Handler)
        except OverflowError:
            raise _no_port(port, "A port is a number from 0 to 65535.") from None
        except OSError as failure:
            raise _no_port(port, f"{failure.strerror}.") from failure
        self.office, self.on_handled = office, on_handled
        self.port: int = self.server_address[1]
        self.door = make_door(self.port)
        self._places = threading.BoundedSemaphore(MAX_CONNECTIONS)
        self._deadlines: dict[socket.socket, float] = {}
        self._lock = threading.Lock()
        self._is_over = threading.Event()
        threading.Thread(target=self._watch, daemon=True, name="deadlines").start()

    def process_request(self, request: Any, client_address: Any) -> None:
        """A thread for a connection while there is room; beyond that it is closed at once."""
        if self._places.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """One connection, to its end."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._places.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A connection that breaks is no news."""

    def allow(self, connection: socket.socket, seconds: float | None) -> None:
        """Cut a connection off unless this is called again within so many seconds; None: as long as it takes."""
        with self._lock:
            if seconds is None:
                self._deadlines.pop(connection, None)
            else:
                self._deadlines[connection] = time.monotonic() + seconds

    def stop(self) -> None:
        """End serving, and what is being answered."""
        self._is_over.set()
        self.shutdown()
        self.server_close()
        self.office.close()

    def _watch(self) -> None:
        """A timeout of the socket counts from the last byte, so a client could send one every nine seconds."""
        while not self._is_over.wait(0.5):
            now = time.monotonic()
            with self._lock:
                late = [connection for connection, until in self._deadlines.items() if until < now]
                for connection in late:
                    del self._deadlines[connection]
            for connection in late:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)


class Handler(BaseHTTPRequestHandler):
    """Requests of one connection, one after another."""

    server: Server
    protocol_version = "HTTP/1.1"
    server_version = "Wenlu"
    sys_version = ""
    disable_nagle_algorithm = True
    timeout = IDLE_SECONDS
    _conversation: Conversation | None = None
    _began, _status = 0.0, 0

    def handle_one_request(self) -> None:
        """Ten seconds from the first byte to the last of what is asked; between requests the socket's own timeout."""
        try:
            is_over = not self.rfile.peek(1)  # type: ignore[attr-defined]
        except OSError:
            is_over = True
        if is_over:
            self.close_connection = True
            return
        self.server.allow(self.connection, REQUEST_SECONDS)
        try:
            super().handle_one_request()
        except (ConnectionError, TimeoutError):
            self.close_connection = True
        finally:
            self.server.allow(self.connection, None)

    def do_GET(self) -> None:
        """Models, health, the tokenizer."""
        self._handle(False, self._get)

    def do_POST(self) -> None:
        """Completions, chats, cutting into tokens."""
        self._handle(True, self._post)

    def do_OPTIONS(self) -> None:
        """A browser asks whether a page may ask: only one whose origin the user allowed."""
        self._begin()
        origin = self.server.door.allowed_origin(self.headers)
        if origin is None:
            self._say(403, error("Web pages may not ask this server, unless their origin was allowed.",
                                 "permission_error", code="foreign_origin"))
        else:
            self._head(204, {"Access-Control-Allow-Methods": "GET, POST", "Access-Control-Max-Age": "600",
                             "Access-Control-Allow-Headers": "Authorization, Content-Type", "Content-Length": "0"})
        self._finished()

    def log_message(self, format: str, *args: Any) -> None:
        """Requests go to the request log."""

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """What the library refuses has the same shape as what we refuse."""
        self._begin()
        self.close_connection = True
        self._say(code, error(message or "The request could not be read."))

    def _handle(self, has_body: bool, answer: Callable[[str], None]) -> None:
        self._begin()
        path = self.path.split("?", 1)[0].rstrip("/") or "/"
        try:
            refusal = self.server.door.refusal(self.headers, has_body)
            if refusal is not None:
                self.close_connection = True  # its body was not read
                raise RequestError(refusal.message, status=refusal.status, code=refusal.code, type=refusal.type)
            answer(path)
        except RequestError as refused:
            self._say(refused.status, error(refused.message, refused.type, refused.param, refused.code))
        except EngineError as failure:
            self._say(400, error(str(failure)))
        except OSError:
            raise
        except Exception as failure:  # the edge of a server that others rely on
            self._say(500, error(f"Wenlu has a fault in itself: {type(failure).__name__}.", "server_error"))
        finally:
            self._finished()

    def _get(self, path: str) -> None:
        office = self.server.office
        if path == "/health":
            self._say(200, {"status": "ok"})
        elif path == "/v1/models":
            self._say(200, office.models())
        elif path.startswith("/v1/models/"):
            from urllib.parse import unquote

            self._say(200, office.model(unquote(path.removeprefix("/v1/models/"))))
        elif path == "/tokenizer_info":
            self._say(200, office.tokenizer_info())
        else:
            self._unknown(path, ("/v1/completions", "/v1/chat/completions", "/tokenize", "/detokenize"))

    def _post(self, path: str) -> None:
        office = self.server.office
        if path == "/v1/completions":
            self._answer(office.answer(completion_asked(self._body())))
        elif path == "/v1/chat/completions":
            self._answer(office.answer(chat_asked(self._body())))
        elif path == "/tokenize":
            self._say(200, office.tokenize(self._body()))
        elif path == "/detokenize":
            self._say(200, office.detokenize(self._body()))
        else:
            self._unknown(path, ("/v1/models", "/health", "/tokenizer_info"))

    def _unknown(self, path: str, other: tuple[str, ...]) -> NoReturn:
        self.close_connection = True
        if path in other:
            raise RequestError(f"{self.command} does not belong to {path}.", status=405, code="method_not_allowed")
        raise RequestError(f"There is nothing at {path[:200]}.", status=404, code="unknown_url")

    def _body(self) -> Plain:
        """The object that was sent."""
        length = self.headers.get("Content-Length", "")
        if self.headers.get("Transfer-Encoding") is not None or not (length.isascii() and length.isdigit()):
            self.close_connection = True
            raise RequestError("A body of known length was expected.", status=411, code="length_required")
        if len(length) > 12 or int(length) > MAX_BODY_BYTES:
            self.close_connection = True
            raise RequestError(f"A body of at most {MAX_BODY_BYTES} bytes was expected.", status=413, code="too_large")
        raw = self.rfile.read(int(length))
        if len(raw) < int(length):
            raise ConnectionError("the body ended early")
        self.server.allow(self.connection, None)
        try:
            found = json.loads(raw, parse_constant=_no_number)
        except (ValueError, RecursionError):
            raise RequestError("The body is not JSON in UTF-8.", code="invalid_json") from None
        if not isinstance(found, dict):
            raise RequestError("The body is not a JSON object.", code="invalid_json")
        _require_finite(found)
        return found

    def _answer(self, conversation: Conversation) -> None:
        self._conversation = conversation
        with Client(self.connection, conversation.leave) as client:
            if conversation.asked.stream:
                self._stream(conversation.chunks())
            else:
                whole = conversation.whole()
                if client.is_gone:
                    raise ConnectionError("the client is gone")
                self._say(200, whole)

    def _stream(self, chunks: Iterator[Plain]) -> None:
        """Server-sent events, one a chunk, in HTTP's own chunks so that the connection can be used again."""
        self._head(200, {"Content-Type": "text/event-stream; charset=utf-8", "Cache-Control": "no-cache",
                         "Transfer-Encoding": "chunked"})
        try:
            for each in chunks:
                self._part(json.dumps(each, ensure_ascii=False, separators=(",", ":")))
        except OSError:
            raise
        except Exception as failure:  # the head is sent, so the error comes as an event
            message = str(failure) if isinstance(failure, EngineError) else \
                f"Wenlu has a fault in itself: {type(failure).__name__}."
            self._part(json.dumps(error(message, "server_error"), ensure_ascii=False))
        self._part("[DONE]")
        self.wfile.write(b"0\r\n\r\n")

    def _part(self, data: str) -> None:
        event = b"data: " + data.encode("utf-8", "replace") + b"\n\n"
        self.wfile.write(b"%x\r\n%b\r\n" % (len(event), event))

    def _say(self, status: int, value: Plain) -> None:
        body = json.dumps(value, ensure_ascii=False, allow_nan=False).encode("utf-8", "replace")
        headers = {"Content-Type": "application/json; charset=utf-8", "Content-Length": str(len(body))}
        self._head(status, headers | ({"WWW-Authenticate": "Bearer"} if status == 401 else {}))
        self.wfile.write(body)

    def _head(self, status: int, headers: dict[str, str]) -> None:
        self._status = status
        self.send_response_only(status)
        origin = self.server.door.allowed_origin(self.headers) if self.headers else None
        if origin is not None:
            headers |= {"Access-Control-Allow-Origin": origin, "Vary": "Origin"}
        if self.close_connection:
            headers["Connection"] = "close"
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def _begin(self) -> None:
        self._began, self._status, self._conversation = time.monotonic(), 0, None
        if not hasattr(self, "headers"):
            self.headers: Any = {}

    def _finished(self) -> None:
        """Tell the log; a request whose client left has no status."""
        asked = self._conversation
        self.server.on_handled(Handled(
            time.time(), self.command, self.path.split("?", 1)[0][:200], self._status,
            round(time.monotonic() - self._began, 4), asked.asked.model if asked else "",
            asked.prompt_tokens if asked else 0, asked.completion_tokens if asked else 0,
            left=asked is not None and asked.is_left))


class Client:
    """Watches whether the other side is still there while something is computed for it."""

    def __init__(self, connection: socket.socket, on_gone: Callable[[], object]) -> None:
        self.is_gone = False
        self._connection, self._on_gone = connection, on_gone
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True, name="client")

    def __enter__(self) -> Client:
        self._thread.start()
        return self

    def __exit__(self, kind: Any, failure: Any, trace: Any) -> None:
        self._is_over.set()
        if failure is not None:
            self._on_gone()
        self._thread.join()

    def _watch(self) -> None:
        while not self._is_over.wait(0.1):
            try:
                if not select.select([self._connection], [], [], 0)[0]:
                    continue
                if self._connection.recv(1, socket.MSG_PEEK):
                    return  # more was sent: the client is there, and what it asks next waits its turn
            except (OSError, ValueError):
                pass
            self.is_gone = True
            self._on_gone()
            return


def own_address() -> str:
    """The address under which other machines find this one, as far as can be told without asking the network."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:  # connecting a datagram socket sends nothing
        try:
            probe.connect(("192.0.2.1", 9))
            return str(probe.getsockname()[0])
        except OSError:
            return socket.gethostname()


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number")


def _require_finite(value: Any) -> None:
    """Refuse numbers such as 1e999, which are infinite when read."""
    if isinstance(value, float) and not math.isfinite(value):
        raise RequestError("A number is too large.", code="invalid_json")
    for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        _require_finite(each)


def _no_port(port: int, why: str) -> EngineError:
    other = port + 1 if 0 < port < 65535 else 8011
    return EngineError(f"Port {port} cannot be used: {why}", "A free port was expected.",
                       f"Use another one, such as {other}, or stop the program that has it.", path=("port",))
