"""Who is let in, tried from outside at the socket; and what a stranger can do to the server."""

from __future__ import annotations

import json
import random
import socket
import subprocess
import sys
import time
import urllib.request

import pytest

from engine.errors import EngineError
from engine.serving import server as serving
from engine.serving.admission import Door
from engine.serving.catalogue import Catalogue
from engine.serving.office import Office
from tests.stories.driving import REPOSITORY, surroundings

KEY = "a-key-that-nobody-guesses"
BODY = {"model": "run-1", "prompt": "The", "max_tokens": 2}


@pytest.mark.parametrize("host, origin, key, status", [
    ("127.0.0.1:{port}", None, None, 200),
    ("localhost:{port}", None, None, 200),
    ("LOCALHOST:{port}", None, None, 200),
    ("[::1]:{port}", None, None, 200),
    ("", None, None, 403),
    ("127.0.0.1", None, None, 403),
    ("127.0.0.1:1", None, None, 403),
    ("evil.example:{port}", None, None, 403),
    ("127.0.0.1.evil.example:{port}", None, None, 403),
    ("localhost.evil.example:{port}", None, None, 403),
    ("192.168.0.7:{port}", None, None, 403),
    ("0.0.0.0:{port}", None, None, 403),
    ("127.0.0.1:{port}@evil.example", None, None, 403),
    ("127.0.0.1:{port}", "null", None, 403),
    ("127.0.0.1:{port}", "https://evil.example", None, 403),
    ("127.0.0.1:{port}", "http://127.0.0.1:1", None, 403),
    ("127.0.0.1:{port}", "http://localhost:3000", None, 200),
    ("127.0.0.1:{port}", "http://localhost:3000.evil.example", None, 403),
    ("127.0.0.1:{port}", "", None, 403),
    ("127.0.0.1:{port}", None, f"Bearer {KEY}", 200),
], ids=str)
def test_only_own_names_and_allowed_origins_get_in(serve, run, host, origin, key, status):
    served = serve(run.path, origins=("http://localhost:3000",))
    headers = {"Host": host.format(port=served.port), **({"Origin": origin} if origin is not None else {}),
               **({"Authorization": key} if key else {})}
    found, _, answered = served.ask("POST", "/v1/completions", BODY, headers)
    assert found == status
    allowed = answered.get("Access-Control-Allow-Origin")
    assert allowed == ("http://localhost:3000" if status == 200 and origin else None)


@pytest.mark.parametrize("given", [None, "", "Bearer", f"Bearer {KEY}x", f"Basic {KEY}", KEY, "Bearer " + KEY[:-1]])
def test_with_a_key_every_page_asks_for_it(serve, run, given):
    served = serve(run.path, key=KEY)
    for method, path, body in (("GET", "/v1/models", None), ("GET", "/health", None), ("POST", "/tokenize", {}),
                               ("POST", "/v1/completions", BODY), ("GET", f"/v1/models?key={KEY}", None)):
        status, answer, _ = served.ask(method, path, body, {"Authorization": given} if given is not None else {})
        assert status == 401 and answer["error"]["code"] == "invalid_api_key"
    assert served.client(KEY).models.list().data
    assert KEY not in json.dumps([each.plain() for each in served.log])


def test_on_the_network_plain_addresses_are_own_names_and_foreign_names_are_not():
    from email.message import Message

    def found(host: str) -> int:
        headers = Message()
        headers["Host"] = host
        headers["Authorization"] = f"Bearer {KEY}"
        refusal = Door(8011, is_open=True, key=KEY).refusal(headers, has_body=False)
        return refusal.status if refusal else 200

    assert [found(host) for host in ("192.168.0.7:8011", "[fe80::1]:8011", f"{socket.gethostname()}:8011")] == [200] * 3
    assert [found(host) for host in ("evil.example:8011", "192.168.0.7", "192.168.0.7:80", "1.2.3:8011")] == [403] * 4


def test_a_page_may_not_ask_beforehand_unless_its_origin_is_allowed(serve, run):
    served = serve(run.path, origins=("http://localhost:3000",))
    asks = {"Access-Control-Request-Method": "POST"}
    assert served.ask("OPTIONS", "/v1/completions", None, {**asks, "Origin": "https://evil.example"})[0] == 403
    status, _, headers = served.ask("OPTIONS", "/v1/completions", None, {**asks, "Origin": "http://localhost:3000"})
    assert status == 204 and headers["Access-Control-Allow-Origin"] == "http://localhost:3000"


@pytest.mark.parametrize("content, status", [
    (b"POST /v1/completions HTTP/1.1\r\nHost: H\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\n{}", 415),
    (b"POST /v1/completions HTTP/1.1\r\nHost: H\r\nContent-Type: application/json\r\n\r\n", 411),
    (b"POST /v1/completions HTTP/1.1\r\nHost: H\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
     b"2\r\n{}\r\n0\r\n\r\n", 411),
    (b"POST /v1/completions HTTP/1.1\r\nHost: H\r\nContent-Type: application/json\r\n"
     b"Content-Length: 2000000000\r\n\r\n", 413),
    (b"POST /v1/completions HTTP/1.1\r\nHost: H\r\nContent-Type: application/json\r\nContent-Length: -1\r\n\r\n", 411),
    (b"POST /v1/completions HTTP/1.1\r\nHost: H\r\nContent-Type: application/json\r\nContent-Length: 2\r\n"
     b"Content-Length: 5\r\n\r\n{}", 400),
    (b"GET /health HTTP/1.1\r\nHost: H\r\nHost: evil.example\r\n\r\n", 400),
    (b"GET /etc/passwd HTTP/1.1\r\nHost: H\r\n\r\n", 404),
    (b"GET /v1/completions HTTP/1.1\r\nHost: H\r\n\r\n", 405),
    (b"DELETE /v1/models HTTP/1.1\r\nHost: H\r\n\r\n", 501),
    (b"nonsense\r\n\r\n", 400),
    (b"GET / HTTP/1.1\r\n" + b"".join(b"X%d: a\r\n" % number for number in range(500)) + b"\r\n", 431),
    (b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n\r\n", 414),
], ids=lambda each: str(each)[:60])
def test_what_is_no_decent_request_is_refused_in_the_same_shape(serve, run, content, status):
    served = serve(run.path)
    host = f"127.0.0.1:{served.port}".encode()
    found = served.raw(content.replace(b"Host: H\r\n", b"Host: %b\r\nConnection: close\r\n" % host, 1))
    head, _, body = found.partition(b"\r\n\r\n")
    if head.startswith(b"HTTP"):
        assert int(head.split()[1]) == status
    assert b'"error"' in (body or head)


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"\xff\xfe", b'{"model": NaN}', b'{"a": 1e999}', b"[" * 100_000,
                                  b'{"model": "run-1", "prompt": {"a": 1}}', b"null"])
