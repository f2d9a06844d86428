"""Writes checkpoints on a thread of its own, so that training waits for a copy in memory, never for the disk."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path

from engine import storage
from engine.errors import EngineError
from engine.training import checkpoint
from engine.training.checkpoint import Checkpoint

_MUST_BE_WRITTEN = ("best", "asked", "stop", "last")


@dataclass(frozen=True)
class Saved:
    """A checkpoint that is durable and was read back."""

    path: Path
    step: int
    why: str
    size_bytes: int


class CheckpointWriter:
    """At most one checkpoint is being written and one waits; a newer one takes the place of one saved for its time.

    All methods are called from the training thread. Old checkpoints are deleted only after the new one was read
    back and verified.
    """

    def __init__(self, folder: Path, save: Callable[[Path, Checkpoint], int] = checkpoint.save) -> None:
        self.folder = folder
        self._save = save
        self._verified: set[Path] = set()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="checkpoint-writer")
        self._writing: Future[Saved] | None = None
        self._waiting: Checkpoint | None = None
        self._kept: list[Saved] = []

    @property
    def is_busy(self) -> bool:
        """Whether a checkpoint is being written or waits."""
        return (self._writing is not None and not self._writing.done()) or self._waiting is not None

    def submit(self, snapshot: Checkpoint) -> None:
        """Hand over a snapshot. Waits only where one that must be written is waiting already."""
        if self._writing is None:
            self._writing = self._thread.submit(self._write, snapshot)
            return
        if self._waiting is not None and self._waiting.state["why"] in _MUST_BE_WRITTEN:
            if snapshot.state["why"] not in _MUST_BE_WRITTEN:
                return
            wait([self._writing])
            self._kept = self.finished()
        if self._writing is None:
            self._writing = self._thread.submit(self._write, snapshot)
        else:
            self._waiting = snapshot

    def finished(self) -> list[Saved]:
        """The checkpoints that became durable since the last call; starts on the one that waits.

        Raises EngineError when a checkpoint could not be written; what was saved before is untouched.
        """
        saved, self._kept = self._kept, []
        if self._writing is not None and self._writing.done():
            done, self._writing = self._writing, None
            if self._waiting is not None:
                waiting, self._waiting = self._waiting, None
                self._writing = self._thread.submit(self._write, waiting)
            error = done.exception()
            if error is not None:
                self._kept = saved
                raise error
            saved = [*saved, done.result()]
        return saved

    def finish(self) -> list[Saved]:
        """Wait until everything handed over is durable; raises as `finished` does."""
        saved = []
        while self._writing is not None or self._kept:
            if self._writing is not None:
                wait([self._writing])
            saved += self.finished()
        return saved

    def close(self) -> None:
        """Wait for the thread to end; a snapshot that still waits is given up."""
        self._waiting = None
        self._thread.shutdown(wait=True)

    def _write(self, snapshot: Checkpoint) -> Saved:
        step = int(snapshot.state["step"])
        path = checkpoint.checkpoint_path(self.folder, step)
        if not self.folder.parent.is_dir():
            raise EngineError(f"The run's folder {self.folder.parent} is gone.", "It was there before.",
                              "Bring the disk or folder back, then continue.")
        size = self._save(path, snapshot)
        checkpoint.load(path)
        self._verified.add(path)
        try:
            self._verified.difference_update(checkpoint.retain(self.folder, verified=self._verified))
        except OSError as error:
            raise storage.as_engine_error(error, path) from error
        return Saved(path, step, str(snapshot.state["why"]), size)
