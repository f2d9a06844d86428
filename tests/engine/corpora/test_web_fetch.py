"""Getting one page from a site that may be slow, endless, lying, broken or hostile."""

from __future__ import annotations

import dataclasses
import gzip
import socket
import ssl
import subprocess
import sys
import threading
import time
import tracemalloc
import zlib
from pathlib import Path

import pytest
import zstandard

from engine.corpora.web import addresses, reasons
from engine.corpora.web.fetch import Fetcher, Wish
from engine.corpora.web.pace import Pace, retry_after
from engine.corpora.web.reasons import Refused
from engine.events import NetworkUsed
from engine.work import Stopped, Work
from tests.engine.corpora.small_site import (
    Answer,
    Clock,
    endless,
    hurried,
    moved,
    noting_connections,
    page,
    serving,
    text,
)


def get(site, path="/", network=None, wish=None, work=None, allowed="127.0.0.1"):
    with Fetcher(work or Work(), network or Clock().network(), allowed=allowed) as fetcher:
        return fetcher.get(addresses.parse(site.address + path), wish)


def refusal(site, path="/", **more) -> reasons.Refused:
    with pytest.raises(Refused) as refused:
        get(site, path, **more)
    return refused.value


def test_a_page_comes_with_its_headers_and_the_site_hears_an_honest_name():
    with serving({"/": page("Hello", ETag='"one"')}) as site:
        answer = get(site)
        assert answer.status == 200 and b"Hello" in answer.body and answer.content_type == "text/html"
        asked = site.asked[0][1]
        assert asked["user-agent"].startswith("Wenlu/") and "cookie" not in asked and "referer" not in asked


def test_a_page_that_did_not_change_is_not_sent_again():
    with serving({"/": page("Hello", ETag='"one"')}) as site:
        assert get(site, wish=Wish(headers={"If-None-Match": '"one"'})).status == 304


def test_the_loopback_is_not_asked_unless_it_was_named_by_hand():
    with serving({"/": page("Secret")}) as site:
        assert refusal(site, allowed="").reason == reasons.INSIDE
        assert refusal(site, allowed="localhost").reason == reasons.INSIDE
        assert not site.asked


@pytest.mark.parametrize("target", ["http://10.0.0.1/", "http://169.254.169.254/latest/meta-data/", "http://[::1]/",
                                    "http://127.1/", "http://0x7f000001/", "http://2130706433/", "//192.168.0.1/x"])
def test_a_redirect_into_the_network_is_refused_before_anything_is_connected(target):
    with serving({"/": moved(target)}) as site, noting_connections() as opened:
        assert refusal(site).reason == reasons.INSIDE
    assert {place[0] for place in opened} == {"127.0.0.1"}


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://example.org/", "javascript:alert(1)", "data:,x"])
def test_a_redirect_to_another_scheme_is_refused(target):
    with serving({"/": moved(target)}) as site:
        assert refusal(site).reason in (reasons.OTHER_SCHEME, reasons.NOT_AN_ADDRESS)


def test_a_loop_of_redirects_ends_after_five():
    with serving({"/": moved("/other"), "/other": moved("/")}) as site:
        assert refusal(site).reason == reasons.REDIRECTS
        assert len(site.asked) == 6


def test_every_hop_is_shown_to_the_gate():
    hops = []
    with serving({"/": moved("/a", 301), "/a": moved("/b", 307), "/b": page("Here")}) as site:
        assert get(site, wish=Wish(gate=lambda url: hops.append(url.path))).url.path == "/b"
    assert hops == ["/", "/a", "/b"]


def test_a_page_without_end_is_given_up_at_the_limit():
    with serving({"/": Answer(headers={"Content-Type": "text/plain"}, stream=endless)}) as site:
        began = time.monotonic()
        assert refusal(site, network=hurried(page_bytes=1 << 20)).reason == reasons.TOO_LARGE
        assert time.monotonic() - began < 5


def test_a_page_that_says_it_is_too_large_is_not_even_begun():
    with serving({"/": Answer(b"x", headers={"Content-Type": "text/plain"}, length=5 << 30)}) as site:
        assert refusal(site).reason == reasons.TOO_LARGE


def bomb(packing: str) -> bytes:
    zeros = bytes(200 << 20)
    if packing == "zstd":
        return zstandard.ZstdCompressor().compress(zeros)
    return gzip.compress(zeros, 1) if packing == "gzip" else zlib.compress(zeros, 1)


@pytest.mark.parametrize("packing", ["gzip", "deflate", "zstd"])
def test_a_bomb_is_given_up_without_filling_the_memory(packing):
    answer = Answer(bomb(packing), headers={"Content-Type": "text/html", "Content-Encoding": packing})
    with serving({"/": answer}) as site:
        tracemalloc.start()
        assert refusal(site).reason == reasons.TOO_LARGE
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < 40 << 20