def test_a_body_that_is_no_request_is_refused(serve, run, body):
    status, answer, _ = serve(run.path).ask("POST", "/v1/completions", body, {"Content-Type": "application/json"})
    assert status == 400 and answer["error"]["message"]


def test_no_body_of_random_values_breaks_the_server(serve, run):
    served, chance = serve(run.path), random.Random(5)
    values = [None, True, -1, 0, 2**80, 1.5, "", "x" * 300, [], [1], [-1], ["a"], {}, {"type": "text"}, [[1, 2]], [{}]]
    names = ["model", "prompt", "max_tokens", "n", "stop", "seed", "stream", "logprobs", "echo", "logit_bias",
             "messages", "temperature", "stream_options", "top_k", "response_format", "best_of", "tools"]
    for _ in range(300):
        body = {"model": "run-1", "prompt": "a", "max_tokens": 1,
                **{chance.choice(names): chance.choice(values) for _ in range(3)}}
        path = chance.choice(["/v1/completions", "/v1/chat/completions", "/tokenize", "/detokenize"])
        if body.get("stream") is True:
            continue
        status, answer, _ = served.ask("POST", path, body)
        assert status in (200, 400, 404), (body, answer)
    assert served.client().models.list().data


def test_one_that_sends_slowly_is_cut_off(serve, run, monkeypatch):
    monkeypatch.setattr(serving, "REQUEST_SECONDS", 0.6)
    served = serve(run.path)
    began = time.monotonic()
    with socket.create_connection(("127.0.0.1", served.port), timeout=20) as connection, pytest.raises(OSError):
        for letter in b"GET /health HTTP/1.1\r\n" * 50:
            connection.sendall(bytes([letter]))
            time.sleep(0.05)
            connection.settimeout(0.001)
            try:
                if connection.recv(1) == b"":
                    raise ConnectionError
            except TimeoutError:
                pass
    assert time.monotonic() - began < 5


def test_beyond_the_places_a_connection_is_closed_and_others_go_on(serve, run, monkeypatch):
    monkeypatch.setattr(serving, "MAX_CONNECTIONS", 4)
    served = serve(run.path)
    held = [socket.create_connection(("127.0.0.1", served.port), timeout=20) for _ in range(4)]
    time.sleep(0.2)
    assert served.raw(b"GET /health HTTP/1.1\r\n\r\n") == b""
    for each in held:
        each.close()
    time.sleep(0.3)
    assert served.ask("GET", "/health")[0] == 200


def test_nothing_more_is_written_for_a_client_that_left(serve, run):
    served = serve(run.path)
    body = json.dumps({**BODY, "max_tokens": 100_000, "stream": True, "logit_bias": {"2": -100}}).encode()
    connection = socket.create_connection(("127.0.0.1", served.port), timeout=20)
    connection.sendall(b"POST /v1/completions HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nContent-Type: application/json\r\n"
                       b"Content-Length: %d\r\n\r\n" % (served.port, len(body)) + body)
    assert connection.recv(1000)
    connection.close()
    until = time.monotonic() + 10
    while not served.log and time.monotonic() < until:
        time.sleep(0.05)
    assert served.log[0].left and served.log[0].completion_tokens < 90_000
    assert served.ask("POST", "/v1/completions", BODY)[0] == 200


def test_a_port_that_is_taken_is_told_with_another_one(serve, run):
    served = serve(run.path)
    with pytest.raises(EngineError, match=f"Port {served.port} cannot be used.*{served.port + 1}"):
        serving.Server(Office(Catalogue(run.path)), "127.0.0.1", served.port, lambda port: Door(port))


def test_the_verb_serves_until_its_input_ends_and_listens_on_this_machine_only(run):
    child = subprocess.Popen([sys.executable, "-m", "engine", "serve", str(run.path), "--port", "0", "--json",
                              "--attached", "--key"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                             env={**surroundings(), "WENLU_KEY": KEY}, cwd=REPOSITORY)
    assert child.stdin is not None and child.stdout is not None
    told = json.loads(child.stdout.readline())["serving"]
    assert told["models"] == ["run-1"] and told["key"] == KEY
    address = told["addresses"][0]
    assert len(told["addresses"]) == 1 and address.startswith("http://127.0.0.1:")
    request = urllib.request.Request(f"{address}/models", headers={"Authorization": f"Bearer {KEY}"})
    with urllib.request.urlopen(request, timeout=20) as answer:
        assert json.loads(answer.read())["data"][0]["id"] == "run-1"
    assert json.loads(child.stdout.readline())["request"]["status"] == 200
    child.stdin.close()
    assert child.wait(timeout=20) == 0
    child.stdout.close()
