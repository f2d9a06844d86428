"""Every request to the playground's process ends exactly once, even if the process dies."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from studio.talker import Talker

WAIT = 30_000


class Heard:
    def __init__(self, talker: Talker) -> None:
        self.said: list[tuple[int, dict]] = []
        self.done: dict[int, dict] = {}
        self.failed: dict[int, dict] = {}
        self.states: list[str] = []
        self.deaths: list[str] = []
        talker.said.connect(lambda request, line: self.said.append((request, line)))
        talker.done.connect(self.done.__setitem__)
        talker.failed.connect(self.failed.__setitem__)
        talker.state_changed.connect(self.states.append)
        talker.died.connect(self.deaths.append)


@pytest.fixture
def talker(qtbot):
    made = Talker(command=[sys.executable, str(Path(__file__).with_name("small_talk.py"))])
    yield made
    made.leave()


def test_it_starts_at_the_first_request(talker, qtbot):
    heard = Heard(talker)
    assert talker.state() == "off"
    request = talker.load(Path("run-1"), "best")
    qtbot.waitUntil(lambda: request in heard.done, timeout=WAIT)
    assert heard.states == ["starting", "ready"]
    assert heard.done[request]["asked"] == {"id": request, "verb": "load", "run": "run-1", "checkpoint": "best"}


def test_lines_come_in_order_before_the_end(talker, qtbot):
    heard = Heard(talker)
    request = talker.generate(Path("run-1"), "best", "Once")
    qtbot.waitUntil(lambda: request in heard.done, timeout=WAIT)
    assert [line.get("text") for number, line in heard.said if number == request] == [None, "a", "b"]


def test_a_refusal_comes_with_its_words(talker, qtbot):
    heard = Heard(talker)
    request = talker.load(Path("missing"))
    qtbot.waitUntil(lambda: request in heard.failed, timeout=WAIT)
    assert heard.failed[request]["what"] == "No such run." and talker.state() == "ready"


def test_a_death_fails_what_was_asked_and_the_next_request_starts_anew(talker, qtbot):
    heard = Heard(talker)
    first, second = talker.load(Path("fall")), talker.load(Path("run-1"))
    qtbot.waitUntil(lambda: len(heard.failed) == 2, timeout=WAIT)
    assert set(heard.failed) == {first, second} and len(heard.deaths) == 1 and talker.state() == "off"
    third = talker.load(Path("run-2"))
    qtbot.waitUntil(lambda: third in heard.done, timeout=WAIT)
    assert len(heard.deaths) == 1


def test_a_program_that_is_not_there_fails_the_request(qtbot):
    talker = Talker(command=["/nowhere/python"])
    heard = Heard(talker)
    request = talker.load(Path("run-1"))
    qtbot.waitUntil(lambda: request in heard.failed, timeout=WAIT)
    assert talker.state() == "off"


def test_leaving_is_no_death(talker, qtbot):
    heard = Heard(talker)
    request = talker.load(Path("run-1"))
    qtbot.waitUntil(lambda: request in heard.done, timeout=WAIT)
    talker.leave()
    qtbot.wait(50)
    assert not heard.deaths and not heard.failed and talker.state() == "off"


def test_the_real_process_speaks_this_protocol(qtbot, tmp_path):
    talker = Talker()
    heard = Heard(talker)
    request = talker.checkpoints(tmp_path / "no-such-run")
    qtbot.waitUntil(lambda: request in heard.failed, timeout=60_000)
    assert heard.failed[request]["what"] and heard.states == ["starting", "ready"]
    talker.leave()
