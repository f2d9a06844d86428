"""How much of the machine training takes: rests between steps, and who comes first; needs no torch."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path

import psutil

from engine.training.spec import Speed

_NICENESS = 10
_LONGEST_REST = 1.0


def rest_after(speed: Speed, seconds: float) -> float:
    """How long to rest after work that took so many seconds: as long again when quiet, at most a second."""
    return min(seconds, _LONGEST_REST) if speed == "quiet" else 0.0


def working_share(speed: Speed) -> float:
    """The share of the time in which steps are made, about."""
    return 0.5 if speed == "quiet" else 1.0


class Priority:
    """Who comes first on a busy machine: this process gives way unless at full speed.

    Nothing changes until `own`: a process that does more than training is left as it is.
    """

    def __init__(self) -> None:
        self._usual: int | None = None

    def own(self) -> None:
        """Say that this process is there for training alone."""
        process = psutil.Process()
        values = [process.nice()]
        with contextlib.suppress(psutil.Error, OSError):  # a window may have made it give way already
            values.append(psutil.Process(process.ppid()).nice())
        self._usual = process.nice() if sys.platform == "win32" else min(values)

    def suit(self, speed: Speed) -> bool:
        """Give way or take back; False where the system does not let a process take back what it gave."""
        if self._usual is None:
            return True
        try:
            if sys.platform == "win32":
                psutil.Process().nice(self._usual if speed == "full" else psutil.BELOW_NORMAL_PRIORITY_CLASS)
            else:
                _be_as_nice_as(self._usual if speed == "full" else max(_NICENESS, psutil.Process().nice()))
        except (OSError, psutil.Error):
            return False
        return True


def _be_as_nice_as(wanted: int) -> None:
    """Set all threads; on Linux each has a value of its own, which those begun by it inherit."""
    tasks = Path("/proc/self/task")
    for thread in [int(each.name) for each in tasks.iterdir()] if tasks.is_dir() else [0]:
        if os.getpriority(os.PRIO_PROCESS, thread) != wanted:
            os.setpriority(os.PRIO_PROCESS, thread, wanted)
