"""Nothing inside the user's network is ever asked, however it is spelled and wherever a redirect leads."""

from __future__ import annotations

import ipaddress

import pytest

from engine.corpora.web import addresses, reasons
from engine.corpora.web.hosts import addresses_of, is_public
from engine.corpora.web.reasons import Refused

INSIDE = """127.0.0.1 127.1 127.0.1 127.255.255.254 0.0.0.0 0 0x7f000001 0X7F000001 2130706433 017700000001 0177.0.0.1
0x7f.0.0.1 127.0x0.0.1 127.0.0.1. 10.0.0.1 10.255.255.255 172.16.0.1 172.31.255.255 192.168.0.1 192.168.1.254
169.254.169.254 169.254.1.1 100.64.0.1 100.100.100.200 100.127.255.255 192.0.0.192 192.0.2.1 198.18.0.1 198.51.100.7
203.0.113.9 224.0.0.1 239.255.255.250 240.0.0.1 255.255.255.255 168.63.129.16 192.88.99.1
[::1] [::] [::ffff:127.0.0.1] [::ffff:10.0.0.1] [::ffff:7f00:1] [::127.0.0.1] [64:ff9b::7f00:1] [64:ff9b::10.0.0.1]
[2002:7f00:1::] [2002:0a00:0001::1] [2001:0:4136:e378::1] [fe80::1] [fe80::1%25eth0] [fec0::1] [fc00::1]
[fd00:ec2::254] [ff02::1] [2001:db8::1] [100::1] [3fff::1] [64:ff9b:1::1]
localhost localhost. intranet router.local metadata.google.internal two-faced.example six.example mapped.example
""".split()
OUTSIDE = """1.1.1.1 8.8.8.8 93.184.216.34 [2606:4700:4700::1111] [64:ff9b::101:101] example.org mixed.example
192.0.1.1 172.15.0.1 172.32.0.1 100.63.255.255 100.128.0.1 223.255.255.254""".split()
NUMBERS = {"localhost": ["127.0.0.1", "::1"], "intranet": ["10.1.2.3"], "router.local": ["192.168.1.1"],
           "metadata.google.internal": ["169.254.169.254"], "two-faced.example": ["10.0.0.1", "fe80::1"],
           "six.example": ["fd12::1"], "mapped.example": ["::ffff:192.168.1.1"],
           "example.org": ["93.184.216.34"], "mixed.example": ["10.0.0.1", "93.184.216.34"]}


def resolve(host: str, port: int) -> list[str]:
    if host not in NUMBERS:
        raise OSError("no such host")
    return NUMBERS[host]


@pytest.mark.parametrize("host", INSIDE)
def test_a_host_inside_the_network_is_refused(host):
    with pytest.raises(Refused) as refused:
        addresses_of(addresses.parse(f"http://{host}/page").host, 80, resolve=resolve)
    assert refused.value.reason == (reasons.NOT_AN_ADDRESS if host == "0177.0.0.1" else reasons.INSIDE)


@pytest.mark.parametrize("host", OUTSIDE)
def test_a_host_of_the_internet_is_asked_at_a_public_number_alone(host):
    url = addresses.parse(f"http://{host}/page")
    numbers = addresses_of(url.host, 80, resolve=resolve)
    assert numbers and all(is_public(ipaddress.ip_address(number)) for number in numbers)
    assert "10.0.0.1" not in numbers


def test_the_tables_are_as_long_as_they_should_be():
    assert len(INSIDE) >= 60 and len(set(INSIDE)) == len(INSIDE)


def test_the_host_named_by_hand_is_asked_and_no_other():
    assert addresses_of("router.local", 80, "router.local", resolve) == ["192.168.1.1"]
    assert addresses_of("10.0.0.1", 80, "10.0.0.1", resolve) == ["10.0.0.1"]
    assert addresses_of("::1", 80, "[::1]", resolve) == ["::1"]
    for other in ("intranet", "10.0.0.2", "127.1", "sub.router.local"):
        with pytest.raises(Refused):
            addresses_of(other, 80, "router.local", resolve)


def test_a_name_is_looked_up_once():
    asked = []

    def changing(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["93.184.216.34"] if len(asked) == 1 else ["127.0.0.1"]

    assert addresses_of("rebinding.example", 80, resolve=changing) == ["93.184.216.34"]
    assert asked == ["rebinding.example"]


def test_a_name_that_is_not_known_is_told():
    with pytest.raises(Refused) as refused:
        addresses_of("nowhere.example", 80, resolve=resolve)
    assert refused.value.reason == reasons.NO_HOST and refused.value.is_passing


@pytest.mark.parametrize("address", ["file:///etc/passwd", "ftp://example.org/x", "data:text/html,hello", "gopher://a/",
                                     "javascript:alert(1)", "mailto:a@example.org", "ws://example.org/", "unix:/x"])
def test_other_schemes_are_refused(address):
    with pytest.raises(Refused) as refused:
        addresses.parse(address)
    assert refused.value.reason in (reasons.OTHER_SCHEME, reasons.NOT_AN_ADDRESS)


@pytest.mark.parametrize("address", ["", "http://", "http:///x", "http://exa mple.org/", "http://example.org\\@10.0.0.1/",
                                     "http://１２７.0.0.1/", "http://example.org/\x00", "https://" + "a" * 3000, "//",
                                     "http://[::1", "http://example.org:99999/", "http://example.org:port/"])
def test_what_is_no_address_is_refused(address):
    with pytest.raises(Refused):
        addresses.parse(address)


def test_addresses_have_one_spelling():
    assert str(addresses.parse("HTTP://user:secret@Example.ORG:80/a/../b?x=1#part")) == "http://example.org/b?x=1"
    assert str(addresses.parse("https://bücher.example")) == "https://xn--bcher-kva.example/"
    assert str(addresses.typed("example.org/news")) == "https://example.org/news"
    assert str(addresses.parse("../c?d", addresses.parse("https://example.org/a/b"))) == "https://example.org/c?d"


def test_scopes_are_the_page_its_folder_or_its_site():
    start = addresses.parse("https://www.example.org/tea/index.html")
    inside = {name: [str(url) for url in map(addresses.parse, (
        "https://www.example.org/tea/index.html", "https://example.org/tea/house", "http://www.example.org/coffee",
        "https://shop.example.org/tea/", "https://example.org:8443/tea/x", "https://example.org.evil.example/tea/"))
        if addresses.is_within(url, start, name)] for name in ("page", "folder", "site")}
    assert inside == {"page": ["https://www.example.org/tea/index.html"],
                      "folder": ["https://www.example.org/tea/index.html", "https://example.org/tea/house"],
                      "site": ["https://www.example.org/tea/index.html", "https://example.org/tea/house",
                               "http://www.example.org/coffee"]}
