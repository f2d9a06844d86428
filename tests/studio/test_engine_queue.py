"""One job works, the others wait."""

from __future__ import annotations

import pytest

from engine.storage import is_alive
from studio.engine_queue import EngineQueue
from tests.studio.jobs_of_tests import small_task

WAIT = 30_000


@pytest.fixture
def queue(qtbot):
    made = EngineQueue()
    yield made
    made.stop()
    thread = made._thread
    made.let_go()
    if thread is not None and thread._child is not None:
        thread._child.kill()
        thread._child.wait()


def test_a_second_task_waits_for_the_first(queue, qtbot, tmp_path):
    ended: list[tuple[str, str]] = []
    queue.ended.connect(lambda task, run, word: ended.append((run.name, word.status)))
    assert queue.add(small_task(tmp_path / "one", "short"))
    assert queue.add(small_task(tmp_path / "two", "short"))
    assert len(queue.waiting) == 1 and not (tmp_path / "two").exists()
    qtbot.waitUntil(lambda: len(ended) == 2, timeout=WAIT)
    assert ended == [("one", "done"), ("two", "done")]
    assert queue.current is None and not queue.waiting


def test_the_same_task_twice_is_done_once(queue, tmp_path):
    assert queue.add(small_task(tmp_path / "one", "short"))
    assert not queue.add(small_task(tmp_path / "one", "short"))
    assert len(queue.tasks()) == 1


def test_those_that_wait_can_be_moved_and_taken_out(queue, tmp_path):
    for name in ("a", "b", "c", "d"):
        queue.add(small_task(tmp_path / name, "long"))
    b, _c, d = queue.waiting
    queue.move_waiting(d, -1)
    queue.move_waiting(d, -1)
    queue.drop_waiting(b)
    assert [str(task.about)[-1] for task in queue.waiting] == ["d", "c"]


def test_all_that_is_known_of_a_job_comes_from_its_events(queue, qtbot, tmp_path):
    queue.add(small_task(tmp_path / "one", "long"))
    qtbot.waitUntil(lambda: len(queue.series.steps) > 3, timeout=WAIT)
    assert queue.series.stage == "train" and queue.series.started.process == queue._thread._child.pid
    assert queue.run.name == "one"


def test_what_is_let_go_says_nothing_more(queue, qtbot, tmp_path):
    heard: list[int] = []
    queue.add(small_task(tmp_path / "one", "long"))
    qtbot.waitUntil(lambda: bool(queue.series.steps), timeout=WAIT)
    child = queue._thread._child
    queue.happened.connect(lambda run, events: heard.append(len(events)))
    queue.let_go()
    qtbot.wait(100)
    assert not heard and not queue.series.steps and queue.current is None
    assert is_alive(child.pid)
    child.kill()
    child.wait()
