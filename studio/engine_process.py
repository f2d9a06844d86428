"""How a process of the engine is started beside the window."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import psutil

import engine

ENGINE_ROOT = Path(engine.__file__).resolve().parent.parent
"""Where `python -m engine` finds this very engine: a folder of the user's that is called engine must not be taken."""

_NICENESS = 10
_DETACHED = 0x8 | 0x200 if os.name == "nt" else 0  # DETACHED_PROCESS and CREATE_NEW_PROCESS_GROUP


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment of a child: UTF-8 everywhere, and a trace even of a hard crash."""
    given = {"PYTHONUTF8": "1", "PYTHONFAULTHANDLER": "1", **(extra or {})}
    return {**os.environ, **{name: value for name, value in given.items() if name not in os.environ}}


def start(command: Sequence[str], output: Path, extra: Mapping[str, str] | None = None,
          give_way: bool = True) -> subprocess.Popen[bytes]:
    """Start a child that outlives the window; what it prints as errors goes to `output`.

    It leads a session of its own, so that neither Ctrl+C in the window's terminal nor the window's end reaches it.
    With `give_way` it runs at a lower priority, and the window stays smooth.
    """
    with open(output, "ab") as errors:
        child = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=errors, cwd=ENGINE_ROOT,
            env=environment(extra), start_new_session=os.name != "nt", creationflags=_DETACHED)
    if give_way:
        lower_priority(child.pid)
    return child


def lower_priority(process_id: int, niceness: int = _NICENESS) -> None:
    """Let a process give way to others; one that has ended meanwhile does not matter."""
    with contextlib.suppress(psutil.Error, OSError):
        process = psutil.Process(process_id)
        if sys.platform == "win32":
            process.nice(psutil.BELOW_NORMAL_PRIORITY_CLASS)
        elif process.nice() < niceness:
            process.nice(niceness)
