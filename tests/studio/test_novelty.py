"""Samples are told how much of them was copied, without an index being made while a run trains."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.events import SampleWritten
from studio.pages.train.novelty import Novelty

RUN = Path("run-1")


class Questions:
    def __init__(self) -> None:
        self.asked = []

    def look_up(self, key, name, fields, receiver, failed):
        self.asked.append((name, fields, receiver))

    def cancel(self, key):
        pass


@pytest.fixture
def novelty():
    made = Novelty(Questions())
    made.told = []
    made.found.connect(made.told.append)
    return made


def sample(step):
    return SampleWritten(step=step, prompt="", text=f"text {step}", seed=1, done=True)


def state(total=1000, is_whole=False):
    return {"done": 0, "total": total, "bytes": 5 * total, "is_whole": is_whole}


def test_new_samples_are_asked_once_each(novelty):
    novelty.look(RUN, [sample(1)], True)
    novelty._queries.asked[-1][2](state(is_whole=True))
    name, fields, answer = novelty._queries.asked[-1]
    assert (name, fields["texts"]) == ("copies.shares", ["text 1"])
    answer([0.25])
    novelty.look(RUN, [sample(1), sample(2)], True)
    assert novelty._queries.asked[-1][1]["texts"] == ["text 2"]
    assert novelty.told == [{(1, "text 1"): 0.25}]


def test_no_index_is_made_while_the_run_trains_and_one_is_made_after(novelty):
    novelty.look(RUN, [sample(1)], True)
    novelty._queries.asked[-1][2](state())
    novelty.look(RUN, [sample(1), sample(2)], True)
    assert len(novelty._queries.asked) == 1
    novelty.look(RUN, [sample(1)], False)
    novelty._queries.asked[-1][2](state())
    assert novelty._queries.asked[-1][:2] == ("copies.make", {"run": "run-1"})


def test_no_large_index_is_made_for_samples(novelty):
    novelty.look(RUN, [sample(1)], False)
    novelty._queries.asked[-1][2](state(total=10**9))
    assert len(novelty._queries.asked) == 1
