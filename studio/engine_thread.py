"""The bridge from a job to the window: one thread a job, events one way, commands the other."""

from __future__ import annotations

import contextlib
import queue
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil
from PySide6.QtCore import QThread, Signal

from engine.errors import EngineError
from engine.events import Event, JobEnded, JobStarted
from engine.runs.folder import RunFolder
from engine.runs.inbox import Command
from engine.runs.log import LogReader
from engine.storage import as_engine_error, is_alive
from studio import engine_process
from studio.guard import guarded

BATCHES_A_SECOND = 30
STOP_PATIENCE_SECONDS = 30.0
"""A job that was asked to stop may be silent for so long; then it is ended from outside."""

_HISTORY_BYTES = 1 << 20
_LIVE_BYTES = 1 << 18
_EXIT_PATIENCE_SECONDS = 15.0
_KILL_PATIENCE_SECONDS = 5.0


@dataclass(frozen=True)
class Launch:
    """How to start a job: `folder` makes or finds its run folder, `command` gives the command line for it.

    Both are called in the thread, so that a slow disk does not hold up the window.
    """

    folder: Callable[[], RunFolder]
    command: Callable[[RunFolder], list[str]]
    environment: dict[str, str]
    give_way: bool = True


class EngineThread(QThread):
    """One engine job: starts its process or attaches to a living one, follows its log, passes on commands."""

    opened = Signal(object)    # the RunFolder, before the first event
    happened = Signal(list)    # engine.events.Event, in order, at most 30 batches a second
    ended = Signal(object)     # engine.events.JobEnded, exactly once, even if the child dies without a word

    def __init__(self, job: Launch | RunFolder) -> None:
        """A Launch is started; a RunFolder is one whose process lives already."""
        super().__init__()
        self._job = job
        self._child: subprocess.Popen[bytes] | None = None
        self._process_id: int | None = None
        self._wishes: queue.SimpleQueue[Command] = queue.SimpleQueue()
        self._stir = threading.Event()
        self._is_let_go = False
        self._stop_asked_at: float | None = None
        self._patience = STOP_PATIENCE_SECONDS
        self._has_begun = False
        self._last_word: JobEnded | None = None
        self._last_heard = time.monotonic()
        self.is_stopping = False
        """Whether the job was asked to stop."""

    def ask(self, command: Command) -> None:
        """Pass a command on; one that comes before the job listens waits for it."""
        self._wishes.put(command)
        self._stir.set()

    def stop(self, patience_seconds: float = STOP_PATIENCE_SECONDS) -> None:
        """Ask the job to save and stop; one that is silent for so long after that is ended from outside."""
        if not self.is_stopping:
            self.ask(Command("stop"))
        self.is_stopping = True
        self._patience = patience_seconds
        self._stop_asked_at = self._stop_asked_at or time.monotonic()

    def let_go(self) -> None:
        """Stop following; the job goes on by itself and `ended` will not be emitted."""
        self._is_let_go = True
        self._stir.set()

    def silent_seconds(self) -> float:
        """How long nothing was heard of the job."""
        return time.monotonic() - self._last_heard

    @guarded()
    def run(self) -> None:
        """Start, follow to the end, say the last word."""
        word = JobEnded(status="failed", what="The job can no longer be followed.",
                        expected="It may go on by itself; what was saved is safe.", fix="Open the project again.")
        try:
            run = self._begin()
            self._follow(run)
            word = self._last_word or self._silent_death(run)
        except EngineError as error:
            word = JobEnded(status="failed", what=error.what, expected=error.expected, fix=error.fix)
        except OSError as error:
            words = as_engine_error(error, Path(str(error.filename or "python")))
            word = JobEnded(status="failed", what=words.what, expected=words.expected, fix=words.fix)
        finally:
            if not self._is_let_go:
                self.ended.emit(word)
        self._see_out()

    def _begin(self) -> RunFolder:
        if isinstance(self._job, RunFolder):
            self._reader = LogReader(self._job.log)
            self._process_id = self._job.lock.holder() or None
            self.opened.emit(self._job)
            return self._job
        run = self._job.folder()
        self._reader = LogReader(run.log)
        self.opened.emit(run)
        while not self._is_let_go and self._pass_on(_HISTORY_BYTES):  # an earlier life, before the new one writes
            self._stir.wait(1 / BATCHES_A_SECOND)
        self._has_begun, self._last_word = False, None
        self._last_heard = time.monotonic()
        if self.is_stopping:
            self._last_word = JobEnded(status="stopped")
        elif not self._is_let_go:
            self._child = engine_process.start(self._job.command(run), run.output, self._job.environment,
                                               self._job.give_way)
            self._process_id = self._child.pid
        return run

    def _follow(self, run: RunFolder) -> None:
        was_not_started = self._child is None and isinstance(self._job, Launch)
        while not (self._is_let_go or was_not_started):
            lives = self._lives(run)  # asked before reading, so that nothing said last is missed
            heard = self._pass_on(_LIVE_BYTES)
            if not heard and (not lives or (self._last_word is not None and not run.is_running())):
                return
            if self._has_begun:
                self._deliver(run)
            if lives:
                self._end_what_does_not_stop(run)
            self._stir.wait(1 / BATCHES_A_SECOND)
            self._stir.clear()
        if self.is_stopping and not self._wishes.empty():  # let go before the job could hear that it should stop
            if self._has_begun:
                self._deliver(run)
            else:
                self._end(kill=False)

    def _pass_on(self, limit_bytes: int) -> bool:
        try:
            events = self._reader.read(limit_bytes)
        except OSError:  # the folder is out of reach for the moment, or for good: the process will tell
            return False
        for event in events:
            if isinstance(event, JobStarted):
                self._has_begun, self._last_word = True, None
                self._process_id = event.process if self._child is None else self._process_id
            elif isinstance(event, JobEnded):
                self._last_word = event
        if events:
            self._last_heard = time.monotonic()
            self.happened.emit(list[Event](events))
        return bool(events)

    def _lives(self, run: RunFolder) -> bool:
        return self._child.poll() is None if self._child is not None else run.is_running()

    def _deliver(self, run: RunFolder) -> None:
        while not self._wishes.empty():
            try:
                run.inbox.drop(self._wishes.get_nowait())
            except (EngineError, OSError):  # a full disk: a stop must get through all the same
                if self.is_stopping:
                    self._end(kill=False)

    def _end_what_does_not_stop(self, run: RunFolder) -> None:
        if self._stop_asked_at is not None:
            silent = time.monotonic() - max(self._stop_asked_at, self._last_heard)
            if silent > self._patience:
                self._end(kill=silent > self._patience + _KILL_PATIENCE_SECONDS or not self._has_begun)

    def _see_out(self) -> None:
        """Wait for the process to leave after its last word; one that hangs there is killed."""
        child, deadline = self._child, time.monotonic() + _EXIT_PATIENCE_SECONDS
        while child is not None and child.poll() is None and not self._is_let_go:
            if time.monotonic() > deadline:
                self._end(kill=True)
            self._stir.wait(0.1)
            self._stir.clear()

    def _end(self, kill: bool) -> None:
        """Signal the process; SIGTERM is heard by the job as a stop, killing cannot be refused."""
        if self._process_id is None or not is_alive(self._process_id):
            return
        with contextlib.suppress(psutil.Error):
            process = psutil.Process(self._process_id)
            if kill:
                process.kill()
            else:
                process.terminate()

    def _silent_death(self, run: RunFolder) -> JobEnded:
        code = self._child.poll() if self._child is not None else None
        if self.is_stopping:
            return JobEnded(status="stopped", what="The job did not stop by itself and was ended.",
                            expected="What was saved before is safe.")
        what = "The engine ended without a word." if code is None else f"The engine ended without a word (code {code})."
        fix = ("The system may have ended it for want of memory: choose a smaller model or batch, then continue."
               if code == -9 else "Start it again, or continue the run from its last checkpoint.")
        return JobEnded(status="failed", what=what, expected="What was saved before is safe.", fix=fix,
                        details=run.last_output())
