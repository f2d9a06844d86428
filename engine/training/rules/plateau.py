"""A loss that falls no more."""

from __future__ import annotations

import numpy as np

from engine.training.case import Case
from engine.training.doctor import Rule
from engine.training.finding import Finding, Fix, Mark

_GAIN = 0.004
_LEAST_CHECKS = 8


class Plateau(Rule, kind="plateau", title="Falls no more"):
    """Neither loss fell by more than 0.4 % over the last third of a run that has a fifth or more still to go.

    In good runs of the sample texts the last third brought 3 % and more, as the rate falls with it.
    Source: the same idea as ReduceLROnPlateau, with a stretch that grows with the run in the place of a patience.
    """

    def look(self, case: Case) -> Finding | None:
        """Speaks only while there are steps to go: at the end a curve may be flat."""
        checks, blocks = case.checks, case.blocks
        third = -(-len(checks) // 3)
        if len(checks) < _LEAST_CHECKS or len(blocks) < 6 or case.progress > 0.8:
            return None
        before, now = min(each.loss for each in checks[:-third]), min(each.loss for each in checks[-third:])
        part = len(blocks) // 3
        if now < (1 - _GAIN) * before or np.median(blocks[-part:]) < (1 - _GAIN) * np.median(blocks[-2 * part:-part]):
            return None
        since = checks[-third - 1].step
        return Finding(
            self.kind, "warn",
            "The loss has hardly fallen since step {step}: it stays near {loss} bits per byte. What is left of the run "
            "will bring little.",
            {"step": since, "loss": f"{checks[-1].bits_per_byte:.3f}"},
            marks=(Mark(since, "flat", until=case.last_step),), fix=_falling_rate(case), command="stop")


def _falling_rate(case: Case) -> Fix | None:
    """A schedule that falls, where this one did not."""
    kind = case.setting("training.schedule.kind")
    return Fix("Let the rate fall", "training.schedule", {"kind": "linear"}) if kind == "constant" else None
