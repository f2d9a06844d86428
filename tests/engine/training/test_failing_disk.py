"""A disk that is full, broken or read-only pauses a run; once it is mended, the run ends with the same bits."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine import storage
from engine.events import (
    CheckpointSaved,
    Continued,
    Event,
    JobEnded,
    Notice,
    Paused,
    StageStarted,
    StepDone,
    Validated,
)
from engine.models.kinds.ngram.spec import NGramSpec
from engine.models.spec import ModelSpec
from engine.runs.folder import RunFolder
from engine.runs.inbox import Command
from engine.runs.job import Job
from engine.runs.log import RESERVE_BYTES, read_events
from engine.runs.series import series_of
from engine.settings import to_plain
from engine.training import checkpoint, descent, pace
from engine.training.checkpoint import MODEL
from engine.training.checkpoint_writer import CheckpointWriter
from engine.training.spec import TrainSpec
from engine.training.trainer import train
from engine.work import Stopped
from tests.engine.training.small_training import TINY, Bench

SPEC = TrainSpec(steps=30, batch_size=4, threads=1, validate_every=10, device="cpu", precision="float32",
                 sample_tokens=4, sample_every=15, budget_seconds=60, checkpoint_seconds=0.01, baseline=False)
NUMBERS = [errno.ENOSPC, errno.EIO, errno.EROFS]
Listen = Callable[[Event], None]


class Disk:
    """The disk below `engine.storage`: fails with `number` while that is set, in the calls that are chosen."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.number = 0
        self.is_whole_file = self.is_log = False
        write, sync = storage._write_some, storage.sync_file

        def write_some(file: Any, content: bytes) -> int:
            if self.is_log:
                self.fail()
            return write(file, content)

        def sync_file(file: Any) -> None:
            if self.is_whole_file:
                self.fail()
            sync(file)

        monkeypatch.setattr(storage, "_write_some", write_some)
        monkeypatch.setattr(storage, "sync_file", sync_file)

    def fail(self) -> None:
        if self.number:
            raise OSError(self.number, os.strerror(self.number))

    def breaks(self, number: int, log: bool = True, whole_files: bool = True) -> None:
        self.number, self.is_log, self.is_whole_file = number, log, whole_files


@pytest.fixture(autouse=True)
def every_step_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace, "_PER_SECOND", 10**9)
    monkeypatch.setattr(pace, "_LINES", 10**9)


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Disk]:
    made = Disk(monkeypatch)
    yield made
    made.number = 0


@pytest.fixture
def a_run(bench: Bench, new_run: Callable[..., RunFolder]) -> Callable[..., RunFolder]:
    def make(name: str, model: ModelSpec = TINY) -> RunFolder:
        run = new_run(name, recipe={"training": to_plain(SPEC), "model": to_plain(model)})
        (run.path / "tokenizer").mkdir()
        bench.tokenizer.save(run.path / "tokenizer")
        return run

    return make


def _perform(bench: Bench, run: RunFolder, listen: Callable[[Job], Listen] | None = None, resume: bool = False) -> int:
    hear: list[Listen] = []
    job = Job(run, "train", lambda event: hear[0](event) if hear else None)
    if listen is not None:
        hear.append(listen(job))
    return job.perform(lambda work: train(run, bench.tokens, job, resume))


def _of(run: RunFolder, kind: type[Event]) -> list[Any]:
    return [event for event in read_events(run.log)
            if isinstance(event, kind) and getattr(event, "code", "") != "small-text"]


def _mending(run: RunFolder, disk: Disk, breaks_at: Callable[[Event], bool], number: int, **which: bool) -> Any:
    """Break the disk at an event; mend it and press Continue when the run says that it waits."""
    def listen(job: Job) -> Listen:
        waiting = [True]

        def hear(event: Event) -> None:
            if waiting[0] and breaks_at(event):
                waiting[0] = False
                disk.breaks(number, **which)
            if isinstance(event, Paused):
                disk.number = 0
                run.inbox.drop(Command("resume"))

        return hear

    return listen


def _at_step(step: int) -> Callable[[Event], bool]:
    return lambda event: isinstance(event, StepDone) and event.step >= step


def _check_same_end(bench: Bench, a_run: Callable[..., RunFolder], run: RunFolder) -> None:
    calm = a_run("calm")
    assert _perform(bench, calm) == 0
    wanted, found = (checkpoint.load(checkpoint.checkpoint_path(each.checkpoints, 30)).part(MODEL)
                     for each in (calm, run))
    for name, tensor in wanted.items():
        np.testing.assert_array_equal(found[name], tensor, err_msg=name)
    series, undisturbed = (series_of(read_events(each.log)) for each in (run, calm))
    assert [check.loss for check in series.validations] == [check.loss for check in undisturbed.validations]


