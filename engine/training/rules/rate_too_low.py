"""A learning rate that is too low."""

from __future__ import annotations

from typing import ClassVar

from engine.training.case import Case
from engine.training.doctor import Rule
from engine.training.finding import Finding, Mark

_BELOW = 0.2
_LATE_SHARE = 0.28


class RateTooLow(Rule, kind="rate-too-low", title="Learning rate too low"):
    """The loss falls as slowly and steadily late as early, at a rate below a fifth of the usual one.

    A good curve falls fast and then bends: here at most a quarter of its fall came in the second half of the points.
    Source: Smith 2018 (arXiv:1803.09820), section 4: a low rate shows in the shape of the early curve.
    """

    silences: ClassVar = ("underfitting", "plateau")

    def look(self, case: Case) -> Finding | None:
        """Needs a tenth of the run."""
        blocks, usual, rate = case.blocks, case.usual_rate, case.peak_rate
        if len(blocks) < 8 or case.progress < 0.1 or usual is None or rate is None or rate > _BELOW * usual:
            return None
        fall, late = blocks[0] - blocks[-1], blocks[len(blocks) // 2] - blocks[-1]
        if late < _LATE_SHARE * fall:
            return None
        return Finding(
            self.kind, "warn",
            "The loss falls slowly: to {now} bits per byte after {step} steps, at a learning rate of {rate}. Usual for "
            "this optimizer is {usual}.",
            {"now": f"{blocks[-1]:.2f}", "step": case.last_step, "rate": f"{rate:.2g}", "usual": f"{usual:g}"},
            marks=(Mark(case.block_step(len(blocks) // 2), "slow", until=case.last_step),),
            fix=case.usual_rate_fix("The usual rate: {rate}"), command="stop" if case.progress < 0.5 else "")
