"""The window's side of the process that works on texts: ask from any thread, wait, give up, start anew."""

from __future__ import annotations

import contextlib
import itertools
import json
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from queue import Empty, SimpleQueue
from typing import IO, Any

from engine.cleaning.step import CleaningStep
from engine.errors import EngineError
from engine.settings import member
from studio import engine_process
from studio.crash import FaultElsewhere
from studio.i18n import tr

GRACE_SECONDS = 0.5
"""A question that was called back may go on for so long before it costs the process its life."""
_LOOK_SECONDS = 0.03
_NICENESS = 5
"""Behind the window, before a training."""
_STEP_IN_TRACE = re.compile(r"cleaning[/\\]steps[/\\](\w+)\.py")


class CalledBack(Exception):  # noqa: N818  (no error: nobody waits for the answer any more)
    """The question was withdrawn."""


class TextProcess:
    """Starts the process at the first question, and again at the next one after it ended."""

    def __init__(self, command: list[str] | None = None) -> None:
        self._command = command or [sys.executable, "-m", "studio.texts"]
        self._starting = threading.Lock()
        self._child: _Child | None = None

    def ask(self, name: str, fields: Mapping[str, Any], is_cancelled: Callable[[], bool] = lambda: False) -> Any:
        """The answer as plain JSON values; waits for it, so never ask from the window's thread.

        Raises EngineError as the question does, or where it hung; CalledBack once `is_cancelled` says so.
        """
        deaths = 0
        while True:
            child = self._living()
            answer = child.ask(name, fields, is_cancelled)
            if answer is not None:
                return _checked(answer)
            trace = child.last_words()
            if "Timeout" in trace:
                raise _hung(trace)
            deaths += not child.was_killed
            if deaths > 1:
                raise EngineError(tr("The process that works on texts ended unexpectedly."),
                                  tr("Your project is safe."), tr("Try again; it starts anew."))

    def process_id(self) -> int | None:
        """The process that lives now, or None."""
        child = self._child
        return child.process.pid if child is not None and child.is_alive() else None

    def leave(self) -> None:
        """End the process; the next question starts another."""
        with self._starting:
            child, self._child = self._child, None
        if child is not None:
            child.kill()

    def _living(self) -> _Child:
        with self._starting:
            if self._child is None or not self._child.is_alive():
                self._child = _Child(self._command)
            return self._child


class _Child:
    """One process with the questions that are open in it."""

    def __init__(self, command: list[str]) -> None:
        self.was_killed = False
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115  (as long as the process)
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors,
            cwd=engine_process.ENGINE_ROOT, env=engine_process.environment(),
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0))
        self._questions: IO[bytes] = self.process.stdin  # type: ignore[assignment]  (they are pipes)
        self._answers: IO[bytes] = self.process.stdout  # type: ignore[assignment]
        engine_process.lower_priority(self.process.pid, _NICENESS)
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self._writing = threading.Lock()
        self._boxes: dict[int, SimpleQueue[dict[str, Any] | None]] = {}
        self._left: dict[int, float] = {}  # called back and not answered yet, since when
        self._is_open = True
        threading.Thread(target=self._listen, daemon=True, name="texts").start()

    def is_alive(self) -> bool:
        return self._is_open and self.process.poll() is None

    def ask(self, name: str, fields: Mapping[str, Any], is_cancelled: Callable[[], bool]) -> dict[str, Any] | None:
        """The answer, or None when the process ended before."""
        box: SimpleQueue[dict[str, Any] | None] = SimpleQueue()
        with self._lock:
            number = next(self._numbers)
            self._boxes[number] = box
            if not self._is_open:
                return None
        self._say({"id": number, "ask": name, "fields": dict(fields)})
        while True:
            try:
                return box.get(timeout=_LOOK_SECONDS)
            except Empty:
                if is_cancelled():
                    self._call_back(number)
                    raise CalledBack from None
                if self._is_held_up():
                    self.kill()

    def kill(self) -> None:
        """End it at once."""
        self.was_killed = True
        with contextlib.suppress(OSError):
            self.process.kill()
        self.process.wait()

    def last_words(self) -> str:
        """Where it stood when it ended itself; at most the last 20 000 bytes of its errors."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(1)
        self._errors.seek(0)
        return self._errors.read()[-20_000:].decode("utf-8", "replace")

    def _call_back(self, number: int) -> None:
        with self._lock:
            if number not in self._boxes:
                return
            self._left[number] = time.monotonic()
        self._say({"id": number, "cancel": True})

    def _is_held_up(self) -> bool:
        """Whether a question that nobody waits for keeps others waiting."""
        with self._lock:
            return any(time.monotonic() - since > GRACE_SECONDS for since in self._left.values())

    def _say(self, request: dict[str, Any]) -> None:
        line = json.dumps(request).encode("ascii") + b"\n"
        with self._writing, contextlib.suppress(OSError, ValueError):  # it ended: the listener tells
            self._questions.write(line)
            self._questions.flush()

    def _listen(self) -> None:
        for line in self._answers:
            answer = json.loads(line)
            with self._lock:
                box = self._boxes.pop(answer["id"], None)
                self._left.pop(answer["id"], None)
            if box is not None:
                box.put(answer)
        with self._lock:
            self._is_open = False
            boxes, self._boxes = list(self._boxes.values()), {}
        for box in boxes:
            box.put(None)
        self.process.wait()


def _checked(answer: Mapping[str, Any]) -> Any:
    if "error" in answer:
        raise EngineError(**answer["error"])
    if "fault" in answer:
        raise FaultElsewhere(answer["fault"])
    if "cancelled" in answer:
        raise CalledBack
    return answer["done"]


def _hung(trace: str) -> EngineError:
    what = tr("This took too long and was given up.")
    found = _STEP_IN_TRACE.search(trace)
    try:
        step = member(CleaningStep, found[1].replace("_", "-")) if found is not None else None
    except EngineError:
        step = None
    if step is None:
        return EngineError(what, tr("Your project is safe."))
    return EngineError(what, "", tr("“{step}” did not get through a document. Change its settings, or switch it off.",
                                    step=tr(step.title)))
