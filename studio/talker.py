"""The playground's side of the talk: a warm process that loads models, writes and scores, asked in JSON lines."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any, Literal

from PySide6.QtCore import QObject, QProcess, Signal

from studio import crash
from studio.engine_child import engine_child
from studio.i18n import tr

State = Literal["off", "starting", "ready"]

_DEATHS_ALLOWED = 3
_DEATHS_SECONDS = 60.0
_LEAVE_MILLISECONDS = 1000


class Talker(QObject):
    """Asks `python -m engine talk`; the protocol is described in `engine.generation.talk`.

    Every request has a number. Its lines come as `said`, its end as `done` or `failed`, exactly once, even if the
    process dies. The process starts at the first request, and again at the next one after it died.
    """

    said = Signal(int, object)      # request, one line of it: {"started"}, {"token", "text"}, {"progress"}
    done = Signal(int, object)      # request, what stands under "done"
    failed = Signal(int, object)    # request, {"what", "expected", "fix", "path"}
    state_changed = Signal(str)     # off, starting, ready
    died = Signal(object)           # one sentence for the user

    def __init__(self, parent: QObject | None = None, command: list[str] | None = None) -> None:
        super().__init__(parent)
        self._command = command or [sys.executable, "-m", "engine", "talk"]
        self._process: QProcess | None = None
        self._state: State = "off"
        self._last = 0
        self._open: dict[int, str] = {}
        self._unread = bytearray()
        self._deaths: list[float] = []

    def state(self) -> State:
        """Whether the process is off, starting or ready."""
        return self._state

    def load(self, run: Path, checkpoint: str = "best") -> int:
        """Load a model, so that it answers at once later."""
        return self.ask("load", run=str(run), checkpoint=checkpoint)

    def checkpoints(self, run: Path) -> int:
        """List what can be loaded of a run."""
        return self.ask("checkpoints", run=str(run))

    def generate(self, run: Path, checkpoint: str, text: str | None = None, *, ids: list[int] | None = None,
                 replace: dict[str, int] | None = None, sampling: dict[str, Any] | None = None) -> int:
        """Continue a text or token ids."""
        begin: dict[str, Any] = {"text": text} if ids is None else {"ids": ids}
        return self.ask("generate", run=str(run), checkpoint=checkpoint, **begin,
                        **({"replace": replace} if replace else {}), **({"sampling": sampling} if sampling else {}))

    def inspect(self, run: Path, checkpoint: str, text: str, index: int | None = None, count: int = 8,
                sampling: dict[str, Any] | None = None) -> int:
        """Ask what was expected in the place of a token; without index, after the last one."""
        return self.ask("inspect", run=str(run), checkpoint=checkpoint, text=text, count=count,
                        **({"index": index} if index is not None else {}),
                        **({"sampling": sampling} if sampling else {}))

    def look(self, run: Path, checkpoint: str, text: str, **wanted: Any) -> int:
        """Ask what goes on inside the model at a token: `place`, `view`, `layer`, `part`, `temperature`."""
        return self.ask("look", run=str(run), checkpoint=checkpoint, text=text, **wanted)

    def score(self, run: Path, checkpoint: str, text: str, details: bool = True) -> int:
        """Measure a text."""
        return self.ask("score", run=str(run), checkpoint=checkpoint, text=text, details=details)

    def cancel(self, request: int | None = None) -> None:
        """Call back one request, or all; each still ends with `done`, its reason "cancelled"."""
        if self._process is not None and (request in self._open or (request is None and self._open)):
            self.ask("cancel", **({"request": request} if request is not None else {}))

    def ask(self, verb: str, **fields: Any) -> int:
        """Send any request; returns its number."""
        self._last += 1
        self._open[self._last] = verb
        if self._process is None:
            self._start()
        if self._process is not None:
            line = json.dumps({"id": self._last, "verb": verb, **fields}, ensure_ascii=True)
            self._process.write(line.encode("ascii") + b"\n")
        return self._last

    def leave(self) -> None:
        """End the process; requests under way fail without a word."""
        process, self._process = self._process, None
        self._open.clear()
        if process is not None:
            process.closeWriteChannel()
            process.terminate()
            if not process.waitForFinished(_LEAVE_MILLISECONDS):
                process.kill()
                process.waitForFinished(_LEAVE_MILLISECONDS)
            process.deleteLater()
        self._enter("off")

    def _start(self) -> None:
        process = self._process = engine_child(self)
        self._unread.clear()
        process.readyReadStandardOutput.connect(self._on_output)
        process.finished.connect(self._on_finished)
        process.errorOccurred.connect(self._on_error)
        self._enter("starting")
        process.start(self._command[0], self._command[1:])

    def _on_output(self) -> None:
        process = self._process
        if process is None or self.sender() is not process:
            return
        self._unread += bytes(process.readAllStandardOutput().data())
        *lines, rest = self._unread.split(b"\n")
        self._unread = bytearray(rest)
        for line in lines:
            try:
                answer = json.loads(line)
            except ValueError as error:
                crash.report(error)
                continue
            self._take(answer)

    def _take(self, answer: dict[str, Any]) -> None:
        request = answer.get("id")
        if request is None:
            if "done" in answer:
                self._enter("ready")
        elif request in self._open:
            if "done" in answer:
                del self._open[request]
                self.done.emit(request, answer["done"])
            elif "error" in answer:
                del self._open[request]
                self.failed.emit(request, answer["error"])
            else:
                self.said.emit(request, answer)

    def _on_error(self, error: QProcess.ProcessError) -> None:
        if error == QProcess.ProcessError.FailedToStart and self.sender() is self._process:
            self._lose()

    def _on_finished(self) -> None:
        if self._process is not None and self.sender() is self._process:
            self._lose()

    def _lose(self) -> None:
        """The process is gone: say so, fail what was asked; the next request starts another."""
        process, self._process = self._process, None
        if process is not None:
            process.deleteLater()
        lost, self._open = list(self._open), {}
        now = time.monotonic()
        self._deaths = [at for at in self._deaths if now - at < _DEATHS_SECONDS] + [now]
        self._enter("off")
        again = len(self._deaths) < _DEATHS_ALLOWED
        what = tr("The process that writes ended unexpectedly.")
        fix = tr("Try again; it starts anew.") if again else tr("It ended several times. Choose a smaller model.")
        self.died.emit(what)
        for request in lost:
            self.failed.emit(request, {"what": what, "expected": tr("Your project is safe."), "fix": fix, "path": []})

    def _enter(self, state: State) -> None:
        if state != self._state:
            self._state = state
            self.state_changed.emit(state)