@pytest.mark.parametrize("number", NUMBERS, ids=errno.errorcode.__getitem__)
@pytest.mark.parametrize("which", [{"log": True, "whole_files": True}, {"log": True, "whole_files": False},
                                   {"log": False, "whole_files": True}], ids=["all", "log", "checkpoints"])
def test_a_disk_that_fails_pauses_the_run_which_ends_with_the_same_bits(
        bench: Bench, a_run: Callable[..., RunFolder], disk: Disk, number: int, which: dict[str, bool]) -> None:
    run = a_run("disturbed")
    assert _perform(bench, run, _mending(run, disk, _at_step(5), number, **which)) == 0
    notice, paused, continued = (_of(run, kind)[0] for kind in (Notice, Paused, Continued))
    assert notice.code == "not-saved" and notice.values["megabytes"] >= 1 and "{megabytes} MB" in notice.text
    words = {errno.ENOSPC: "is full", errno.EIO: "reports an error", errno.EROFS: "read-only"}[number]
    assert words in notice.text and notice.values["saved"] <= notice.values["step"] == paused.step == continued.step
    assert _of(run, JobEnded)[-1].status == "done"
    assert not list(run.path.glob("reserve"))
    _check_same_end(bench, a_run, run)


@pytest.mark.parametrize("why", ["last", "best", "stop"])
@pytest.mark.parametrize("number", NUMBERS, ids=errno.errorcode.__getitem__)
def test_the_last_the_best_and_the_one_at_a_stop_wait_for_the_disk_too(
        bench: Bench, new_run: Callable[..., RunFolder], number: int, why: str,
        monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(descent, "LOOK_SECONDS", 0.001)
    run, failures = new_run(), [2]

    def save(path: Path, snapshot: checkpoint.Checkpoint) -> int:
        if snapshot.state["why"] == why and failures[0]:
            failures[0] -= 1
            error = OSError(number, os.strerror(number))
            raise storage.as_engine_error(error, path) from error
        return checkpoint.save(path, snapshot)

    job = Job(run, "train")
    events: list[Event] = []
    lesson = bench.lesson(run.checkpoints, bench.course(validate_every=30 if why == "last" else 10),
                          writer=CheckpointWriter(run.checkpoints, save))
    with contextlib.suppress(Stopped):
        for event in descent.descend(lesson, job):
            events.append(event)
            if isinstance(event, StepDone) and why == "stop" and not job.stops_asked:
                job.stop()
            if isinstance(event, Paused):
                run.inbox.drop(Command("resume"))
    saved = [event for event in events if isinstance(event, CheckpointSaved) and event.why == why]
    assert saved and all(checkpoint.is_whole(run.checkpoints / event.file) or why == "best" for event in saved)
    assert failures == [0] and isinstance(events[-1], CheckpointSaved)
    told = [event.code for event in events if isinstance(event, Notice)]
    assert told == (["not-saved", "not-saved"] if why == "best" else ["not-saved", "save-tried-again"])


@pytest.mark.parametrize("number", NUMBERS, ids=errno.errorcode.__getitem__)
def test_a_model_that_only_counts_waits_for_the_disk_too(bench: Bench, a_run: Callable[..., RunFolder], disk: Disk,
                                                         number: int) -> None:
    run = a_run("counted", model=NGramSpec(order=3))
    broken = _mending(run, disk, lambda event: isinstance(event, Validated), number, log=False)
    assert _perform(bench, run, broken) == 0
    assert "not-saved" in [event.code for event in _of(run, Notice)] and _of(run, JobEnded)[-1].status == "done"
    calm = a_run("calm", model=NGramSpec(order=3))
    assert _perform(bench, calm) == 0
    wanted, found = (checkpoint.load(checkpoint.checkpoint_path(each.checkpoints, 1)).part(MODEL)
                     for each in (calm, run))
    assert all(np.array_equal(found[name], tensor) for name, tensor in wanted.items())


def test_a_stop_waits_for_the_disk_and_saves(bench: Bench, a_run: Callable[..., RunFolder], disk: Disk,
                                             monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(descent, "_TRY_AGAIN_SECONDS", 0.05)  # nobody presses Continue: it tries by itself
    run = a_run("disturbed")

    def listen(job: Job) -> Listen:
        def hear(event: Event) -> None:
            if isinstance(event, StepDone) and event.step == 7 and not job.stops_asked:
                disk.breaks(errno.ENOSPC, log=False)
                job.stop()
            if isinstance(event, Paused):
                disk.number = 0

        return hear

    assert _perform(bench, run, listen) == 3
    assert _of(run, CheckpointSaved)[-1].why == "stop" and run.status() == "stopped"
    assert _perform(bench, run, resume=True) == 0
    _check_same_end(bench, a_run, run)


def test_a_second_stop_ends_without_saving_and_says_what_is_safe(bench: Bench, a_run: Callable[..., RunFolder],
                                                                 disk: Disk) -> None:
    run = a_run("disturbed")

    def listen(job: Job) -> Listen:
        def hear(event: Event) -> None:
            if isinstance(event, StepDone) and event.step == 12 and not job.stops_asked:
                disk.breaks(errno.EROFS, log=False)
                job.stop()
            if isinstance(event, Paused):
                job.stop()

        return hear

    assert _perform(bench, run, listen) == 2
    disk.number = 0
    ended = _of(run, JobEnded)[-1]
    last = checkpoint.last(run.checkpoints)
    assert last is not None and f"Everything up to step {last.step} is saved." == ended.expected
    assert "before that could be saved" in ended.what
    assert _perform(bench, run, resume=True) == 0
    _check_same_end(bench, a_run, run)


def test_a_log_that_no_fsync_made_durable_is_written_anew(tmp_path: Path, disk: Disk) -> None:
    log = storage.LineLog(tmp_path / "log")
    log.append([{"a": 1}])
    disk.breaks(errno.EIO, log=False)
    with pytest.raises(Exception, match="could not be written"):
        log.append([{"a": 2}], durable=True)
    before = os.stat(tmp_path / "log").st_ino
    disk.number = 0
    log.append([{"a": 3}])
    log.close()
    assert (tmp_path / "log").read_text() == '{"a": 1}\n{"a": 2}\n{"a": 3}\n'
    assert os.stat(tmp_path / "log").st_ino != before and not log.is_behind


def test_a_line_of_which_only_a_part_was_taken_is_written_once_and_whole(tmp_path: Path,
                                                                         monkeypatch: pytest.MonkeyPatch) -> None:
    room = [20]

    def little_by_little(file: Any, content: bytes) -> int:
        taken = content[:min(7, room[0])]
        if not taken:
            raise OSError(errno.ENOSPC, "No space left on device")
        room[0] -= len(taken)
        return int(file.write(taken))

    monkeypatch.setattr(storage, "_write_some", little_by_little)
    log = storage.LineLog(tmp_path / "log")
    with pytest.raises(Exception, match="disk is full"):
        log.append([{"a": number} for number in range(5)])
    assert (tmp_path / "log").read_text()[:18] == '{"a": 0}\n{"a": 1}\n'
    room[0] = 10_000
    log.append([{"a": 5}])
    log.close()
    assert (tmp_path / "log").read_text() == "".join(f'{{"a": {number}}}\n' for number in range(6))


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    place = tmp_path / "disk"
    place.mkdir()
    mount = shutil.which("mount")
    if mount is None or subprocess.run([mount, "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(place)],
                                       capture_output=True, check=False).returncode:
        pytest.skip("only root can mount a small disk, and not everywhere")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def test_a_truly_full_disk_is_told_in_the_log_and_the_run_goes_on_when_there_is_room(
        bench: Bench, a_run: Callable[..., RunFolder], small_disk: Path) -> None:
    run = RunFolder(Path(shutil.copytree(a_run("disturbed").path, small_disk / "run")))
    ballast = small_disk / "ballast"

    def listen(job: Job) -> Listen:
        def hear(event: Event) -> None:
            if isinstance(event, StepDone) and event.step == 5:
                with open(ballast, "wb") as file:
                    file.write(bytes(shutil.disk_usage(small_disk).free))
            if isinstance(event, Paused):
                assert isinstance(read_events(run.log)[-1], Paused), "the log must tell of the pause while it is full"
                ballast.unlink(missing_ok=True)
                run.inbox.drop(Command("resume"))

        return hear

    assert _perform(bench, run, listen) == 0
    notice = _of(run, Notice)[0]
    assert "disk is full" in notice.text and notice.step >= 5
    assert [event.stage for event in _of(run, StageStarted)] == ["plan", "train", "check"]
    assert shutil.disk_usage(small_disk).free > RESERVE_BYTES
    _check_same_end(bench, a_run, run)
