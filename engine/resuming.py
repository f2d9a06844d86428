"""Work that is taken up where a killed process left it: a folder that is found again, files cut to a known length."""

from __future__ import annotations

import contextlib
import io
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from engine import storage
from engine.errors import EngineError
from engine.storage import TEMPORARY, FolderLock, as_engine_error

_RESUMED = "resumed-"
_LOCK = "lock"


@contextlib.contextmanager
def resuming_folder(path: Path, keep_when: tuple[type[BaseException], ...] = (KeyboardInterrupt,)) -> Iterator[Path]:
    """Fill a folder as `replacing_folder` does, taking up what a killed or stopped process left of the same one.

    The unfinished folder has a name of its own, so that whoever fills it finds it again; it stays after a kill and
    after the exceptions of `keep_when`, and is removed after any other. Unfinished folders beside it that are for
    another fingerprint of the same stage (the name up to its last "-") are removed. Where another living process
    fills the same folder, a private one is filled instead.
    """
    unfinished = path.with_name(f"{TEMPORARY}{_RESUMED}{path.name}")
    lock = FolderLock(unfinished / _LOCK)
    try:
        unfinished.mkdir(parents=True, exist_ok=True)
        _sweep_resumed(path)
        is_ours = lock.try_lock()
    except OSError as error:
        raise as_engine_error(error, path) from error
    if not is_ours:
        with storage.replacing_folder(path) as private:
            yield private
        return
    stays = True
    try:
        yield unfinished
        stays = False
        lock.unlock()
        (unfinished / _LOCK).unlink(missing_ok=True)
        storage.put_in_place(unfinished, path)
    except BaseException as error:
        stays = isinstance(error, (OSError, *keep_when)) or isinstance(error.__cause__, OSError)
        if isinstance(error, OSError):
            raise as_engine_error(error, path) from error
        raise
    finally:
        lock.unlock()
        if not stays:
            shutil.rmtree(unfinished, ignore_errors=True)


def is_cut_off(path: Path) -> bool:
    """Whether an unfinished folder waits to be taken up for a path that `resuming_folder` was asked for."""
    return path.with_name(f"{TEMPORARY}{_RESUMED}{path.name}").is_dir()


def _sweep_resumed(path: Path) -> None:
    """Remove unfinished folders of the same stage that are for other settings and that nobody fills."""
    stage = path.name.rpartition("-")[0]
    for other in path.parent.glob(f"{TEMPORARY}{_RESUMED}{stage}-*"):
        if other.name != f"{TEMPORARY}{_RESUMED}{path.name}" and FolderLock(other / _LOCK).holder() is None:
            shutil.rmtree(other, ignore_errors=True)


class ByteLog:
    """An append-only file of bytes that is cut to a known length when it is taken up again.

    Without a path the bytes stay in memory, for a pass over a few documents.
    """

    def __init__(self, path: Path | None, length: int = 0) -> None:
        self.path = path
        self.length = length
        self._file: IO[bytes] = open(path, "r+b" if path.exists() else "w+b") if path else io.BytesIO()  # noqa: SIM115  (held until close)
        if self._file.seek(0, os.SEEK_END) < length:
            self._file.close()
            raise EngineError(f"{path} is shorter than it was.", f"At least {length} bytes were expected.",
                              "Delete it and begin again.")
        self._file.truncate(length)

    def append(self, data: bytes | memoryview) -> int:
        """Write at the end; returns where it begins. Raises EngineError when the disk is full or gone."""
        begin = self.length
        try:
            self._file.seek(begin)
            self._file.write(data)
        except OSError as error:
            raise as_engine_error(error, self.path or Path()) from error
        self.length += len(data)
        return begin

    def read(self, begin: int, size: int) -> bytes:
        """Bytes from a place on."""
        self._file.seek(begin)
        return self._file.read(size)

    def sync(self) -> None:
        """Wait until all of it would survive a power cut."""
        try:
            if self.path is not None:
                storage.sync_file(self._file)
        except OSError as error:
            raise as_engine_error(error, self.path or Path()) from error

    def close(self) -> None:
        """Close the file; what was appended stays."""
        self._file.close()
