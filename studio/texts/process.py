"""The inside of the process: each question in a thread of its own, and an end for the one that hangs.

A question is a line of standard input, {"id", "ask", "fields"}; its answer a line of standard output, {"id"} with one
of "done", "error" ({"what", "expected", "fix"}), "cancelled" or "fault" (where in the code). {"id", "cancel"} calls a
question back. A question that shows no sign of life for `patience` seconds ends the process, and where it stood goes
to standard error. The process ends with its input.
"""

from __future__ import annotations

import faulthandler
import json
import os
import sys
import threading
import time
import traceback
from typing import IO, Any

from engine.errors import EngineError
from engine.work import Stopped, Work
from studio.texts import cleaning, copying, reading, statistics  # noqa: F401  (their questions register themselves)
from studio.texts.question import QUESTIONS

PATIENCE_SECONDS = 10.0
LONGEST_ANSWER = 16_000_000


class Watchdog:
    """Ends the process unless told often enough that the work goes on; it needs no lock of Python's to bite."""

    def __init__(self, patience: float) -> None:
        self._patience = patience
        self._lock = threading.Lock()
        self._open = 0
        self._armed = 0.0

    def begin(self) -> None:
        """One more question is under way."""
        with self._lock:
            self._open += 1
            self._arm()

    def breathe(self) -> None:
        """The work goes on."""
        if time.monotonic() - self._armed > self._patience / 20:
            with self._lock:
                self._arm()

    def end(self) -> None:
        """One question is answered."""
        with self._lock:
            self._open -= 1
            if self._open:
                self._arm()
            else:
                faulthandler.cancel_dump_traceback_later()

    def _arm(self) -> None:
        self._armed = time.monotonic()
        faulthandler.dump_traceback_later(self._patience, exit=True, file=sys.__stderr__ or 2)


class Answers:
    """Answers questions and writes what comes of them."""

    def __init__(self, out: IO[bytes], patience: float) -> None:
        self._out = out
        self._writing = threading.Lock()
        self._watchdog = Watchdog(patience)
        self._cancelled: set[int] = set()

    def hear(self, line: bytes) -> None:
        """Take one line."""
        request = json.loads(line)
        if "cancel" in request:
            self._cancelled.add(request["id"])
        else:
            threading.Thread(target=self._answer, args=(request,), daemon=True).start()

    def _answer(self, request: dict[str, Any]) -> None:
        number = request["id"]
        self._watchdog.begin()
        try:
            answer = {"done": QUESTIONS[request["ask"]](self._work(number), **request["fields"])}
        except Stopped:
            answer = {"cancelled": True}
        except EngineError as error:
            answer = {"error": {"what": error.what, "expected": error.expected, "fix": error.fix}}
        except Exception as error:  # the edge of this process: the window reports it
            places = [f"{frame.filename}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)]
            answer = {"fault": f"{type(error).__name__} at {' > '.join(places[-4:])}"}
        finally:
            self._watchdog.end()
            self._cancelled.discard(number)
        self._say({"id": number, **answer})

    def _work(self, number: int) -> Work:
        def is_stopping() -> bool:
            self._watchdog.breathe()
            return number in self._cancelled

        return Work(is_stopping=is_stopping)

    def _say(self, answer: dict[str, Any]) -> None:
        line = json.dumps(answer).encode("ascii") + b"\n"
        if len(line) > LONGEST_ANSWER:
            line = json.dumps({"id": answer["id"], "error": {
                "what": "This is too long to be shown.", "expected": "", "fix": ""}}).encode("ascii") + b"\n"
        with self._writing:
            self._out.write(line)
            self._out.flush()


def serve(patience: float = PATIENCE_SECONDS) -> int:
    """Answer until standard input ends."""
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints must not come between the answers
    answers = Answers(out, patience)
    for line in sys.stdin.buffer:
        answers.hear(line)
    os._exit(0)  # nobody waits for what is still under way
