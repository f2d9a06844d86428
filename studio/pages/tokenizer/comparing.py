"""Tokenizers measured side by side by a process of the engine, row by row as they come."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QProcess, Signal

from engine.errors import EngineError
from engine.training.tokenizer_comparison import Recommendation, Row
from studio import engine_process
from studio.engine_child import engine_child


class Comparison(QObject):
    """What was measured of the cleaned text at hand; `changed` is emitted whenever there is more to show.

    Rows stay until the text changes; the process ends when it is cancelled or its owner dies.
    """

    changed = Signal()
    failed = Signal(EngineError)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.rows: list[Row] = []
        self.recommended: Recommendation | None = None
        self.done = self.total = 0
        self._corpus: Path | None = None
        self._began = 0.0
        self._child: QProcess | None = None
        self._rest = b""

    def use(self, corpus: Path | None) -> None:
        """Measure this text from now on; rows of another are forgotten."""
        if corpus != self._corpus:
            self._corpus = corpus
            self.rows, self.recommended = [], None
            self.cancel()

    def measure(self, tokenizers: Sequence[dict[str, Any]], model: dict[str, Any] | None) -> None:
        """Begin to measure these settings, each with several sizes."""
        if self._corpus is None:
            return
        self.cancel()
        kinds = {plain["kind"] for plain in tokenizers}
        self.rows = [row for row in self.rows if row.kind not in kinds]
        self.recommended, self.done, self.total, self._began = None, 0, 0, time.monotonic()
        child = self._child = engine_child(self)
        child.readyReadStandardOutput.connect(self._on_said)
        child.finished.connect(self._on_finished)
        child.started.connect(lambda: engine_process.lower_priority(child.processId()))
        child.start(sys.executable, ["-m", "engine.training.tokenizer_comparison"])
        child.write(json.dumps({"corpus": str(self._corpus), "tokenizers": list(tokenizers), "model": model}).encode())
        child.closeWriteChannel()
        self.changed.emit()

    def cancel(self) -> None:
        """End the process; what it measured so far stays."""
        child, self._child, self._rest = self._child, None, b""
        if child is not None:
            child.readyReadStandardOutput.disconnect()
            child.finished.disconnect()
            child.kill()
            child.finished.connect(child.deleteLater)
            self.changed.emit()

    def is_measuring(self) -> bool:
        """Whether the process is at work."""
        return self._child is not None

    def seconds_left(self) -> float | None:
        """About how long it will still take."""
        elapsed = time.monotonic() - self._began
        return elapsed * (self.total - self.done) / self.done if self.done and elapsed > 1 else None

    def kinds(self) -> set[str]:
        """The kinds that were measured."""
        return {row.kind for row in self.rows}

    def _on_said(self) -> None:
        if self._child is None:
            return
        *lines, self._rest = (self._rest + bytes(self._child.readAllStandardOutput().data())).split(b"\n")
        for line in lines:
            self._take(json.loads(line))
        if lines:
            self.changed.emit()

    def _take(self, said: dict[str, Any]) -> None:
        if "row" in said:
            self.rows.append(Row(**said["row"]))
        elif "done" in said:
            self.done, self.total = said["done"], said["total"]
        elif said.get("recommended"):
            self.recommended = Recommendation(**said["recommended"])
        elif "error" in said:
            self.failed.emit(EngineError(said["error"]["what"], said["error"]["expected"], said["error"]["fix"]))

    def _on_finished(self, code: int) -> None:
        self._on_said()
        child, self._child, self._rest = self._child, None, b""
        if child is not None:
            child.deleteLater()
        if code not in (0, 1):  # 1 was told by the process itself
            self.failed.emit(EngineError("The tokenizers could not be compared.", "", "Try again."))
        self.changed.emit()
