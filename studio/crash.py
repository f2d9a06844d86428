"""What happens to a fault nobody foresaw: it is written down, told to the window, and the program goes on.

A report holds where the fault happened and on what kind of machine. It never holds a text, a prompt or a path of
the user: messages of errors that may quote values are left out.
"""

from __future__ import annotations

import contextlib
import faulthandler
import sys
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO

from engine.errors import EngineError

_ROOT = Path(__file__).resolve().parent.parent


class FaultElsewhere(Exception):  # noqa: N818  (a fault, as everywhere here)
    """A fault in another process of Wenlu; its text names places in the code and nothing else."""


_SPEAK_OF_CODE_ONLY = (AttributeError, FaultElsewhere, ImportError, IndexError, NameError, RecursionError, TypeError,
                       ZeroDivisionError)
_QUIET_SECONDS = 10.0


@dataclass(frozen=True)
class CrashReport:
    """One fault: a line that says what it is, and the whole report as text."""

    title: str
    text: str


class CrashLog:
    """Gathers faults, writes each to the user's data folder, and passes new ones to whoever listens."""

    def __init__(self) -> None:
        self.folder: Path | None = None
        self.listener: Callable[[CrashReport], None] | None = None
        self.reports: list[CrashReport] = []
        self._told: dict[str, float] = {}
        self._lock = threading.Lock()
        self._faults: IO[str] | None = None

    def note(self, error: BaseException) -> CrashReport:
        """Write a fault down; the listener hears of the same place at most once in ten seconds."""
        report = describe(error)
        now = time.monotonic()
        with self._lock:
            is_new = now - self._told.get(report.title, -_QUIET_SECONDS) >= _QUIET_SECONDS
            self._told[report.title] = now
            if is_new:
                self.reports = [*self.reports[-19:], report]
        if is_new:
            self._write(report)
            self._tell(report)
        return report

    def _tell(self, report: CrashReport) -> None:
        """Nothing may go wrong here: whoever notes a fault stands at Qt's door."""
        with contextlib.suppress(OSError, ValueError):  # nobody reads what we print
            print(report.text, file=sys.stderr)
        try:
            if self.listener is not None:
                self.listener(report)
        except RuntimeError:  # the window that listened is gone
            self.listener = None

    def _write(self, report: CrashReport) -> None:
        if self.folder is None:
            return
        try:
            save(report, self.folder / f"crash-{time.strftime('%Y%m%d-%H%M%S')}.txt")
        except (OSError, EngineError):
            return  # the report is still on the screen; a full disk must not hide the first fault


log = CrashLog()


def report(error: BaseException) -> None:
    """Note a fault that was caught where Qt must not see it."""
    log.note(error)


def save(report: CrashReport, path: Path) -> None:
    """Write a report where the user asked; raises EngineError when the disk refuses."""
    from engine import storage  # not before the bare window is painted

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise storage.as_engine_error(error, path) from error
    storage.write_text(path, report.text)


def install(folder: Path) -> OSError | None:
    """Catch faults of all threads and of the interpreter itself; reports go to `folder`.

    Where that folder cannot be written to, faults are told on the screen alone, and why is returned.
    """
    sys.excepthook = _on_fault
    threading.excepthook = _on_thread_fault
    try:
        folder.mkdir(parents=True, exist_ok=True)
        log._faults = open(folder / "interpreter.log", "a", encoding="utf-8")  # noqa: SIM115  (for the interpreter)
    except OSError as error:
        if sys.stderr is not None:
            faulthandler.enable()
        return error
    log.folder = folder
    faulthandler.enable(log._faults)
    return None


def _on_fault(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
        return
    log.note(error.with_traceback(trace))


def _on_thread_fault(fault: threading.ExceptHookArgs) -> None:
    if fault.exc_value is not None and not issubclass(fault.exc_type, SystemExit):
        log.note(fault.exc_value)


def describe(error: BaseException) -> CrashReport:
    """The report of a fault: kind, place and machine, without the user's text."""
    import platform

    frames = traceback.extract_tb(error.__traceback__)
    where = frames[-1] if frames else None
    kind = type(error).__name__
    title = f"{kind} in {_short(where.filename)}, line {where.lineno}" if where else kind
    message = str(error) if isinstance(error, _SPEAK_OF_CODE_ONLY) else "(left out: it may quote your text)"
    lines = [f"  {_short(frame.filename)}:{frame.lineno} in {frame.name}" for frame in frames]
    about = f"Wenlu on Python {platform.python_version()}, {platform.system()} {platform.machine()}"
    text = "\n".join([title, f"Message: {message}", about, "Calls, the last one failed:", *lines, ""])
    return CrashReport(title, text)


def _short(filename: str) -> str:
    """A path without the folders that would name the user."""
    path = Path(filename)
    if path.is_relative_to(_ROOT):
        return path.relative_to(_ROOT).as_posix()
    return "/".join(path.parts[-2:])
