"""The bridge to a job: said in order, ended once, however the job ends."""

from __future__ import annotations

import signal

import psutil
import pytest

from engine.events import JobEnded, JobStarted
from engine.runs.inbox import Command
from engine.runs.log import LogWriter, read_events
from engine.storage import is_alive
from studio.engine_thread import EngineThread, Launch
from tests.studio.jobs_of_tests import Listener, command, new_run, small_launch, start_outside

WAIT = 30_000


@pytest.fixture
def begun(qtbot, tmp_path):
    """Starts threads and, at the end, lets go of them and ends what they left."""
    threads: list[EngineThread] = []

    def begin(job) -> tuple[EngineThread, Listener]:
        thread = EngineThread(job)
        listener = Listener(thread)
        threads.append(thread)
        thread.start()
        return thread, listener

    yield begin
    for thread in threads:
        thread.let_go()
        thread.wait()
        if thread._process_id and psutil.pid_exists(thread._process_id) and thread._child is not None:
            thread._child.kill()
            thread._child.wait()


def has_steps(listener: Listener, count: int = 1):
    return lambda: listener.names().count("step-done") >= count


def test_a_job_says_all_in_order_and_ends_once(begun, qtbot, tmp_path):
    thread, listener = begun(small_launch(tmp_path / "run-1", "short"))
    qtbot.waitUntil(thread.isFinished, timeout=WAIT)
    qtbot.waitUntil(lambda: bool(listener.words))
    assert [word.status for word in listener.words] == ["done"]
    assert listener.events == read_events(tmp_path / "run-1" / "events.jsonl")
    assert listener.names() == ["job-started", "stage-started", *["step-done"] * 5, "job-ended"]


def test_a_killed_job_is_noticed_and_said_once(begun, qtbot, tmp_path):
    thread, listener = begun(small_launch(tmp_path / "run-1", "crash"))
    qtbot.waitUntil(lambda: bool(listener.words), timeout=WAIT)
    qtbot.waitUntil(thread.isFinished, timeout=WAIT)
    word, = listener.words
    assert word.status == "failed" and "-9" in word.what
    assert "memory" in word.fix and "about to fall" in word.details
    assert listener.run.status() == "cut-off"


def test_events_come_in_at_most_thirty_batches_a_second(begun, qtbot, tmp_path):
    thread, listener = begun(small_launch(tmp_path / "run-1", "talkative"))
    qtbot.waitUntil(thread.isFinished, timeout=WAIT)
    qtbot.waitUntil(lambda: bool(listener.words))
    assert listener.names().count("step-done") == 3000
    seconds = listener.batches[-1] - listener.batches[0]
    assert len(listener.batches) - 1 <= 30 * seconds + 2


def test_stop_is_heard_and_what_was_made_is_kept(begun, qtbot, tmp_path):
    thread, listener = begun(small_launch(tmp_path / "run-1", "long"))
    qtbot.waitUntil(has_steps(listener), timeout=WAIT)
    thread.stop()
    qtbot.waitUntil(lambda: bool(listener.words), timeout=WAIT)
    assert [word.status for word in listener.words] == ["stopped"]
    assert thread.is_stopping


def test_a_stop_that_comes_before_the_job_listens_waits_for_it(begun, qtbot, tmp_path):
    thread, listener = begun(small_launch(tmp_path / "run-1", "long"))
    thread.stop()
    qtbot.waitUntil(lambda: bool(listener.words), timeout=WAIT)
    assert [word.status for word in listener.words] == ["stopped"]


def test_a_job_that_does_not_stop_is_ended_from_outside(begun, qtbot, tmp_path, monkeypatch):
    monkeypatch.setattr("studio.engine_thread._KILL_PATIENCE_SECONDS", 0.2)
    thread, listener = begun(small_launch(tmp_path / "run-1", "stubborn"))
    qtbot.waitUntil(lambda: "stage-started" in listener.names(), timeout=WAIT)
    thread.stop(patience_seconds=0.2)
    qtbot.waitUntil(lambda: bool(listener.words), timeout=WAIT)
    assert [word.status for word in listener.words] == ["stopped"]
    assert "did not stop by itself" in listener.words[0].what


