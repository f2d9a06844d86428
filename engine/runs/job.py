"""One job at work in its folder: holds the lock, writes the log, hears the inbox, and always says a last word."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import signal
import threading
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

from engine import __version__
from engine.errors import EngineError
from engine.events import CheckpointSaved, Continued, Event, JobEnded, JobStarted, Notice, Paused, StepDone
from engine.runs.faults import fault_notice
from engine.runs.folder import RunFolder
from engine.runs.inbox import Command
from engine.runs.log import RESERVE_BYTES, LogWriter
from engine.work import Stopped, Work

DONE, BUG, USER_ERROR, STOPPED = 0, 1, 2, 3
"""Exit codes of every verb."""

LOOK_SECONDS = 0.1
"""A job that waits looks so often whether it is told to go on."""

Body = Callable[["Job"], dict[str, Any] | None]


class Job(Work):
    """The `Work` of a job that runs in a folder of its own.

    `since` is the job time (seconds) at which a continued job goes on. Commands other than stop wait in `commands`
    for the body to `take`; a stop is heard by `is_stopping`, at most 20 times a second.

    A training whose log can't be written waits, with everything in memory, until it is told to go on; other jobs,
    whose results are made again in a moment, raise EngineError.
    """

    def __init__(self, run: RunFolder, verb: str, echo: Callable[[Event], None] | None = None,
                 since: float = 0.0) -> None:
        super().__init__(self._report, self._is_stopping)
        self.run = run
        self.verb = verb
        self._echo = echo
        self._since = since
        self._began = time.monotonic()
        self._paused_at: float | None = None
        self._commands: list[Command] = []
        self._stop = threading.Event()
        self._is_faulted = False
        self._step = self._saved = self._saved_bytes = 0
        self.stops_asked = 0
        """How often a stop was asked for: a second time means without saving, where the first could not save."""
        self._last_look = self._last_try = float("-inf")
        self._log: LogWriter | None = None
        self._writing = threading.Lock()

    def seconds(self) -> float:
        """Job time: seconds of work, over all lives of the job, without pauses."""
        until = self._paused_at if self._paused_at is not None else time.monotonic()
        return self._since + until - self._began

    def go_on_from(self, seconds: float) -> None:
        """Set the job time, when the body learns how long its earlier life had worked."""
        self._since = seconds
        self._began = time.monotonic()

    def take(self) -> list[Command]:
        """Commands that came in since the last call, stop left out."""
        self._look()
        taken, self._commands = self._commands, []
        return taken

    def stop(self) -> None:
        """Ask this job to stop, as the inbox or a signal would."""
        self.stops_asked += 1
        self._stop.set()

    def _is_stopping(self) -> bool:
        if time.monotonic() - self._last_look > 0.05:
            self._look()
        return self._stop.is_set()

    def _look(self) -> None:
        self._last_look = time.monotonic()
        for command in self.run.inbox.take():
            if command.name == "stop":
                self.stop()
            else:
                self._commands.append(command)

    def _report(self, event: Event) -> None:
        with self._writing:
            if isinstance(event, Paused):
                self._paused_at = self._paused_at or time.monotonic()
            elif isinstance(event, Continued) and self._paused_at is not None:
                self._began += time.monotonic() - self._paused_at
                self._paused_at = None
            if event.seconds == 0.0:
                event = dataclasses.replace(event, seconds=round(self.seconds(), 4))
            self._note(event)
            failed = self._write(event)
            self._tell(event)
        if failed is not None and not self._is_faulted:
            self._wait(failed)

    def _write(self, event: Event) -> EngineError | None:
        """Append to the log; gives the error that a training waits for, and raises it for other jobs."""
        if self._log is None:
            return None
        try:
            self._log.append(event)
        except EngineError as error:
            if self.verb != "train":
                raise
            if not isinstance(event, JobEnded):
                return error
            self._log.spend_reserve()
            with contextlib.suppress(EngineError):  # the last word waits for nobody: without it the run is cut off
                self._log.append()
        return None

    def _tell(self, event: Event) -> None:
        if self._echo is None:
            return
        try:
            self._echo(event)
        except OSError:  # whoever listened is gone, or its disk is full: the log has it all
            self._echo = None

    def _note(self, event: Event) -> None:
        """Keep in mind what must be said when the disk fails."""
        if isinstance(event, StepDone):
            self._step = event.step
        elif isinstance(event, CheckpointSaved):
            self._saved, self._saved_bytes = event.step, event.size_bytes
        elif isinstance(event, Continued) and event.after_restart:
            self._step = self._saved = event.step

    # a disk that fails

    def fault(self, error: EngineError, needed_bytes: int = 0) -> Notice:
        """Begin to wait for the disk: gives the notice for the user. From here on nothing that is said waits."""
        self._is_faulted = True
        if self._log is not None:
            self._log.spend_reserve()
        needed = max(needed_bytes, self._saved_bytes) + RESERVE_BYTES
        return fault_notice(error, self.run.path, self._step, self._saved, needed)

    def mended(self) -> EngineError | None:
        """Go on after a fault: write what could not be written; gives the error if the disk still fails."""
        try:
            if self._log is not None:
                self._log.append()
                self._log.fill_reserve()
        except EngineError as error:
            return error
        self._is_faulted = False
        return None

    def until_written(self, write: Callable[[], None], needed_bytes: int = 0) -> None:
        """Write something, waiting for the disk where it fails; given up when a stop is asked for, as that hurries."""
        while True:
            try:
                return write()
            except EngineError as error:
                if not isinstance(error.__cause__, OSError):
                    raise
                if not self._wait(error, needed_bytes):
                    return None

    def _wait(self, error: EngineError | None, needed_bytes: int = 0) -> bool:
        """Wait until told to go on and the log can be written; False when a stop was asked for instead."""
        while error is not None:
            self.report(self.fault(error, needed_bytes))
            self.report(Paused(step=self._step))
            if not self._is_told_to_go_on():
                return False
            self.report(Continued(step=self._step, after_restart=False))
            error = self.mended()
        return True

    def _is_told_to_go_on(self) -> bool:
        while not self.is_stopping():
            told = next((command for command in self._commands if command.name == "resume"), None)
            if told is not None:
                self._commands.remove(told)
                return True
            time.sleep(LOOK_SECONDS)
            self.catch_up()
        return False

    def catch_up(self) -> None:
        """Try again, about once a second, to write what waits, so that a reader learns of the fault."""
        if self._log is not None and self._log.is_behind and time.monotonic() - self._last_try > 1:
            self._last_try = time.monotonic()
            with contextlib.suppress(EngineError):
                self._log.append()

    def perform(self, body: Body, threads: int = 0, device: str = "cpu") -> int:
        """Run the body to its end; returns the exit code. Raises EngineError only when the folder is in use."""
        if not self.run.lock.try_lock():
            raise EngineError(f"{self.run.name} is running already (process {self.run.lock.holder()}).",
                              "A run is written by one process at a time.", "Stop it first, or start another run.")
        previous = self._catch_signals()
        try:
            self.run.inbox.clear()
            self._log = LogWriter(self.run.log, reserve=self.verb == "train")
            self.report(JobStarted(verb=self.verb, process=os.getpid(), time=time.time(), version=__version__,
                                   threads=threads, device=device))
            return self._perform(body)
        finally:
            for number, handler in previous.items():
                signal.signal(number, handler)
            if self._log is not None:
                self._log.close()
                self._log = None
            self.run.lock.unlock()

    def _perform(self, body: Body) -> int:
        try:
            summary = body(self) or {}
        except Stopped:
            self.report(JobEnded(status="stopped"))
            return STOPPED
        except EngineError as error:
            self.report(JobEnded(status="failed", what=error.what, expected=error.expected, fix=error.fix,
                                 details=".".join(error.path)))
            return USER_ERROR
        except MemoryError:
            self.report(JobEnded(status="failed", what="This machine ran out of memory.",
                                 expected="What was saved before is safe.",
                                 fix="Choose a smaller model or batch, or close other programs."))
            return USER_ERROR
        except Exception:  # the edge: a bug must leave its trace in the log, not only on a lost screen
            self.report(JobEnded(status="failed", what="Wenlu has a fault in itself.",
                                 expected="What was saved before is safe.", fix="Send the details to its makers.",
                                 details=traceback.format_exc()))
            return BUG
        self.report(JobEnded(status="done", summary=summary))
        return DONE

    def _catch_signals(self) -> dict[int, Any]:
        if threading.current_thread() is not threading.main_thread():
            return {}

        def on_signal(number: int, frame: FrameType | None) -> None:
            if self._stop.is_set() and number == signal.SIGINT:
                raise KeyboardInterrupt
            self.stop()

        numbers = [signal.SIGINT, signal.SIGTERM] + ([signal.SIGHUP] if hasattr(signal, "SIGHUP") else [])
        return {number: signal.signal(number, on_signal) for number in numbers}


def job_folder(jobs: Path, verb: str, settings: dict[str, Any]) -> RunFolder:
    """A fresh folder for a job that is no training run; the ten newest of its verb are kept."""
    import shutil

    from engine.runs.folder import next_name

    jobs.mkdir(parents=True, exist_ok=True)
    run = RunFolder.create(jobs / next_name(jobs, verb), settings)
    older = sorted(jobs.glob(f"{verb}-*"), key=lambda path: int(path.name.rpartition("-")[2] or 0))[:-10]
    for path in older:
        if not RunFolder(path).is_running():
            shutil.rmtree(path, ignore_errors=True)
    return run
