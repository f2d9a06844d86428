"""The door of the installed program: check that a window can be shown, then show it."""

from __future__ import annotations

import importlib.util
import sys

from studio import preflight


def main() -> int:
    """Open the window and wait until it is closed; gives the exit code, 2 where something is missing."""
    if importlib.util.find_spec("PySide6") is None:
        problem = "PySide6 is not installed for this Python: `python3 studio` makes an environment that has it."
    else:
        problem = preflight.problem() or ""
    if problem:
        print(problem, file=sys.stderr)
        return 2
    from studio.app import main as show

    return show() or 0
