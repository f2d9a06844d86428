"""How late the window's own clock comes while a run trains with all cores before its eyes, on the Train page.

`python -m tests.bench lateness` needs about 100 seconds. A timer of 16 ms runs in the window's thread; what is told is
by how much each tick came after its time: half of them, 99 of 100, and the worst, in milliseconds. `own` is how long
the window itself worked between two ticks (processor time of its thread): it tells the window's own slowness from that
of a machine on which others work too.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator
from typing import Any

TICK_SECONDS = 0.016
WATCHED_SECONDS = 60.0
GOALS = {"p99_ms": 16.0, "worst_ms": 100.0}
WAIT_SECONDS = 180.0


def measure() -> Iterator[dict[str, Any]]:
    """One line for the idle window, one while it trains."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    with tempfile.TemporaryDirectory() as home:
        os.environ["WENLU_HOME"] = home
        from PySide6.QtWidgets import QApplication

        from studio.app import Start, read_options

        application = QApplication.instance() or QApplication(["wenlu"])
        start = Start(read_options(["--language", "en", "--page", "home"]))
        start.frame.show()
        until(lambda: start.studio is not None)
        yield {"what": "idle", **watched(10.0)}
        yield from while_training(start.studio)
        application.processEvents()


def while_training(studio: Any) -> Iterator[dict[str, Any]]:
    """Press the sample's button, wait for the first steps, watch for a minute, stop."""
    from PySide6.QtWidgets import QAbstractButton

    studio.window.findChild(QAbstractButton, "home.train.austen").click()
    session = studio.session
    until(lambda: bool(session.job_series().validations) and studio.window.page_key() == "train")
    started = session.job_series().started
    found = watched(WATCHED_SECONDS)
    yield {"what": "training", "threads": started.threads or os.cpu_count(), **found,
           "steps": session.job_series().steps[-1].step,
           "good": all(found[name] <= goal for name, goal in GOALS.items())}
    session.stop()
    until(lambda: not session.job_verb())
    session.close()
    studio.frame.close()


def until(is_so: Any) -> None:
    """Let the window live until something is so; SystemExit after three minutes."""
    from PySide6.QtCore import QEventLoop, QTimer

    loop, began = QEventLoop(), time.monotonic()
    looking = QTimer(interval=50)
    looking.timeout.connect(lambda: (is_so() or time.monotonic() - began > WAIT_SECONDS) and loop.quit())
    looking.start()
    loop.exec()
    if not is_so():
        raise SystemExit("The training did not come so far in three minutes.")


def watched(seconds: float) -> dict[str, Any]:
    """How late the ticks came over a time, with the load of the machine (processes that wait for a core)."""
    from PySide6.QtCore import QEventLoop, Qt, QTimer

    late: list[float] = []
    own: list[float] = []
    due, worked = time.monotonic() + TICK_SECONDS, time.thread_time()

    def tick() -> None:
        nonlocal due, worked
        now, work = time.monotonic(), time.thread_time()
        late.append(max(0.0, now - due) * 1000)
        own.append((work - worked) * 1000)
        due, worked = now + TICK_SECONDS, work

    clock = QTimer(interval=round(TICK_SECONDS * 1000), timerType=Qt.TimerType.PreciseTimer)
    clock.timeout.connect(tick)
    loop = QEventLoop()
    QTimer.singleShot(round(seconds * 1000), loop.quit)
    clock.start()
    loop.exec()
    clock.stop()
    load = {"load": round(os.getloadavg()[0], 1)} if hasattr(os, "getloadavg") else {}
    share = round(sum(own) / seconds / 1000, 3)
    return {"ticks": len(late), **spread("", late), **spread("own_", own), "window_cpu_share": share, **load}


def spread(name: str, values: list[float]) -> dict[str, float]:
    """Half of the values, 99 of 100, and all of them lie below these."""
    ordered = sorted(values)
    return {f"{name}p50_ms": round(ordered[len(ordered) // 2], 2),
            f"{name}p99_ms": round(ordered[len(ordered) * 99 // 100], 2), f"{name}worst_ms": round(ordered[-1], 1)}
