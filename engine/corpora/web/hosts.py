"""Which computers may be asked: those of the public Internet, and one that the user named."""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Callable, Iterable

from engine.corpora.web import reasons
from engine.corpora.web.reasons import Refused

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int], Iterable[str]]
"""Gives the numbers of a host; raises OSError when there are none."""

_GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")
_TRANSLATED = ipaddress.ip_network("64:ff9b::/96")
_REFUSED = tuple(ipaddress.ip_network(text) for text in (
    "168.63.129.16/32",  # answers with secrets of virtual machines, though the number is a public one
    "192.0.0.0/24", "192.88.99.0/24", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"))
_NUMERIC = re.compile(r"(0x[0-9a-f]*|[0-9]+)(\.(0x[0-9a-f]*|[0-9]+)){0,3}\.?", re.IGNORECASE)


def system_resolve(host: str, port: int) -> list[str]:
    """The numbers of a host, as the system finds them."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(each[4][0]) for each in found))


def is_public(address: Address) -> bool:
    """Whether a number is one of the public Internet, also where it holds another number inside."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped
        if inner is None and address in _TRANSLATED:
            inner = ipaddress.IPv4Address(address.packed[-4:])
        if inner is not None:
            return is_public(inner)
        if address not in _GLOBAL_UNICAST or address.scope_id:
            return False
    return address.is_global and not (
        address.is_multicast or address.is_reserved or address.is_unspecified
        or any(address in network for network in _REFUSED if network.version == address.version))


def addresses_of(host: str, port: int, allowed: str = "", resolve: Resolve = system_resolve) -> list[str]:
    """The numbers of a host that may be connected to; asked once, so that no second answer can differ.

    `allowed` is the one host inside the user's network that they named by hand. Raises Refused.
    """
    plain = host.strip("[]").lower().rstrip(".")
    try:
        literal: Address | None = ipaddress.ip_address(plain)
    except ValueError:
        literal = None
    if literal is None and (not plain or "%" in plain or _NUMERIC.fullmatch(plain)):
        raise Refused(reasons.INSIDE)  # 127.1, 0x7f000001, 2130706433: no honest link is spelled so
    numbers = [str(literal)] if literal is not None else _resolved(plain, port, resolve)
    if allowed and plain == allowed.strip("[]").lower().rstrip("."):
        return numbers
    public = [number for number in numbers if is_public(ipaddress.ip_address(number))]
    if not public:
        raise Refused(reasons.INSIDE)
    return public


def _resolved(host: str, port: int, resolve: Resolve) -> list[str]:
    try:
        numbers = list(resolve(host, port))
    except (OSError, UnicodeError) as error:
        raise Refused(reasons.NO_HOST, is_passing=True) from error
    valid = []
    for number in numbers:
        try:
            valid.append(str(ipaddress.ip_address(number)))
        except ValueError:
            continue
    if not valid:
        raise Refused(reasons.NO_HOST, is_passing=True)
    return valid