@pytest.mark.parametrize("packing", ["gzip", "x-gzip", "deflate", "zstd", "identity", ""])
def test_packed_pages_are_unpacked(packing):
    plain = b"The tea is hot. " * 4000
    packed = {"gzip": gzip.compress, "x-gzip": gzip.compress, "deflate": zlib.compress,
              "zstd": zstandard.ZstdCompressor().compress}.get(packing, bytes)(plain)
    with serving({"/": Answer(packed, headers={"Content-Type": "text/plain", "Content-Encoding": packing}),
                  "/raw": Answer(zlib.compress(plain)[2:-4], headers={"Content-Encoding": "deflate"})}) as site:
        assert get(site).body == plain
        if packing == "deflate":
            assert get(site, "/raw").body == plain


@pytest.mark.parametrize("headers, body", [
    ({"Content-Encoding": "gzip"}, b"not gzip at all"), ({"Content-Encoding": "zstd"}, b"nor zstd"),
    ({"Content-Encoding": "br"}, b"\x0b\x02\x80hello\x03"), ({"Content-Encoding": "gzip, gzip"}, b"twice")])
def test_packing_that_cannot_be_undone_is_told(headers, body):
    with serving({"/": Answer(body, headers={"Content-Type": "text/plain", **headers})}) as site:
        assert refusal(site).reason == reasons.BAD_PACKING


def test_a_packed_page_that_ends_too_soon_is_not_taken_for_whole():
    packed = gzip.compress(b"The tea is hot. " * 4000)[:-20]
    with serving({"/": Answer(packed, headers={"Content-Encoding": "gzip"})}) as site:
        assert refusal(site).reason == reasons.CUT_OFF


def test_a_page_with_less_than_it_said_is_dropped():
    with serving({"/": Answer(b"half a pa", headers={"Content-Type": "text/plain"}, length=1000)}) as site:
        found = refusal(site)
        assert found.reason == reasons.CUT_OFF and found.is_passing


def dripping(done: threading.Event):
    def stream():
        while not done.wait(0.05):
            yield b"x"
    return stream


@pytest.mark.parametrize("limits", [{"page_seconds": 0.4}, {"bytes_per_second": 1000, "grace_seconds": 0.3}])
def test_a_page_that_drips_is_given_up(limits):
    done = threading.Event()
    with serving({"/": Answer(headers={"Content-Type": "text/plain"}, stream=dripping(done))}) as site:
        began = time.monotonic()
        assert refusal(site, network=hurried(**limits)).reason == reasons.TOO_SLOW
        assert time.monotonic() - began < 3
        done.set()


@pytest.mark.parametrize("silence", ["before the headers", "in the body"])
def test_a_stop_is_heard_within_a_second_while_a_site_is_silent(silence):
    done, asked = threading.Event(), threading.Event()

    def waiting():
        asked.set()
        done.wait(20)
        yield b"late"

    def wait_first(handler):
        asked.set()
        done.wait(20)
        return text("late")

    answer = wait_first if silence == "before the headers" else Answer(stream=waiting)
    with serving({"/": answer}) as site:
        stopped_at = []

        def is_stopping() -> bool:
            if asked.is_set() and not stopped_at:
                stopped_at.append(time.monotonic())
            return bool(stopped_at)

        with pytest.raises(Stopped):
            get(site, network=hurried(), work=Work(is_stopping=is_stopping))
        assert time.monotonic() - stopped_at[0] < 1
        done.set()


def test_what_is_no_text_is_left_before_its_bytes_are_taken():
    taken = []

    def stream():
        for _ in range(1000):
            taken.append(1)
            yield bytes(1 << 16)

    with serving({"/": Answer(headers={"Content-Type": "video/mp4"}, stream=stream)}) as site:
        assert refusal(site, wish=Wish(accepts=lambda kind: kind == "text/html")).reason == reasons.OTHER_KIND
    assert len(taken) < 1000


@pytest.mark.parametrize("status, passing", [(401, False), (403, False), (404, False), (410, False), (451, False),
                                             (500, True), (502, True), (418, False)])
def test_an_error_is_told_in_words(status, passing):
    with serving({"/": text("no", status=status)}) as site:
        found = refusal(site)
    assert str(status) in found.reason.what or status == 418
    assert found.is_passing == passing and found.reason.what.endswith(".")


def test_a_site_that_is_busy_is_asked_again_when_it_said():
    answers = iter([text("", status=503, Retry_After="7"), text("", status=429, Retry_After="30"), page("At last")])
    clock = Clock()
    with serving({"/": lambda handler: next(answers)}) as site:
        assert b"At last" in get(site, network=clock.network()).body
    assert sum(clock.waits) == pytest.approx(37)


def test_a_site_that_asks_for_an_hour_is_left_in_peace():
    clock = Clock()
    with serving({"/": text("", status=429, Retry_After="3600")}) as site:
        found = refusal(site, network=clock.network())
        assert len(site.asked) == 1
    assert found.ends_host and found.is_passing and sum(clock.waits) == 0


