"""Every write that must last goes through here: whole files, in place at once, safe against a power cut.

The order write, fsync, rename, fsync of the folder lost nothing in simulated power cuts, where each shorter
way lost files; see "Nothing lost" in the README's map.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import secrets
import shutil
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any

from engine.errors import EngineError

_LOOK_SECONDS = 0.3
"""`holder` has a free lock for a moment while it looks; a taker tries again for so long."""

TEMPORARY = ".wenlu-part-"
"""Names of unfinished files and folders begin with this, followed by the writer's process id."""


def sync_file(file: IO[bytes]) -> None:
    """Wait until what was written to an open file would survive a power cut."""
    file.flush()
    if sys.platform == "darwin":
        import fcntl

        fcntl.fcntl(file.fileno(), fcntl.F_FULLFSYNC)
    else:
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable; does nothing where the system has no such call (Windows)."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def temporary_beside(path: Path) -> Path:
    """A free name in the same folder, recognised and swept by `sweep`."""
    return path.with_name(f"{TEMPORARY}{os.getpid()}-{secrets.token_hex(4)}-{path.name[-80:]}")


@contextlib.contextmanager
def replacing(path: Path, needed_bytes: int = 0) -> Iterator[IO[bytes]]:
    """Write a file that takes its place only when it is whole and durable.

    Raises EngineError when the disk is full, read-only or gone; the old file is then untouched.
    """
    temporary = temporary_beside(path)
    try:
        with open(temporary, "xb") as file:
            yield file
            sync_file(file)
        os.replace(temporary, path)
        sync_folder(path.parent)
    except OSError as error:
        raise as_engine_error(error, path, needed_bytes) from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


def write_bytes(path: Path, *parts: bytes | memoryview) -> None:
    """Replace a file's content, atomically and durably."""
    with replacing(path, sum(map(len, parts))) as file:
        for part in parts:
            file.write(part)


def write_text(path: Path, text: str) -> None:
    """Replace a file's text (UTF-8, line ends as given), atomically and durably."""
    write_bytes(path, text.encode("utf-8"))


def write_json(path: Path, value: Any) -> None:
    """Replace a JSON file; NaN and infinity are refused because other readers refuse them."""
    write_text(path, json.dumps(value, ensure_ascii=False, allow_nan=False, indent=1) + "\n")


