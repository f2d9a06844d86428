"""How the learning rate changes along a run."""

from __future__ import annotations

from typing import ClassVar

from engine.settings import Family, setting


class ScheduleSpec(Family, folder="engine.optimization.schedules"):
    """A curve that multiplies the learning rate."""

    warmup_steps: int | None = setting(None, "Warm-up", "The learning rate rises from nothing over so many steps.",
                                       unit="steps", low=0, high=1_000_000, level="advanced",
                                       auto="A fiftieth of all steps, at most 200")

    warmup_percent: ClassVar[int] = 2
    most_warmup: ClassVar[int] = 200
    """Of all steps, how many belong to the warm-up when it is left open."""

    def scale(self, step: int, steps: int) -> float:
        """The factor, above 0 and at most 1, for step number `step` (from 0) of `steps`.

        The warm-up rises linearly to 1; after it the curve runs from share 0 to share 1, reached after the last step.
        """
        warmup = min(self.most_warmup, self.warmup_percent * steps // 100) if self.warmup_steps is None \
            else self.warmup_steps
        warmup = min(warmup, steps - 1)
        if step < warmup:
            return (step + 1) / (warmup + 1)
        return self.after_warmup(step, steps, warmup)

    def after_warmup(self, step: int, steps: int, warmup: int) -> float:
        """The factor after the warm-up: by the share of the steps that follow it, unless a member says otherwise."""
        return self.curve(min(1.0, (step - warmup) / max(1, steps - warmup)))

    def curve(self, share: float) -> float:
        """The factor after this share, 0 to 1, of the steps that follow the warm-up; 1 where a member says nothing."""
        return 1.0
