"""The server that other programs may ask: `python -m engine serve`, a process that ends with the window."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from PySide6.QtCore import QObject, QProcess, Signal

from studio import crash
from studio.engine_child import engine_child
from studio.i18n import tr

State = Literal["off", "starting", "on"]
_LEAVE_MILLISECONDS = 2000


class LocalServer(QObject):
    """Its state comes from what the process says: "on" when it listens, "off" when it has ended."""

    state_changed = Signal(str)   # off, starting, on
    handled = Signal(object)      # a line of the request log, see engine.serving.server.Handled
    failed = Signal(object)       # {"what", "expected", "fix", "path"}

    def __init__(self, parent: QObject | None = None,
                 command: Sequence[str] = (sys.executable, "-m", "engine")) -> None:
        super().__init__(parent)
        self._command = list(command)
        self._process: QProcess | None = None
        self._state: State = "off"
        self._has_failed = False
        self._unread = bytearray()
        self.addresses: tuple[str, ...] = ()
        self.models: tuple[str, ...] = ()
        self.key: str | None = None

    def state(self) -> State:
        """Whether it is off, starting or on."""
        return self._state

    def begin(self, path: Path, port: int, *, network: bool = False, key: bool = False) -> None:
        """Serve a run or all runs of a project."""
        self.end()
        process = self._process = engine_child(self)
        self._unread.clear()
        self._has_failed = False
        process.readyReadStandardOutput.connect(self._on_output)
        process.finished.connect(self._on_finished)
        process.errorOccurred.connect(self._on_error)
        self._enter("starting")
        words = ["serve", str(path), "--port", str(port), "--json", "--attached", *(["--network"] if network else []),
                 *(["--key"] if key else [])]
        process.start(self._command[0], [*self._command[1:], *words])

    def end(self) -> None:
        """Stop serving; what is being answered ends."""
        process, self._process = self._process, None
        if process is not None:
            process.closeWriteChannel()
            if not process.waitForFinished(_LEAVE_MILLISECONDS):
                process.kill()
                process.waitForFinished(_LEAVE_MILLISECONDS)
            process.deleteLater()
        self._enter("off")

    def _on_output(self) -> None:
        process = self._process
        if process is None or self.sender() is not process:
            return
        self._unread += bytes(process.readAllStandardOutput().data())
        *lines, rest = self._unread.split(b"\n")
        self._unread = bytearray(rest)
        for line in lines:
            try:
                self._take(json.loads(line))
            except ValueError as error:
                crash.report(error)

    def _take(self, said: dict[str, Any]) -> None:
        if "serving" in said:
            told = said["serving"]
            self.addresses, self.models, self.key = tuple(told["addresses"]), tuple(told["models"]), told["key"]
            self._enter("on")
        elif "request" in said:
            self.handled.emit(said["request"])
        elif "error" in said:
            self._has_failed = True
            self.failed.emit(said["error"])

    def _on_error(self, error: QProcess.ProcessError) -> None:
        if error == QProcess.ProcessError.FailedToStart and self.sender() is self._process:
            self._lose()

    def _on_finished(self) -> None:
        if self._process is not None and self.sender() is self._process:
            self._lose()

    def _lose(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.deleteLater()
        self._enter("off")
        if not self._has_failed:
            self.failed.emit({"what": tr("The local server ended unexpectedly."), "expected": "",
                              "fix": tr("Switch it on again."), "path": []})

    def _enter(self, state: State) -> None:
        if state == "off":
            self.addresses, self.models, self.key = (), (), None
        if state != self._state:
            self._state = state
            self.state_changed.emit(state)
