"""How long until the bare window is painted, against an empty window of PySide6 on the same machine."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
RUNS = 5

# Both children print the clock at their first paint; the parent's clock at their start is taken off.
_FIRST_PAINT = """
import sys, time
import PySide6.QtWidgets
from PySide6.QtCore import QEvent, QObject

class FirstPaint(QObject):
    def eventFilter(self, watched, event):
        if event.type() == QEvent.Type.Paint:
            print("painted", time.monotonic(), flush=True)
            Application.instance().removeEventFilter(self)
            Application.exit(0)
        return False

class Application(PySide6.QtWidgets.QApplication):
    def __init__(self, words):
        super().__init__(words)
        self.watcher = FirstPaint()
        self.installEventFilter(self.watcher)

PySide6.QtWidgets.QApplication = Application
"""
_EMPTY = _FIRST_PAINT + """
application = Application(["empty"])
window = PySide6.QtWidgets.QWidget()
window.resize(1360, 860)
window.show()
application.exec()
"""
_WENLU = _FIRST_PAINT + """
from studio import preflight
preflight.problem()
import studio.app
print("imported", time.monotonic(), flush=True)
sys.argv[1:] = ["--size", "1360x860"]
studio.app.main()
"""


def _seconds(code: str, home: str) -> dict[str, float]:
    """Seconds from the start of a child to each of the moments it prints."""
    surroundings = {**os.environ, "PYTHONPATH": str(ROOT), "WENLU_HOME": home}
    if not {"DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"} & set(surroundings):
        surroundings["QT_QPA_PLATFORM"] = "offscreen"
    began = time.monotonic()
    child = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=surroundings, capture_output=True, text=True,
                           check=True)
    moments = (line.split() for line in child.stdout.splitlines() if line.startswith(("painted ", "imported ")))
    return {name: float(clock) - began for name, clock in moments}


def _summary(values: list[float]) -> dict[str, float]:
    return {"min": round(min(values), 3), "median": round(statistics.median(values), 3), "max": round(max(values), 3)}


def measure() -> Iterator[dict[str, Any]]:
    """Five starts of each, taking turns, after one of each that only warms the disk's cache."""
    with tempfile.TemporaryDirectory() as home:
        pairs = [(_seconds(_EMPTY, home), _seconds(_WENLU, home)) for _ in range(RUNS + 1)][1:]
    empty = [pair[0]["painted"] for pair in pairs]
    wenlu = [pair[1]["painted"] for pair in pairs]
    yield {"what": "empty window painted", "unit": "s", **_summary(empty)}
    yield {"what": "studio imported", "unit": "s", **_summary([pair[1]["imported"] for pair in pairs])}
    yield {"what": "bare window painted", "unit": "s", **_summary(wenlu)}
    yield {"what": "ratio of medians", "value": round(statistics.median(wenlu) / statistics.median(empty), 2),
           "limit": 1.5, "platform": os.environ.get("QT_QPA_PLATFORM", "offscreen")}
