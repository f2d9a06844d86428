"""Reading files in processes of their own, so that one that breaks its reader breaks nothing else.

Files that are not plain text are opened by child processes with limits of memory, time and output. Several read ahead
at once; what they read comes in the order of the files, and is the same however many there are.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, NamedTuple, cast

import psutil

import engine
from engine.corpora import frames, reasons
from engine.corpora.document import Document, Skipped
from engine.corpora.files import InputFile, ReadOptions, open_file
from engine.corpora.reader import Readers, read_input
from engine.work import Work

_ROOT = Path(engine.__file__).resolve().parents[1]
_POLL_SECONDS = 0.05
_WEIGH_SECONDS = 0.2
_START_SECONDS = 60.0
_FILES_A_CHILD = 2000
_FILES_AT_ONCE = 8
_MOST_TRIES = 20
"""How many files inside one file may break a process before the rest of that file is given up."""
_TASK_BYTES = 8 << 20
_AHEAD_BYTES = 32 << 20
"""How much may be read of one file, and of all files after the first, before somebody takes it."""


@dataclass(frozen=True)
class Limits:
    """What a reading process may use.

    `silent_seconds`: time without a sign of progress. `text_ratio`: bytes of text for a byte of the file, beyond the
    first `free_text_bytes`. `processes`: None takes the machine's cores, at most eight and what half its memory allows.
    """

    memory_bytes: int = 1 << 30
    silent_seconds: float = 10.0
    text_ratio: int = 300
    free_text_bytes: int = 256 << 20
    processes: int | None = None


class FileToRead(NamedTuple):
    """A file, and the name that its documents get."""

    path: Path
    name: str


def read_files(files: Iterable[FileToRead | Skipped], options: ReadOptions, work: Work,
               limits: Limits = Limits()) -> Iterator[Document | Skipped]:
    """The documents of files in their order, and what could not be read, with reasons. Raises Stopped."""
    pool = _Pool(options, limits)
    try:
        yield from _in_order(files, options, pool, work)
    finally:
        pool.close()


def _in_order(files: Iterable[FileToRead | Skipped], options: ReadOptions, pool: _Pool,
              work: Work) -> Iterator[Document | Skipped]:
    readers, source = Readers(), iter(files)
    ahead: deque[Skipped | InputFile | _Task] = deque()
    more = True
    while more or ahead:
        while more and len(ahead) < 1 + pool.ahead:
            work.check()
            found = next(source, None)
            if found is None:
                more = False
                break
            ahead.append(_sorted(found, options, readers, pool))
        if not ahead:
            return
        first = ahead.popleft()
        if isinstance(first, Skipped):
            yield first
        elif isinstance(first, _Task):
            yield from pool.results(first, work)
        else:
            with first as file:
                for each in read_input(file, readers):
                    work.check()
                    yield each


def _sorted(found: FileToRead | Skipped, options: ReadOptions, readers: Readers,
            pool: _Pool) -> Skipped | InputFile | _Task:
    """A file to read here, or the task for another process."""
    if isinstance(found, Skipped):
        return found
    opened = open_file(found.path, found.name, options)
    if isinstance(opened, Skipped):
        return opened
    try:
        if readers.may_read_here(opened):
            return opened
    except OSError:
        pass  # said by whoever reads it
    opened.close()
    return pool.begin(found, opened.size_bytes or 0)


@dataclass(eq=False)
class _Task:
    """A file that another process reads: what came of it so far, and what it told before it broke."""

    file: FileToRead
    size_bytes: int
    came: list[Document | Skipped] = field(default_factory=list)
    came_bytes: int = 0
    failed: reasons.Reason | None = None
    done: bool = False
    received: int = 0
    entered: str = ""
    before_entered: int = 0
    broken: list[tuple[str, reasons.Reason]] = field(default_factory=list)

    def request(self, options: dict[str, object]) -> dict[str, object]:
        """What to ask of a process; after a break, to go on where it broke."""
        return {"path": str(self.file.path.absolute()), "name": self.file.name, "options": options,
                "past": self.before_entered if self.broken else 0, "broken": self.broken}

    def leave_out(self, reason: reasons.Reason) -> bool:
        """Go on without the file inside that was entered last; False where there was none, or too many were."""
        if not self.entered or len(self.broken) >= _MOST_TRIES:
            return False
        if reason == reasons.SWOLLEN:
            return False
        self.broken.append((self.entered, reason))
        self.received = self.before_entered
        self.entered = ""
        return True


class _Child:
    """A reading process. `silent_since` is when the wait for its next frame began; None while nobody waits."""

    def __init__(self, limits: Limits) -> None:
        surroundings = {**os.environ, "PYTHONUTF8": "1",
                        "PYTHONPATH": os.pathsep.join(filter(None, (str(_ROOT), os.environ.get("PYTHONPATH"))))}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "engine.corpora.isolated_child"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, cwd=_ROOT, env=surroundings,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0))
        self._requests, self._answers = cast(BinaryIO, self._process.stdin), cast(BinaryIO, self._process.stdout)
        self.silent_since: float | None = None
        self.killed_for: reasons.Reason | None = None
        self.is_ready = False
        self.files = 0
        self.ask({"memory_bytes": limits.memory_bytes})

    def ask(self, request: dict[str, object]) -> None:
        """Send a request; that the process is gone is noticed when its answer is waited for."""
        with contextlib.suppress(OSError):
            frames.write(self._requests, frames.Kind.REQUEST, request)

    def next_frame(self) -> frames.Frame | None:
        """The next frame; None when the process is gone."""
        self.silent_since = time.monotonic()
        frame = frames.read(self._answers)
        self.silent_since = None
        return frame

    def memory(self) -> int:
        """Bytes of memory in use; 0 once it is gone."""
        try:
            return int(psutil.Process(self._process.pid).memory_info().rss)
        except psutil.Error:
            return 0

    def kill(self, reason: reasons.Reason | None = None) -> None:
        """End it at once."""
        self.killed_for = self.killed_for or reason
        self._process.kill()

    def close(self) -> None:
        """End it and let go of its pipes."""
        self._process.kill()
        self._process.wait()
        for stream in (self._requests, self._answers):
            with contextlib.suppress(OSError):
                stream.close()


class _Pool:
    """Threads that each serve tasks with a reading process; they start when there is something to do."""

    def __init__(self, options: ReadOptions, limits: Limits) -> None:
        self._options = {each.name: getattr(options, each.name) for each in dataclasses.fields(options)
                         if each.name != "watcher"}
        self._limits = limits
        self._most = limits.processes or _fitting(limits.memory_bytes)
        self._changed = threading.Condition()
        self._waiting: deque[_Task] = deque()
        self._threads: list[threading.Thread] = []
        self._children: set[_Child] = set()
        self._idle = 0
        self._ahead_bytes = 0
        self._first: _Task | None = None
        self._closing = False
        self._watched = self._weighed = self._watching_since = time.monotonic()

    @property
    def ahead(self) -> int:
        """How many files to look ahead."""
        return 4 * _FILES_AT_ONCE * self._most

    def begin(self, file: FileToRead, size_bytes: int) -> _Task:
        """Have a file read; see `results`."""
        task = _Task(file, size_bytes)
        with self._changed:
            self._waiting.append(task)
            if self._idle < len(self._waiting) and len(self._threads) < self._most:
                thread = threading.Thread(target=self._serve, name="reading", daemon=True)
                self._threads.append(thread)
                thread.start()
            self._changed.notify_all()
        return task

    def results(self, task: _Task, work: Work) -> Iterator[Document | Skipped]:
        """What was read of a file, as it comes; also watches over all processes. Raises Stopped."""
        with self._changed:
            self._first = task
            self._changed.notify_all()
        is_over = False
        while not is_over:
            work.check()
            self._watch()
            with self._changed:
                if not task.came and not task.done:
                    self._changed.wait(_POLL_SECONDS)
                came, task.came = task.came, []
                self._ahead_bytes -= task.came_bytes
                task.came_bytes = 0
                is_over = task.done
                self._changed.notify_all()
            for found in came:
                yield found
                work.check()
        if task.failed is not None:
            yield task.failed.of(task.file.name)

    def close(self) -> None:
        """End all processes and threads."""
        with self._changed:
            self._closing = True
            for child in self._children:
                child.kill()
            self._changed.notify_all()
        for thread in self._threads:
            thread.join()

    def _watch(self) -> None:
        """End processes that came to a halt or grew too large."""
        now = time.monotonic()
        if now - self._watched > 2:  # time in which nobody watched, as when the machine slept, counts for nothing
            self._watching_since = now
        self._watched = now
        weigh = now - self._weighed > _WEIGH_SECONDS
        self._weighed = now if weigh else self._weighed
        for child in list(self._children):
            since = child.silent_since
            if since is None:
                continue
            silent = now - max(since, self._watching_since)
            if silent > (self._limits.silent_seconds if child.is_ready else _START_SECONDS):
                child.kill(reasons.NO_PROGRESS)
            elif weigh and child.memory() > 1.2 * self._limits.memory_bytes:
                child.kill(reasons.TOO_MUCH_MEMORY)

    def _serve(self) -> None:
        """The life of a thread: tasks, a few at a time, with a process that is replaced when it breaks."""
        child: _Child | None = None
        while tasks := self._next():
            while tasks:
                with contextlib.suppress(OSError):  # the system has no room for another process
                    child = child or self._born()
                if not self._read_all(child, tasks) or (child is not None and self._is_used_up(child)):
                    self._buried(child)
                    child = None
        self._buried(child)

    def _next(self) -> deque[_Task]:
        """The next tasks for one process: several, as long as there are enough for all; none at the end."""
        with self._changed:
            self._idle += 1
            while not self._waiting and not self._closing:
                self._changed.wait()
            self._idle -= 1
            count = 0 if self._closing else min(_FILES_AT_ONCE, -(-len(self._waiting) // self._most))
            return deque(self._waiting.popleft() for _ in range(count))

    def _read_all(self, child: _Child | None, tasks: deque[_Task]) -> bool:
        """Do tasks in their order, up to one that breaks the process; whether none did."""
        if child is not None:
            for task in tasks:
                child.ask(task.request(self._options))
        while tasks:
            task = tasks[0]
            reason = self._read(child, task) if child else reasons.CRASHED
            with self._changed:
                if reason is None or self._closing or not task.leave_out(reason):
                    task.failed, task.done = reason, True
                    tasks.popleft()
                self._changed.notify_all()
            if reason is not None:
                return False
        return True

    def _born(self) -> _Child:
        child = _Child(self._limits)
        with self._changed:
            self._children.add(child)
            if self._closing:
                child.kill()
        child.is_ready = child.next_frame() is not None
        return child

    def _is_used_up(self, child: _Child) -> bool:
        """Whether to go on with a new process, lest what libraries leak adds up."""
        return child.files >= _FILES_A_CHILD or child.memory() > self._limits.memory_bytes // 2

    def _buried(self, child: _Child | None) -> None:
        if child is None:
            return
        with self._changed:
            self._children.discard(child)
        child.close()

    def _read(self, child: _Child, task: _Task) -> reasons.Reason | None:
        """Have a process read a file; the reason why it did not come to its end, if so."""
        child.files += 1
        allowed = self._limits.free_text_bytes + self._limits.text_ratio * task.size_bytes
        while (frame := child.next_frame()) is not None:
            allowed -= len(frame.content)
            if allowed < 0:
                return reasons.SWOLLEN
            try:
                if frame.kind == frames.Kind.ENTERS:
                    task.entered, task.before_entered = str(frame.value()), task.received
                elif frame.things:
                    self._take(task, [frames.from_item(item) for item in frame.value()], len(frame.content))
            except (ValueError, TypeError, LookupError):
                return reasons.CRASHED
            if frame.kind == frames.Kind.LAST:
                return None
        return child.killed_for or reasons.CRASHED

    def _take(self, task: _Task, found: list[Document | Skipped], size_bytes: int) -> None:
        """Keep what was read for whoever takes the results, and wait as long as too much is kept."""
        with self._changed:
            while not self._closing and task.came and (
                    task.came_bytes > _TASK_BYTES
                    or (self._ahead_bytes > _AHEAD_BYTES and self._first is not task)):
                self._changed.wait()
            task.received += len(found)
            task.came += found
            task.came_bytes += size_bytes
            self._ahead_bytes += size_bytes
            self._changed.notify_all()


def _fitting(memory_bytes: int) -> int:
    """How many processes to run: one for every core this one may use, as long as half the memory holds them."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(8, cores, int(psutil.virtual_memory().total) // (2 * memory_bytes)))
