"""Saves the project as it is edited, off the window's thread."""

from __future__ import annotations

import threading

from PySide6.QtCore import QObject, QThreadPool, QTimer, Signal

from engine.errors import EngineError
from engine.project import Project
from engine.storage import as_engine_error
from studio.draft import Draft

QUIET_MILLISECONDS = 400
"""A change is written when nothing more was typed for so long."""

AGAIN_MILLISECONDS = 15_000
"""A change that could not be written is tried again after so long."""


class Autosave(QObject):
    """Writes the newest draft soon after it changed: one write at a time, the newest draft wins."""

    saved = Signal()
    failed = Signal(object)  # EngineError

    def __init__(self, project: Project, parent: QObject) -> None:
        super().__init__(parent)
        self._project = project
        self.problem: EngineError | None = None
        """Why the last write failed; None after one that did not."""
        self._waiting: Draft | None = None
        self._writing = threading.Lock()  # one write at a time
        self._swapping = threading.Lock()  # the draft that waits is changed from several threads
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(1)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._start)

    def keep(self, draft: Draft) -> None:
        """Remember to save this draft; an older one that waits is replaced."""
        with self._swapping:
            self._waiting = draft
        self._timer.start(QUIET_MILLISECONDS)

    def is_waiting(self) -> bool:
        """Whether something is still to be written."""
        return self._waiting is not None or self._writing.locked()

    def flush(self) -> None:
        """Write now what waits; may be called from any thread. Raises EngineError when that is not possible."""
        with self._writing:
            with self._swapping:
                draft, self._waiting = self._waiting, None
            if draft is None:
                return
            try:
                self._project.save(name=draft.name, sources=draft.sources, recipe=draft.recipe)
            except OSError as error:
                self._wait_on(draft, as_engine_error(error, self._project.path / "project.toml"))
            except EngineError as error:
                self._wait_on(draft, error)
            else:
                self.problem = None
            if self.problem is not None:
                raise self.problem
        self.saved.emit()

    def finish(self) -> bool:
        """Write what waits before the project is left; False, told by `failed`, when the disk refuses."""
        self._timer.stop()
        self._pool.waitForDone()
        self._write()
        return self._waiting is None

    def give_up(self) -> None:
        """What waits is not written any more."""
        with self._swapping:
            self._waiting = None

    def try_again_later(self) -> None:
        """After a failure: the disk may have room again, or be back."""
        if self._waiting is not None and not self._timer.isActive():
            self._timer.start(AGAIN_MILLISECONDS)

    def _wait_on(self, draft: Draft, problem: EngineError) -> None:
        self.problem = problem
        with self._swapping:
            self._waiting = self._waiting or draft

    def _start(self) -> None:
        self._pool.start(self._write)

    def _write(self) -> None:
        try:
            self.flush()
        except EngineError as error:
            self.failed.emit(error)
