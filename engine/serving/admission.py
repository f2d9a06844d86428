"""Who may ask: decided in one place, before anything of a request is read but its headers.

A page in a browser can send requests to this machine, and with a name that changes its address (DNS rebinding) even
read the answers. So the Host must be one of this server's own names, an Origin one that the user allowed, and what is
sent must be JSON, which a page of another origin cannot send unasked.
"""

from __future__ import annotations

import hmac
import ipaddress
import platform
from collections.abc import Callable
from dataclasses import dataclass
from email.message import Message

LOCAL_NAMES = ("127.0.0.1", "localhost", "[::1]")


@dataclass(frozen=True)
class Refusal:
    """Why a request is not let in: an HTTP status, a sentence, and the code that clients know."""

    status: int
    message: str
    code: str
    type: str = "invalid_request_error"


@dataclass(frozen=True)
class Door:
    """What a server asks of requests. `key` is None where none is needed; `origins` are the pages that may ask."""

    port: int
    is_open: bool = False
    key: str | None = None
    origins: tuple[str, ...] = ()

    def refusal(self, headers: Message, has_body: bool) -> Refusal | None:
        """Why a request with these headers is not let in, or None."""
        checks: tuple[Callable[[], Refusal | None], ...] = (
            lambda: _repeated(headers), lambda: self._host(headers), lambda: self._origin(headers),
            lambda: self._key(headers), lambda: _json(headers) if has_body else None)
        return next((found for check in checks if (found := check()) is not None), None)

    def allowed_origin(self, headers: Message) -> str | None:
        """The page that asks, where it is one of those allowed: only then may an answer carry CORS headers."""
        origin = headers.get("Origin")
        return origin if origin in self.origins else None

    def _host(self, headers: Message) -> Refusal | None:
        host = (headers.get("Host") or "").strip().lower()
        name, _, port = host.rpartition(":") if not host.endswith("]") and ":" in host else (host, "", "")
        is_own = (port or "80") == str(self.port) and (
            name in LOCAL_NAMES or (self.is_open and _is_of_machine(name)))
        return None if is_own else Refusal(403, "This server answers only under its own address.", "foreign_host",
                                           "permission_error")

    def _origin(self, headers: Message) -> Refusal | None:
        if headers.get("Origin") is None or self.allowed_origin(headers) is not None:
            return None
        return Refusal(403, "Web pages may not ask this server, unless their origin was allowed.", "foreign_origin",
                       "permission_error")

    def _key(self, headers: Message) -> Refusal | None:
        if self.key is None:
            return None
        scheme, _, given = (headers.get("Authorization") or "").strip().partition(" ")
        if scheme.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), self.key.encode()):
            return None
        return Refusal(401, "The access key is missing or wrong.", "invalid_api_key", "authentication_error")


def _repeated(headers: Message) -> Refusal | None:
    """Headers on which two programs could read different things."""
    for name in ("Host", "Origin", "Authorization", "Content-Length", "Content-Type"):
        if len(headers.get_all(name) or ()) > 1:
            return Refusal(400, f"The header {name} is there more than once.", "repeated_header")
    return None


def _json(headers: Message) -> Refusal | None:
    if headers.get_content_type() == "application/json" and headers.get("Content-Type"):
        return None
    return Refusal(415, "The content type application/json was expected.", "unsupported_media_type")


def _is_of_machine(name: str) -> bool:
    """A plain address, or this machine's own name: neither can be pointed elsewhere by a stranger."""
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        own = platform.node().lower()
        return bool(own) and name in (own, f"{own}.local")
    return True
