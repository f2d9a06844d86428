"""Starting the small job of the tests, and waiting for what it says."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from engine.events import Event, JobEnded
from engine.runs.folder import RunFolder
from studio.engine_process import ENGINE_ROOT, environment
from studio.engine_queue import Task
from studio.engine_thread import EngineThread, Launch

SCRIPT = Path(__file__).with_name("small_job.py")


def command(run: RunFolder, kind: str) -> list[str]:
    return [sys.executable, str(SCRIPT), str(run.path), kind]


def new_run(folder: Path) -> RunFolder:
    return RunFolder.create(folder, {"project": "trial"})


def small_launch(folder: Path, kind: str) -> Launch:
    """A launch of the small job in a new run folder."""
    return Launch(lambda: new_run(folder), lambda run: command(run, kind), {"PYTHONPATH": str(ENGINE_ROOT)})


def small_task(folder: Path, kind: str) -> Task:
    return Task("train", lambda: small_launch(folder, kind), about=str(folder))


def start_outside(folder: Path, kind: str) -> subprocess.Popen[bytes]:
    """Start the small job as a terminal would, and wait until it has said something."""
    run = new_run(folder)
    child = subprocess.Popen(command(run, kind), env=environment({"PYTHONPATH": str(ENGINE_ROOT)}), cwd=ENGINE_ROOT)
    deadline = time.monotonic() + 30
    while not (run.log.exists() and run.log.stat().st_size) and time.monotonic() < deadline:
        time.sleep(0.02)
    return child


class Listener:
    """Writes down all that a thread says."""

    def __init__(self, thread: EngineThread) -> None:
        self.events: list[Event] = []
        self.batches: list[float] = []
        self.words: list[JobEnded] = []
        self.run: RunFolder | None = None
        thread.opened.connect(self._on_opened)
        thread.happened.connect(self._on_happened)
        thread.ended.connect(self.words.append)

    def names(self) -> list[str]:
        return [event.name for event in self.events]

    def _on_opened(self, run: RunFolder) -> None:
        self.run = run

    def _on_happened(self, events: list[Event]) -> None:
        self.events += events
        self.batches.append(time.monotonic())
