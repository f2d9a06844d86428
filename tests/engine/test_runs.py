"""The run folder: what is written is what is read, also half-way and after a restart."""

from __future__ import annotations

import dataclasses

import pytest

from engine.cli import main
from engine.errors import EngineError
from engine.events import (
    CheckpointSaved,
    Continued,
    Event,
    JobEnded,
    JobStarted,
    Notice,
    SampleWritten,
    StepDone,
    Validated,
    from_line,
    to_line,
)
from engine.runs.folder import RunFolder, checked_name, next_name
from engine.runs.inbox import Command
from engine.runs.job import BUG, DONE, STOPPED, USER_ERROR, Job
from engine.runs.log import LogReader, LogWriter, last_event, lasting, read_events
from engine.runs.series import series_of
from engine.storage import temporary_beside


def step(number: int, loss: float = 1.0) -> StepDone:
    return StepDone(step=number, tokens=number * 8, loss=loss, bits_per_byte=loss, learning_rate=0.1,
                    gradient_norm=1.0, tokens_per_second=5.0, memory_bytes=1, seconds=float(number))


@pytest.fixture
def run(tmp_path):
    return RunFolder.create(tmp_path / "run-1", {"created": 1.0})


def test_every_event_reads_back_from_its_line():
    for kind in Event.__subclasses__():
        values = {field.name: {"float": 1.5, "int": 3, "str": "x", "bool": True}.get(str(field.type))
                  for field in dataclasses.fields(kind)}
        values = {name: value for name, value in values.items() if value is not None}
        missing = [f.name for f in dataclasses.fields(kind) if f.name not in values
                   and f.default is dataclasses.MISSING and f.default_factory is dataclasses.MISSING]
        event = kind(**values, **dict.fromkeys(missing))
        assert from_line(to_line(event)) == event


def test_an_event_of_a_newer_version_is_passed_over():
    assert from_line({"event": "from-the-future", "x": 1}) is None


def test_a_reader_sees_only_whole_lines_and_misses_none(run):
    writer = LogWriter(run.log)
    reader = LogReader(run.log)
    writer.append(step(1))
    with open(run.log, "ab") as file:
        file.write(b'{"event": "step-d')
        file.flush()
        assert [event.step for event in reader.read()] == [1]
        file.write(b'one", "broken": 1}\n')
    assert reader.read() == [] and reader.damaged == 1
    writer.append(step(2))
    assert [event.step for event in reader.read()] == [2]


def test_a_restart_voids_what_was_logged_beyond_its_step():
    events = [step(1), step(2), Validated(step=2, loss=1, bits_per_byte=1, is_best=True), step(3),
              Notice(level="warn", code="x", text="x", step=3), JobEnded(status="failed"),
              Continued(step=2, after_restart=True), step(3, 0.5)]
    assert [event.loss for event in series_of(events).steps] == [1.0, 1.0, 0.5]
    assert [event for event in lasting(events) if isinstance(event, StepDone | JobEnded)] == [
        step(1), step(2), step(3, 0.5)]


def test_a_growing_sample_is_one_sample():
    pieces = [SampleWritten(step=5, prompt="a", text="b" * n, seed=1, done=n == 3) for n in (1, 2, 3)]
    assert series_of(pieces).samples == [pieces[-1]]


def test_a_command_that_is_still_being_written_is_left_alone(run):
    unfinished = temporary_beside(run.inbox.folder / "00000000000000000001-abcdef.json")
    unfinished.write_text('{"name": "stop", "values": {}}')
    assert run.inbox.take() == [] and unfinished.exists()


def test_commands_arrive_once_and_in_order(run):
    for name in ("pause", "resume", "save"):
        run.inbox.drop(Command(name))
    (run.inbox.folder / "00.json").write_text("{broken")
    assert [command.name for command in run.inbox.take()] == ["pause", "resume", "save"]
    assert run.inbox.take() == []


def test_a_job_always_says_a_last_word_and_its_exit_code_tells_how_it_went(tmp_path):
    def fail_with(error: Exception):
        def body(job):
            raise error
        return body

    def wait_for_stop(job):
        job.run.inbox.drop(Command("stop"))
        for _ in range(10_000_000):
            job.check()

    cases = [(lambda job: {"figure": 3}, DONE, "done"), (fail_with(EngineError("no text")), USER_ERROR, "failed"),
             (fail_with(ZeroDivisionError()), BUG, "failed"), (wait_for_stop, STOPPED, "stopped")]
    for number, (body, code, status) in enumerate(cases):
        run = RunFolder.create(tmp_path / f"job-{number}", {})
        assert Job(run, "train").perform(body) == code
        ended = [event for event in read_events(run.log) if isinstance(event, JobEnded)]
        assert [event.status for event in ended] == [status] == [run.status()]
    assert "ZeroDivisionError" in read_events(tmp_path / "job-2" / "events.jsonl")[-1].details


def test_a_second_process_may_not_write_the_same_run(run):
    def body(job):
        with pytest.raises(EngineError, match="running already"):
            Job(RunFolder(run.path), "train").perform(lambda other: {})
        assert run.status() == "running"

    assert Job(run, "train").perform(body) == DONE


def test_the_command_line_tells_a_living_run_what_to_do(run, capsys):
    def body(job):
        for words in (["pause"], ["continue"], ["speed", "quiet"]):
            assert main([words[0], "--json", str(run.path), *words[1:]]) == DONE
        assert [(command.name, command.values) for command in job.take()] == [
            ("pause", {}), ("resume", {}), ("speed", {"speed": "quiet"})]

    assert Job(run, "train").perform(body) == DONE
    assert main(["speed", "--json", str(run.path), "full"]) == USER_ERROR
    assert "not running" in capsys.readouterr().err


def test_a_log_without_a_last_word_means_cut_off(run):
    assert run.status() == "new"
    LogWriter(run.log).append(JobStarted(verb="train", process=1, time=0.0, version="0"), step(1))
    assert run.status() == "cut-off"
    assert last_event(run.log) == step(1)


def test_names_of_runs_count_up_and_stay_inside_the_folder(tmp_path):
    (tmp_path / "run-9").mkdir()
    assert next_name(tmp_path, "run") == "run-10"
    for bad in ("../x", "a/b", "", "con", "x.", "nul.txt", "a\0b", "x" * 200):
        with pytest.raises(EngineError):
            checked_name(bad)
    assert checked_name("第一次 训练") == "第一次 训练"


def test_points_saved_are_in_the_series(run):
    saved = CheckpointSaved(step=4, file="step-4", is_best=True, why="best")
    assert series_of([saved]).checkpoints == [saved]


def test_the_stages_of_a_job_do_not_set_its_clock_back(tmp_path):
    job = Job(RunFolder.create(tmp_path / "run", {}), "train", since=100.0)
    job.progress("tokens", 0, 10, "documents")
    assert job.seconds() >= 100.0
    job.go_on_from(50.0)
    job.progress("n-gram", 0, 10, "orders")
    job._began -= 7
    job.progress("check", 0, 10, "tokens")
    assert job.seconds() >= 57.0