def test_pause_and_resume_are_passed_on(begun, qtbot, tmp_path):
    thread, listener = begun(small_launch(tmp_path / "run-1", "long"))
    thread.ask(Command("pause"))
    qtbot.waitUntil(lambda: "paused" in listener.names(), timeout=WAIT)
    thread.ask(Command("resume"))
    qtbot.waitUntil(lambda: "continued" in listener.names(), timeout=WAIT)


def test_a_job_that_lives_already_is_followed_from_its_beginning(begun, qtbot, tmp_path):
    child = start_outside(tmp_path / "run-1", "long")
    thread, listener = begun(new_run_at(tmp_path))
    qtbot.waitUntil(has_steps(listener, 3), timeout=WAIT)
    assert isinstance(listener.events[0], JobStarted) and listener.events[0].process == child.pid
    thread.stop()
    qtbot.waitUntil(lambda: bool(listener.words), timeout=WAIT)
    assert [word.status for word in listener.words] == ["stopped"]
    assert child.wait(timeout=30) == 3


def new_run_at(tmp_path):
    from engine.runs.folder import RunFolder

    return RunFolder(tmp_path / "run-1")


def test_the_death_of_an_attached_job_is_noticed(begun, qtbot, tmp_path):
    child = start_outside(tmp_path / "run-1", "long")
    _thread, listener = begun(new_run_at(tmp_path))
    qtbot.waitUntil(has_steps(listener), timeout=WAIT)
    child.send_signal(signal.SIGKILL)
    child.wait()
    qtbot.waitUntil(lambda: bool(listener.words), timeout=WAIT)
    word, = listener.words
    assert word.status == "failed" and "without a word" in word.what


def test_a_job_that_is_let_go_lives_on_and_no_end_is_told(begun, qtbot, tmp_path):
    thread, listener = begun(small_launch(tmp_path / "run-1", "long"))
    qtbot.waitUntil(has_steps(listener), timeout=WAIT)
    thread.let_go()
    qtbot.waitUntil(thread.isFinished, timeout=WAIT)
    assert is_alive(thread._child.pid) and listener.run.status() == "running"
    assert not listener.words


def test_the_last_word_of_an_earlier_life_is_not_taken_for_this_one(begun, qtbot, tmp_path):
    run = new_run(tmp_path / "run-1")
    log = LogWriter(run.log)
    log.append(JobStarted(verb="train", process=1, time=0.0, version="0"), JobEnded(status="stopped"))
    log.close()
    launch = Launch(lambda: run, lambda run: command(run, "crash"), {})
    _thread, listener = begun(launch)
    qtbot.waitUntil(lambda: bool(listener.words), timeout=WAIT)
    assert listener.names()[:2] == ["job-started", "job-ended"]
    assert [word.status for word in listener.words] == ["failed"]


def test_a_program_that_cannot_be_started_is_told_in_words(begun, qtbot, tmp_path):
    launch = Launch(lambda: new_run(tmp_path / "run-1"), lambda run: ["/nowhere/python"], {})
    _thread, listener = begun(launch)
    qtbot.waitUntil(lambda: bool(listener.words), timeout=WAIT)
    assert [word.status for word in listener.words] == ["failed"] and listener.words[0].what


def test_a_folder_that_cannot_be_made_is_told_in_words(begun, qtbot, tmp_path):
    (tmp_path / "run-1").mkdir()
    _thread, listener = begun(small_launch(tmp_path / "run-1", "short"))
    qtbot.waitUntil(lambda: bool(listener.words), timeout=WAIT)
    assert [word.status for word in listener.words] == ["failed"] and "exists already" in listener.words[0].what


def test_the_child_gives_way_to_the_window(begun, qtbot, tmp_path):
    thread, listener = begun(small_launch(tmp_path / "run-1", "long"))
    qtbot.waitUntil(has_steps(listener), timeout=WAIT)
    assert psutil.Process(thread._child.pid).nice() >= 10
