"""Two models side by side get the same prompt and the same seed."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
from PySide6.QtCore import QObject, Signal

from studio.pages.playground.comparing import Comparing, distinct_pairs
from studio.pages.playground.sampling import SamplingCard


class Talk(QObject):
    said, done, failed = Signal(int, object), Signal(int, object), Signal(int, object)

    def __init__(self) -> None:
        super().__init__()
        self.asked, self.cancelled = [], []

    def generate(self, run, checkpoint, text, sampling=None):
        self.asked.append((run.name, checkpoint, text, sampling))
        return len(self.asked)

    def cancel(self, request):
        self.cancelled.append(request)


class Questions:
    def __init__(self) -> None:
        self.asked = []

    def look_up(self, key, name, fields, *_):
        self.asked.append((name, fields))

    def cancel(self, key):
        pass


@pytest.fixture
def page(qtbot):
    session = SimpleNamespace(queries=Questions(), run_folder=lambda name: SimpleNamespace(path=Path(name)))
    made = Comparing(session, Talk(), SamplingCard())
    qtbot.addWidget(made)
    made.serve([("Run 2, best", "run-2", "best"), ("Run 1, best", "run-1", "best")])
    return made


def test_both_write_on_from_the_same_prompt_with_the_same_settings(page):
    page.enter("It was a dark night")
    page.go_or_stop()
    first, second = page._talker.asked
    assert (first[0], second[0]) == ("run-2", "run-1")
    assert first[1:] == second[1:] and first[2] == "It was a dark night"
    page.go_or_stop()
    assert page._talker.cancelled == [1, 2]


def test_each_side_shows_what_its_own_model_writes(page):
    page.enter("One")
    page.go_or_stop()
    token = {"id": 9, "start": 0, "end": 4}
    page._talker.said.emit(2, {"token": token, "text": " two"})
    page._talker.done.emit(2, {"reason": "length", "rest": "", "tokens_per_second": 5.0})
    assert [side.page.toPlainText() for side in page.sides] == ["One", "One two"]
    assert page.is_writing()
    page._talker.done.emit(1, {"reason": "length", "rest": ""})
    assert not page.is_writing()


def test_a_side_keeps_its_model_when_another_run_comes(page):
    page.serve([("Run 3, newest", "run-3", "last"), ("Run 2, best", "run-2", "best"), ("Run 1, best", "run-1", "best")])
    assert [side.model.value() for side in page.sides] == ["run-2|best", "run-1|best"]


def test_pairs_that_come_again_are_not_distinct():
    assert distinct_pairs("a b a b a") == 0.5
    assert distinct_pairs("天地天地") == pytest.approx(2 / 3)
    assert distinct_pairs("word") is None
