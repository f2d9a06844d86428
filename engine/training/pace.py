"""Means over steps, and how long the rest will take."""

from __future__ import annotations

import time
from collections.abc import Callable

from engine.training.spec import Speed
from engine.training.speed import rest_after

_PER_SECOND = 20
_LINES = 5000


class Pace:
    """Gathers steps until it is time to speak of them: at most 20 times a second, less often in long runs."""

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        self._began = clock()
        self._spoke = float("-inf")
        self._step_seconds: float | None = None
        self._other_seconds: dict[str, float] = {}
        self._clear()

    def _clear(self) -> None:
        self.tokens = 0
        self._loss = self._norm = self._seconds = 0.0
        self._steps = 0

    def add(self, loss: float, norm: float, tokens: int, seconds: float, rest: float = 0.0) -> None:
        """Take in one step: its loss, gradient norm, tokens, the time it took and the rest that follows it."""
        self.tokens += tokens
        self._loss += loss
        self._norm += norm
        self._seconds += seconds + rest
        self._steps += 1
        old = self._step_seconds
        self._step_seconds = seconds if old is None else 0.95 * old + 0.05 * seconds

    def took(self, what: str, seconds: float) -> None:
        """Remember how long something between the steps takes, such as a validation."""
        self._other_seconds[what] = seconds

    @property
    def usual_seconds(self) -> dict[str, float]:
        """How long the things between the steps took last."""
        return dict(self._other_seconds)

    def forget(self) -> None:
        """Forget the steps that nothing was said of yet: they are made again."""
        self._clear()

    def is_due(self) -> bool:
        """Whether it is time to speak."""
        now = self._clock()
        return self._steps > 0 and now - self._spoke >= max(1 / _PER_SECOND, (now - self._began) / _LINES)

    def means(self) -> tuple[float, float, float]:
        """Loss, gradient norm and tokens a second since the last call."""
        found = (self._loss / self._steps, self._norm / self._steps, self.tokens / max(self._seconds, 1e-9))
        self._spoke = self._clock()
        self._clear()
        return found

    def seconds_left(self, steps: int, others: dict[str, int], speed: Speed = "full") -> float | None:
        """Time for so many steps at this speed, rests included, and so many of each other thing."""
        if self._step_seconds is None:
            return None
        step = self._step_seconds + rest_after(speed, self._step_seconds)
        return steps * step + sum(count * self._other_seconds.get(what, 0.0)
                                                for what, count in others.items())