def read_json(path: Path) -> Any:
    """Read a JSON file; raises EngineError naming the file where it is damaged."""
    try:
        return json.loads(path.read_text("utf-8"), parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise EngineError(f"{path.name} is damaged: {error}.", "A JSON file written by Wenlu was expected.",
                          f"Delete or restore {path}.") from error


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is not a number")


@contextlib.contextmanager
def replacing_folder(path: Path) -> Iterator[Path]:
    """Fill a folder that takes its place only when it is whole.

    Yields the temporary folder. When `path` exists already, by another process that was faster, its content is
    kept and the temporary one is removed: folders named by a fingerprint have the same content.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = temporary_beside(path)
    try:
        temporary.mkdir()
        yield temporary
        put_in_place(temporary, path)
    except OSError as error:
        raise as_engine_error(error, path) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def put_in_place(temporary: Path, path: Path) -> None:
    """Make a filled folder durable and give it its name, unless another process was faster."""
    for child in sorted(temporary.rglob("*")):
        if child.is_file():
            with open(child, "rb+") as file:
                sync_file(file)
    sync_folder(temporary)
    if not path.exists():
        os.replace(temporary, path)
        sync_folder(path.parent)


def sweep(folder: Path) -> int:
    """Remove unfinished files left by writers that no longer live; returns how many."""
    swept = 0
    for leftover in folder.glob(f"{TEMPORARY}*"):
        owner = leftover.name[len(TEMPORARY):].partition("-")[0]
        if owner.isdigit() and not is_alive(int(owner)):
            shutil.rmtree(leftover, ignore_errors=True) if leftover.is_dir() else leftover.unlink(missing_ok=True)
            swept += 1
    return swept


def is_alive(process_id: int) -> bool:
    """Whether a process of this number runs (a zombie does not)."""
    import psutil

    try:
        return bool(psutil.Process(process_id).status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False


class FolderLock:
    """A lock on a folder that the system frees when its holder dies, however it dies.

    Children do not inherit it (Python opens files non-inheritable), so a killed holder never leaves it shut.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: IO[bytes] | None = None

    def try_lock(self) -> bool:
        """Take the lock; False when another process has it. Someone who only looks who has it is waited for."""
        if self._file is not None:
            return True
        try:
            file = open(self.path, "a+b")  # noqa: SIM115  (held until unlock)
        except OSError as error:
            raise as_engine_error(error, self.path) from error
        until = time.monotonic() + _LOOK_SECONDS
        while True:
            try:
                _lock_file(file)
                break
            except OSError:
                if time.monotonic() > until:
                    file.close()
                    return False
                time.sleep(0.02)
        file.seek(0)
        file.truncate()
        file.write(str(os.getpid()).encode())
        file.flush()
        self._file = file
        return True

    def unlock(self) -> None:
        """Give the lock back; harmless when not held."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def holder(self) -> int | None:
        """The process id of the living holder, or None."""
        if self._file is not None:
            return os.getpid()
        if not self.path.exists():
            return None
        with open(self.path, "r+b") as file:
            try:
                _lock_file(file)
            except OSError:
                text = self.path.read_bytes() if os.name != "nt" else b""
                return int(text) if text.isdigit() else 0
        return None


def _lock_file(file: IO[bytes]) -> None:
    if os.name == "nt":
        import msvcrt

        file.seek(1 << 30)  # beyond the content, so that others can still read the holder's number
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
    else:
        import fcntl

        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)


def free_bytes(folder: Path) -> int:
    """How much may still be written where a folder lies or lay; 0 where that cannot be known."""
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return 0


def as_engine_error(error: OSError, path: Path, needed_bytes: int = 0) -> EngineError:
    """The same error in words a user can act on; `needed_bytes` is what was to be written, where that is known."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        free, needed = free_bytes(path.parent) // 1_000_000, needed_bytes // 1_000_000 + 1
        return EngineError(f"The disk is full: {path.name} was not written." if error.errno == errno.ENOSPC else
                           f"Your share of this disk is used up: {path.name} was not written.",
                           f"About {needed} MB are needed, {free} MB are free. What was there before is untouched."
                           if needed_bytes else f"{free} MB are free. What was there before is untouched.",
                           "Free some space and try again.")
    if error.errno == errno.EFBIG:
        return EngineError(f"Files may not grow that large here: {path.name} was not written.",
                           "What was there before is untouched.", "Raise the limit, or choose another disk.")
    if error.errno == errno.EROFS:
        return EngineError(f"The disk is read-only: {path.name} was not written.",
                           "What was there before is untouched.", "Make the disk writable, or choose another folder.")
    if error.errno in (errno.EACCES, errno.EPERM):
        return EngineError(f"{path} may not be written.", "A folder that you may write to was expected.",
                           "Choose another folder or change its permissions.")
    if error.errno in (errno.ENOENT, errno.ENOTDIR, errno.ESTALE):
        return EngineError(f"{path.parent} is gone.", "The folder was there before.",
                           "Bring the disk or folder back, or save elsewhere.")
    return EngineError(f"{path.name} could not be written: {error.strerror or error}.",
                       "What was there before is untouched.", "Check the disk and try again.")


def fingerprint(value: Any) -> str:
    """A name of 16 hex digits for plain data, the same on every machine."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def digest_file(path: Path, chunk_bytes: int = 1 << 20) -> str:
    """SHA-256 of a file's content, in hex."""
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while chunk := file.read(chunk_bytes):
            digest.update(chunk)
    return digest.hexdigest()


def keep_generations(path: Path, count: int = 3) -> None:
    """Keep the last versions of a small file as `name.1` (newest) to `name.count`."""
    if not path.exists():
        return
    for number in range(count - 1, 0, -1):
        older = path.with_name(f"{path.name}.{number}")
        if older.exists():
            os.replace(older, path.with_name(f"{path.name}.{number + 1}"))
    write_bytes(path.with_name(f"{path.name}.1"), path.read_bytes())


class LineLog:
    """An append-only file of JSON lines; a torn last line, left by a killed writer, is cut when it is reopened.

    Lines that a failing disk did not take wait in memory, in order, and are written first by the next `append`.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            _cut_torn_line(path)
            self._file = open(path, "ab", buffering=0)  # noqa: SIM115  (held until close)
        except OSError as error:
            raise as_engine_error(error, path) from error
        self._waiting = b""
        self._torn_at: int | None = None
        self._is_doubtful = False

    @property
    def is_behind(self) -> bool:
        """Whether lines wait that could not be written, or some may not be durable that should be."""
        return bool(self._waiting) or self._is_doubtful

    def append(self, lines: Iterable[Mapping[str, Any]], durable: bool = False) -> None:
        """Write objects as lines in one call; `durable` waits until they would survive a power cut.

        Raises EngineError when the disk fails. Nothing is lost then: call again, with or without new lines.
        """
        text = "".join(json.dumps(line, ensure_ascii=False, allow_nan=False) + "\n" for line in lines)
        self._waiting += text.encode("utf-8", "surrogatepass")
        try:
            self._write_waiting()
            if self._is_doubtful:
                self._renew()
            elif durable:
                self._is_doubtful = True
                sync_file(self._file)
                self._is_doubtful = False
        except OSError as error:
            raise as_engine_error(error, self.path, len(self._waiting)) from error

    def _write_waiting(self) -> None:
        if self._torn_at is not None:
            self._file.truncate(self._torn_at)
            self._torn_at = None
        sent = 0
        try:
            while sent < len(self._waiting):
                sent += _write_some(self._file, self._waiting[sent:])
        finally:
            whole = self._waiting.rfind(b"\n", 0, sent) + 1
            self._waiting = self._waiting[whole:]
            if sent > whole:
                self._torn_at = os.fstat(self._file.fileno()).st_size - (sent - whole)

    def _renew(self) -> None:
        """Write the whole file anew: after a failed fsync the old one may have lost lines without a word."""
        self._file.close()
        try:
            with replacing(self.path) as new, open(self.path, "rb") as old:
                shutil.copyfileobj(old, new)
        finally:
            self._file = open(self.path, "ab", buffering=0)  # noqa: SIM115  (held until close)
        self._is_doubtful = False

    def close(self) -> None:
        """Close the file; what was appended stays."""
        self._file.close()


def _write_some(file: IO[bytes], content: bytes) -> int:
    """Write at least one byte; returns how many."""
    written = file.write(content)
    if not written:
        raise OSError(errno.EIO, os.strerror(errno.EIO))
    return written


def _cut_torn_line(path: Path) -> None:
    if not path.exists():
        return
    with open(path, "rb+") as file:
        end = file.seek(0, os.SEEK_END)
        while end:
            start = max(0, end - 65536)
            file.seek(start)
            newline = file.read(end - start).rfind(b"\n")
            if newline >= 0:
                end = start + newline + 1
                break
            end = start
        file.truncate(end)


def retry_after_failed_sync(write: Callable[[], None]) -> None:
    """Write again from memory, once, to a fresh file: a descriptor whose fsync failed must not be trusted."""
    try:
        write()
    except EngineError as error:
        if isinstance(error.__cause__, OSError) and error.__cause__.errno == errno.EIO:
            write()
            return
        raise
