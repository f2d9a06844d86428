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
    back and verified. When one can't be written, it and those after it are kept in memory until `again`.
    """

    def __init__(self, folder: Path, save: Callable[[Path, Checkpoint], int] = checkpoint.save) -> None:
        self.folder = folder
        self._save = save
        self._verified: set[Path] = set()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="checkpoint-writer")
        self._writing: tuple[Checkpoint, Future[Saved]] | None = None
        self._waiting: list[Checkpoint] = []
        self._saved: list[Saved] = []
        self._error: EngineError | None = None

    @property
    def is_busy(self) -> bool:
        """Whether a checkpoint is being written or waits."""
        return (self._writing is not None and not self._writing[1].done()) or bool(self._waiting)

    @property
    def waiting_bytes(self) -> int:
        """Room that the checkpoints need that are not written yet, about."""
        return sum(tensor.nbytes for each in self._waiting for tensor in each.tensors.values())

    def submit(self, snapshot: Checkpoint) -> None:
        """Hand over a snapshot. Waits only where one that must be written is waiting already."""
        self._collect()
        if self._must_wait() and snapshot.state["why"] in _MUST_BE_WRITTEN and self._writing is not None:
            wait([self._writing[1]])
            self._collect()
        if self._error is not None:  # only the best may not be replaced by a newer one
            self._waiting = [each for each in self._waiting if each.state["why"] == "best"][-1:]
        elif self._must_wait() and snapshot.state["why"] not in _MUST_BE_WRITTEN:
            return
        else:
            self._waiting = []
        self._waiting.append(snapshot)
        self._begin()

    def _must_wait(self) -> bool:
        return any(each.state["why"] in _MUST_BE_WRITTEN for each in self._waiting)

    def _begin(self) -> None:
        if self._writing is None and self._waiting and self._error is None:
            snapshot = self._waiting.pop(0)
            self._writing = snapshot, self._thread.submit(self._write, snapshot)

    def _collect(self) -> None:
        """Take in what was written, and start on the one that waits, unless the disk fails."""
        if self._writing is None or not self._writing[1].done():
            return
        (snapshot, future), self._writing = self._writing, None
        error = future.exception()
        if error is None:
            self._saved.append(future.result())
        elif isinstance(error, EngineError):
            self._error = error
            self._waiting.insert(0, snapshot)
        else:
            raise error
        self._begin()

    def finished(self) -> list[Saved]:
        """The checkpoints that became durable since the last call; starts on the one that waits.

        Raises EngineError when a checkpoint could not be written; what was saved before is untouched.
        """
        self._collect()
        if self._error is not None:
            raise self._error
        saved, self._saved = self._saved, []
        return saved

    def again(self) -> None:
        """Try to write once more what could not be written."""
        self._error = None
        self._begin()

    def finish(self) -> list[Saved]:
        """Wait until everything handed over is durable; raises as `finished` does."""
        saved = self.finished()
        while self._writing is not None:
            wait([self._writing[1]])
            saved += self.finished()
        return saved

    def close(self) -> None:
        """Wait for the thread to end; a snapshot that still waits is given up."""
        self._waiting = []
        self._thread.shutdown(wait=True)

    def _write(self, snapshot: Checkpoint) -> Saved:
        step = int(snapshot.state["step"])
        path = checkpoint.checkpoint_path(self.folder, step)
        if not self.folder.parent.is_dir():
            raise EngineError(f"The run's folder {self.folder.parent} is gone.", "It was there before.",
                              "Bring the disk or folder back, then continue.")
        size = self._save(path, snapshot)
        checkpoint.verify(path)
        self._verified.add(path)
        try:
            self._verified.difference_update(checkpoint.retain(self.folder, verified=self._verified))
        except OSError as error:
            raise storage.as_engine_error(error, path) from error
        return Saved(path, step, str(snapshot.state["why"]), size)
