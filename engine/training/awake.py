"""Keeps the machine from falling asleep while it trains, as far as the system lets it; needs no torch."""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence

_CONTINUOUS, _SYSTEM_REQUIRED = 0x80000000, 0x00000001
_is_kept = False


def is_kept() -> bool:
    """Whether this process keeps the machine awake."""
    return _is_kept


@contextlib.contextmanager
def kept_awake() -> Iterator[bool]:
    """Keep the machine awake inside; gives whether that could be asked for. The screen may still go dark.

    The helper that asks for it ends with this process, however that ends.
    """
    global _is_kept
    if sys.platform == "win32":
        _is_kept = _on_windows(_CONTINUOUS | _SYSTEM_REQUIRED)
        try:
            yield _is_kept
        finally:
            _on_windows(_CONTINUOUS)
            _is_kept = False
        return
    helper = _started(command_for(sys.platform, os.getpid()))
    _is_kept = helper is not None
    try:
        yield _is_kept
    finally:
        _is_kept = False
        if helper is not None:
            helper.terminate()
            helper.wait()


def command_for(platform: str, process: int) -> Sequence[str]:
    """The command that keeps a machine awake as long as a process lives; nothing where none is known."""
    if platform == "darwin":
        return ("caffeinate", "-i", "-w", str(process))
    if platform.startswith("linux"):
        return ("systemd-inhibit", "--what=sleep:idle", "--who=Wenlu", "--why=A model is being trained", "tail",
                f"--pid={process}", "-f", os.devnull)
    return ()


def _started(command: Sequence[str]) -> subprocess.Popen[bytes] | None:
    if not command or any(shutil.which(name) is None for name in {command[0], *{"tail"}.intersection(command)}):
        return None
    try:
        helper = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL, start_new_session=True)
        helper.wait(0.2)  # one that is refused ends at once
    except subprocess.TimeoutExpired:
        return helper
    except OSError:
        return None
    return None


def _on_windows(state: int) -> bool:
    windll = getattr(ctypes, "windll", None)
    return windll is not None and bool(windll.kernel32.SetThreadExecutionState(state))
