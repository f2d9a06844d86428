"""What can train on this computer and how fast it is, asked of the engine beside the window."""

from __future__ import annotations

import json
import subprocess
import time
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QObject, Signal

from engine.errors import EngineError
from studio import engine_process
from studio.queries import Queries, Query

_LOOK_SECONDS = 0.05
_PATIENCE_SECONDS = 120.0


@dataclass(frozen=True)
class Device:
    """Something that can train: its key in the settings, its name, and what it has."""

    key: str
    name: str
    memory_gigabytes: float
    cores: int | None = None


@dataclass(frozen=True)
class Speed:
    """A measured matrix product, the work that training mostly consists of."""

    threads: int
    precision: str
    gigaflops: float


@dataclass(frozen=True)
class Found:
    """What the engine answered."""

    devices: tuple[Device, ...]
    speeds: tuple[Speed, ...]


class Machine(QObject):
    """`changed` tells that a look or a measurement began or came back."""

    changed = Signal()

    def __init__(self, queries: Queries) -> None:
        super().__init__()
        self._queries = queries
        self.devices: tuple[Device, ...] = ()
        self.speeds: tuple[Speed, ...] = ()
        self.is_measuring = False
        self.problem: EngineError | None = None

    def look(self) -> None:
        """Find the devices, if they are not known yet; takes as long as the engine takes to start."""
        if not self.devices and not self._queries.is_asking("machine"):
            self._ask("--devices")

    def measure(self) -> None:
        """Find the devices and measure the fastest one; takes about two seconds more."""
        self.is_measuring = True
        self._ask()
        self.changed.emit()

    def _ask(self, *options: str) -> None:
        self.problem = None
        self._queries.ask("machine", lambda query: _asked(query, *options), self._on_found, self._on_failed)

    def _on_found(self, found: Found | None) -> None:
        self.is_measuring = False
        if found is not None:
            self.devices, self.speeds = found.devices, found.speeds or self.speeds
        self.changed.emit()

    def _on_failed(self, error: EngineError) -> None:
        self.is_measuring, self.problem = False, error
        self.changed.emit()


def _asked(query: Query, *options: str) -> Found | None:
    """Ask in a process of its own, because finding a GPU needs torch; None when the question was taken back."""
    from engine.jobs import command_for  # beside the window: loading it takes a moment

    process = subprocess.Popen(command_for("bench", *options), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.DEVNULL, cwd=engine_process.ENGINE_ROOT,
                               env=engine_process.environment())
    until = time.monotonic() + _PATIENCE_SECONDS
    with process:
        while process.poll() is None:  # a few lines come, far less than a pipe holds
            if query.is_cancelled() or time.monotonic() > until:
                process.kill()
            time.sleep(_LOOK_SECONDS)
        said = process.stdout.read() if process.stdout is not None else b""
    if query.is_cancelled():
        return None
    if process.returncode:
        raise EngineError("This machine could not be measured.", "The engine ended before it had an answer.",
                          "Try again; if it fails again, start a training: it tells more.")
    return read_answer(said)


def read_answer(said: bytes) -> Found:
    """Devices and speeds from the lines that the engine prints."""
    lines: list[dict[str, Any]] = [json.loads(line) for line in said.splitlines() if line.startswith(b"{")]
    return Found(
        tuple(Device(line["device"], line["name"], line["memory_gigabytes"], line.get("cores"))
              for line in lines if "name" in line),
        tuple(Speed(line["threads"], line["precision"], line["gigaflops"]) for line in lines if "gigaflops" in line))
