"""How long work tells how far it is and learns that it should stop."""

from __future__ import annotations

import time
from collections.abc import Callable

from engine.events import Event, Progress


class Stopped(Exception):  # noqa: N818  (not an error: the user asked)
    """Raised inside a job when the user asked it to stop; what was finished is kept."""


class Work:
    """Passed to everything that takes longer than a moment.

    `report` takes events; `is_stopping` says whether the user asked to stop. The default does neither, for scripts.
    """

    def __init__(self, report: Callable[[Event], None] = lambda event: None,
                 is_stopping: Callable[[], bool] = lambda: False,
                 clock: Callable[[], float] = time.monotonic) -> None:
        self.report = report
        self.is_stopping = is_stopping
        self.clock = clock
        self._stage = ""
        self._stage_began = 0.0
        self._last = float("-inf")

    def check(self) -> None:
        """Raise Stopped if the user asked to stop."""
        if self.is_stopping():
            raise Stopped

    def progress(self, stage: str, done: int, total: int | None, unit: str, detail: str = "") -> None:
        """Say how far a stage is, at most ten times a second, and stop if asked."""
        self.check()
        now = self.clock()
        if stage != self._stage:
            self._stage, self._stage_began, self._last = stage, now, float("-inf")
        if now - self._last < 0.1 and done != total:
            return
        self._last = now
        elapsed = now - self._stage_began
        left = elapsed * (total - done) / done if total and done and elapsed > 0.5 else None
        self.report(Progress(stage=stage, done=done, total=total, unit=unit, seconds_left=left, detail=detail))
