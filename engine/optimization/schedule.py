"""How the learning rate changes along a run."""

from __future__ import annotations

from abc import abstractmethod

from engine.settings import Family, setting


class ScheduleSpec(Family, folder="engine.optimization.schedules"):
    """A curve that multiplies the learning rate."""

    warmup_steps: int | None = setting(None, "Warm-up", "The learning rate rises from nothing over so many steps.",
                                       unit="steps", low=0, high=1_000_000, level="advanced",
                                       auto="A fiftieth of all steps, at most 200")

    def scale(self, step: int, steps: int) -> float:
        """The factor, above 0 and at most 1, for step number `step` (from 0) of `steps`.

        The warm-up rises linearly to 1; after it the curve runs from share 0 to share 1, reached after the last step.
        """
        warmup = min(200, steps // 50) if self.warmup_steps is None else self.warmup_steps
        warmup = min(warmup, steps - 1)
        if step < warmup:
            return (step + 1) / (warmup + 1)
        return self.curve(min(1.0, (step - warmup) / max(1, steps - warmup)))

    @abstractmethod
    def curve(self, share: float) -> float:
        """The factor after this share, 0 to 1, of the steps that follow the warm-up."""
