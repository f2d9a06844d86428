"""The jobs of the engine: one works, the others wait in line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QObject, Signal

from engine.events import Event, JobEnded
from engine.runs.folder import RunFolder
from engine.runs.inbox import Command
from engine.runs.series import RunSeries
from studio.engine_thread import EngineThread, Launch


@dataclass(frozen=True)
class Task:
    """A job to be done: its verb, what it is about (a run's name, or the settings it would use), how to start it.

    A task that lives already needs no `launch`. One that `needs` a verb is given up when the task of that verb before
    it does not end well.
    """

    verb: str
    launch: Callable[[], Launch] | None = None
    about: Any = None
    run: str = ""
    needs: str = ""


class EngineQueue(QObject):
    """Does one task after another. All that is known of the current one comes from its events."""

    changed = Signal()                 # state, progress, or the line of those that wait
    started = Signal(object)           # RunFolder: the current job has its folder
    happened = Signal(object, list)    # RunFolder, events
    ended = Signal(object, object, object)  # Task, RunFolder or None, JobEnded

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.current: Task | None = None
        self.run: RunFolder | None = None
        self.series = RunSeries()
        self.waiting: list[Task] = []
        self._thread: EngineThread | None = None
        self._leaving: list[EngineThread] = []  # their last word is said, their process is still on its way out

    def add(self, task: Task) -> bool:
        """Do a task now or after those that wait; False when the same one is there already (a double click)."""
        if any((other.verb, other.about, other.run) == (task.verb, task.about, task.run) for other in self.tasks()):
            return False
        self.waiting.append(task)
        self._next()
        return True

    def attach(self, task: Task, run: RunFolder) -> None:
        """Follow a job that lives already."""
        self._start(task, EngineThread(run))

    def tasks(self) -> list[Task]:
        """The current task and those that wait."""
        return [*([self.current] if self.current else []), *self.waiting]

    def drop_waiting(self, task: Task) -> None:
        """Take a task out of the line; one that began meanwhile goes on."""
        self.waiting = [other for other in self.waiting if other is not task]
        self.changed.emit()

    def move_waiting(self, task: Task, by: int) -> None:
        """Let a task begin earlier (-1) or later (1) than its neighbour."""
        place = next((place for place, other in enumerate(self.waiting) if other is task), None)
        if place is not None and 0 <= place + by < len(self.waiting):
            self.waiting.insert(place + by, self.waiting.pop(place))
            self.changed.emit()

    def ask(self, command: Command) -> None:
        """Pass a command to the current job; without one nothing happens."""
        if self._thread is not None:
            self._thread.ask(command)

    def stop(self) -> None:
        """Ask the current job to save and stop."""
        if self._thread is not None:
            self._thread.stop()
            self.changed.emit()

    def is_stopping(self) -> bool:
        """Whether the current job was asked to stop."""
        return self._thread is not None and self._thread.is_stopping

    def silent_seconds(self) -> float:
        """How long nothing was heard of the current job."""
        return self._thread.silent_seconds() if self._thread is not None else 0.0

    def let_go(self) -> None:
        """Forget all tasks; the current job goes on in the background by itself."""
        threads = [*self._leaving, *([self._thread] if self._thread is not None else [])]
        self._thread = None
        self.waiting.clear()
        self.current, self.run, self.series = None, None, RunSeries()
        for thread in threads:
            thread.let_go()
        for thread in threads:
            thread.wait()
        self.changed.emit()

    def _next(self) -> None:
        if self._thread is None and self.waiting:
            task = self.waiting.pop(0)
            if task.launch is not None:
                self._start(task, EngineThread(task.launch()))
        else:
            self.changed.emit()

    def _start(self, task: Task, thread: EngineThread) -> None:
        self.current, self.run, self.series, self._thread = task, None, RunSeries(), thread
        thread.setParent(self)
        thread.opened.connect(self._on_opened)
        thread.happened.connect(self._on_happened)
        thread.ended.connect(self._on_ended)
        thread.finished.connect(self._on_finished)
        thread.start()
        self.changed.emit()

    def _on_opened(self, run: RunFolder) -> None:
        if self.sender() is self._thread:
            self.run = run
            self.started.emit(run)
            self.changed.emit()

    def _on_happened(self, events: list[Event]) -> None:
        if self.sender() is self._thread:
            self.series.feed(events)
            self.happened.emit(self.run, events)
            self.changed.emit()

    def _on_ended(self, word: JobEnded) -> None:
        thread, task, run = self._thread, self.current, self.run
        if thread is None or self.sender() is not thread:
            return
        self._leaving.append(thread)
        self._thread, self.current, self.run = None, None, None
        if word.status != "done":
            self.waiting = [other for other in self.waiting if not other.needs or other.needs != task.verb]
        self.ended.emit(task, run, word)
        self._next()

    def _on_finished(self) -> None:
        thread = self.sender()
        if isinstance(thread, EngineThread):
            self._leaving = [other for other in self._leaving if other is not thread]
            thread.deleteLater()
