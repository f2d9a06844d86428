"""Keeps a run within its time when the machine turns out faster or slower than measured before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from engine.events import Notice, StepDone
from engine.settings import from_plain, to_plain
from engine.training.spec import TrainSpec

_LOOKS = (0.06, 0.3, 0.45, 0.6, 0.75, 0.88)
"""At these shares of the time the pace is looked at."""

_FREE = 2
"""So many looks may lengthen the run too; later that would raise a rate that had fallen, so they only shorten it."""

_AIM = 0.94
_TOLERATED = (0.88, 1.15)


@dataclass
class TimeKeeper:
    """Compares what is left to do with the time that is left. `began` is the job time at which the budget began.

    `most_steps` are worth making at all. `usual_seconds` is how long a validation and a sample take, as far as it was
    measured. All of it is part of a checkpoint, so that a run that was cut off looks when an undisturbed one would.
    """

    budget_seconds: float
    began: float
    most_steps: int
    looked: int = 0
    usual_seconds: dict[str, float] = field(default_factory=dict)
    is_held: bool = False
    """While something else takes time, such as counting the baseline, the pace is not looked at."""

    def state(self) -> dict[str, Any]:
        """As plain data."""
        return {name: value for name, value in asdict(self).items() if name != "is_held"}

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> TimeKeeper:
        """The keeper of an earlier life of the run."""
        return cls(**state)

    def refitted(self, spec: TrainSpec, seconds: float, told: StepDone) -> TrainSpec | None:
        """The settings with another number of steps, when the present one misses the time by far.

        `seconds` is the job time now.
        """
        used = seconds - self.began
        if self.is_held or self.looked == len(_LOOKS) or used < _LOOKS[self.looked] * self.budget_seconds:
            return None
        is_late = self.looked >= _FREE
        self.looked += 1
        if not told.seconds_left or spec.steps is None or spec.validate_every is None or spec.sample_every is None:
            return None
        ratio = max(0.05, (_AIM * self.budget_seconds - used) / told.seconds_left)
        steps = min(told.step + round((spec.steps - told.step) * ratio), max(self.most_steps, told.step + 1))
        scale = steps / spec.steps
        if _TOLERATED[0] <= (ratio if is_late else scale) <= _TOLERATED[1] or (is_late and scale > 1):
            return None
        return from_plain(TrainSpec, {**to_plain(spec), "steps": steps,
                                      "validate_every": max(1, round(spec.validate_every * scale)),
                                      "sample_every": max(1, round(spec.sample_every * scale))})


def fewer_steps(step: int, before: int, after: int) -> Notice:
    """What the user is told at `step` when a run is made shorter."""
    return Notice(level="info", code="fewer-steps", step=step, values={"steps": after, "before": before},
                  text="This machine is slower than it was measured, so the run makes {steps} steps instead of "
                       "{before}: it ends in its time.")
