"""Questions beside the window: the newest wins, and no answer reaches what is gone."""

from __future__ import annotations

import threading

import pytest
import shiboken6
from PySide6.QtCore import QObject, QThread

from engine.errors import EngineError
from studio.queries import Queries


class Asker(QObject):
    def __init__(self) -> None:
        super().__init__()
        self.answers: list[object] = []
        self.errors: list[EngineError] = []
        self.threads: set[QThread] = set()

    def take(self, answer: object) -> None:
        self.answers.append(answer)
        self.threads.add(QThread.currentThread())

    def refuse(self, error: EngineError) -> None:
        self.errors.append(error)


@pytest.fixture
def queries(qtbot):
    made = Queries()
    yield made
    assert made.finish()


def test_an_answer_comes_on_the_thread_of_the_window(queries, qtbot):
    asker = Asker()
    queries.ask("sum", lambda _query: sum(range(10)), asker.take)
    qtbot.waitUntil(lambda: asker.answers == [45])
    assert asker.threads == {QThread.currentThread()} and not queries.is_asking("sum")


def test_of_two_questions_with_one_key_the_newer_is_answered(queries, qtbot):
    asker, gate = Asker(), threading.Event()
    first = queries.ask("search", lambda _query: gate.wait(5) and "old", asker.take)
    queries.ask("search", lambda _query: "new", asker.take)
    assert first.is_cancelled()
    gate.set()
    qtbot.waitUntil(lambda: bool(asker.answers))
    queries.finish()
    qtbot.wait(20)
    assert asker.answers == ["new"]


def test_questions_with_other_keys_do_not_disturb_each_other(queries, qtbot):
    asker = Asker()
    for number in range(20):
        queries.ask(f"key {number}", lambda _query, number=number: number, asker.take)
    qtbot.waitUntil(lambda: sorted(asker.answers) == list(range(20)))


def test_an_error_the_user_can_mend_goes_to_its_own_receiver(queries, qtbot):
    asker = Asker()

    def broken(_query):
        raise EngineError("The file is gone.", "", "Bring it back.")

    queries.ask("one", broken, asker.take, asker.refuse)
    qtbot.waitUntil(lambda: bool(asker.errors))
    assert asker.errors[0].what == "The file is gone." and not asker.answers


def test_an_answer_for_a_widget_that_is_gone_is_dropped(queries, qtbot):
    asker, gate = Asker(), threading.Event()
    heard = asker.answers
    queries.ask("one", lambda _query: gate.wait(5), asker.take)
    shiboken6.delete(asker)
    gate.set()
    queries._pool.waitForDone()
    qtbot.wait(20)
    assert not heard


def test_a_forgotten_question_is_not_answered(queries, qtbot):
    asker, gate = Asker(), threading.Event()
    query = queries.ask("one", lambda query: gate.wait(5) and query.is_cancelled(), asker.take)
    queries.cancel("one")
    gate.set()
    queries._pool.waitForDone()
    qtbot.wait(20)
    assert query.is_cancelled() and not asker.answers


@pytest.mark.faults
def test_a_fault_of_wenlu_is_reported_and_told(queries, qtbot):
    asker = Asker()
    queries.ask("one", lambda _query: 1 // 0, asker.take, asker.refuse)
    qtbot.waitUntil(lambda: bool(asker.errors))
