"""Cycles with widgets in them must die on the window's thread."""

from __future__ import annotations

import gc
import threading
import weakref

import pytest
from PySide6.QtCore import QObject

from studio.garbage import GarbageCollector


class Cycle(QObject):
    def __init__(self, seen: list[int]) -> None:
        super().__init__()
        self.itself = self
        weakref.finalize(self, lambda: seen.append(threading.get_ident()))


@pytest.fixture
def collector(qapp):
    was_on = gc.isenabled()
    made = GarbageCollector()
    yield made
    made.leave()
    if not was_on:
        gc.disable()


def make_much_in_a_thread() -> None:
    kept = [[number] for number in range(200_000)]
    del kept


def test_a_thread_that_allocates_collects_nothing_and_the_window_does(collector):
    seen: list[int] = []
    Cycle(seen)
    thread = threading.Thread(target=make_much_in_a_thread)
    thread.start()
    thread.join()
    assert not seen
    kept = [[number] for number in range(2000)]
    assert collector.look() > 0 and kept
    assert seen == [threading.get_ident()]


def test_nothing_is_collected_before_it_is_due(collector):
    gc.collect()
    assert collector.look() == 0