def test_retry_after_is_seconds_or_a_date():
    assert retry_after("120", 0) == 120
    assert retry_after("Thu, 01 Jan 1970 00:10:00 GMT", 60) == 540
    assert retry_after("Thu, 01 Jan 1970 00:00:00 GMT", 60) == 0
    assert retry_after("soon", 0) is None and retry_after("", 0) is None


def test_a_host_is_asked_once_a_second_or_more_rarely_if_it_wishes():
    clock, times = Clock(), []
    pace = Pace(clock=clock.time, sleep=clock.sleep)
    pace.keep_apart("slow.example", 5)
    for host in ("a.example", "a.example", "slow.example", "a.example", "slow.example", "b.example"):
        pace.wait_for(host)
        times.append((host, round(clock.now - 1000, 3)))
    assert times == [("a.example", 0), ("a.example", 1), ("slow.example", 1), ("a.example", 2), ("slow.example", 6),
                     ("b.example", 6)]
    assert max(clock.waits) <= 0.2  # so that a stop is heard


def test_the_network_light_is_told_of_every_connection_and_of_the_end():
    events: list[NetworkUsed] = []
    with serving({"/": moved("/a"), "/a": page("Here")}) as site:
        get(site, work=Work(report=lambda event: events.append(event)))
    assert [event.host for event in events] == ["127.0.0.1", ""]


def test_a_port_where_nobody_listens_is_told_and_the_light_goes_out():
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = addresses.parse(f"http://127.0.0.1:{closed.getsockname()[1]}/")
    events: list[NetworkUsed] = []
    with (Fetcher(Work(report=lambda event: events.append(event)), hurried(), allowed="127.0.0.1") as fetcher,
          pytest.raises(Refused) as refused):
        fetcher.get(url)
    assert refused.value.reason == reasons.NOT_REACHED and refused.value.is_passing
    assert [event.host for event in events] == ["127.0.0.1", ""]


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate that only its maker trusts."""
    file = tmp_path / "both.pem"
    made = subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
                           "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
                           "-keyout", tmp_path / "key.pem", "-out", tmp_path / "cert.pem"], capture_output=True)
    if made.returncode:
        pytest.skip("openssl is not installed")
    file.write_bytes((tmp_path / "key.pem").read_bytes() + (tmp_path / "cert.pem").read_bytes())
    return file


def test_a_certificate_that_proves_nothing_is_refused(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with serving({"/": page("Trust me")}) as site:
        site.server.socket = context.wrap_socket(site.server.socket, server_side=True)
        site.address = site.address.replace("http:", "https:")
        assert refusal(site, network=hurried()).reason == reasons.CERTIFICATE
        assert not site.asked


def test_a_certificate_that_is_trusted_opens_the_page(certificate, monkeypatch):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.parent / "cert.pem"))
    with serving({"/": page("Locked and true")}) as site:
        site.server.socket = context.wrap_socket(site.server.socket, server_side=True)
        site.address = site.address.replace("http:", "https:")
        assert b"Locked and true" in get(site, network=hurried()).body


def raw_site(answer: bytes):
    """A server that says these bytes whatever it is asked."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with listener:
            opened, _ = listener.accept()
            with opened:
                opened.recv(65536)
                opened.sendall(answer)

    threading.Thread(target=serve, daemon=True).start()
    return addresses.parse(f"http://127.0.0.1:{listener.getsockname()[1]}/")


OK = b"HTTP/1.1 200 OK\r\n"


@pytest.mark.parametrize("answer", [
    b"", b"garbage\r\n\r\n", b"HTTP/9.9 what\r\n\r\n", OK + b"A: b\r\n" * 50000, OK + b"Content-Length: -5\r\n\r\n",
    OK + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nxx", OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
    b"HTTP/1.1 302 Found\r\n\r\n", b"\x16\x03\x01" * 50,
    b"HTTP/1.1 301 x\r\nLocation: http://\xff\xfe/\r\nContent-Length: 0\r\n\r\n"])
def test_an_answer_that_is_none_is_a_reason_and_no_crash(answer):
    url = raw_site(answer)
    network = dataclasses.replace(hurried(page_seconds=5), resolve=lambda host, port: [])
    with Fetcher(Work(), network, allowed="127.0.0.1") as fetcher, pytest.raises(Refused):
        fetcher.get(url)


def test_loading_the_sources_loads_no_network_library():
    code = ("import sys, engine.project, engine.jobs; from engine.corpora.source import Source; "
            "from engine.settings import members_of; members_of(Source); "
            "assert not {'httpx', 'httpcore', 'feedparser', 'protego', 'resiliparse'} & set(sys.modules)")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True,
                          cwd=Path(__file__).resolve().parents[3])
    assert done.returncode == 0, done.stderr
