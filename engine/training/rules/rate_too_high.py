"""A learning rate that is too high."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from engine.training.case import Case
from engine.training.doctor import Rule
from engine.training.finding import Finding, Mark

_ABOVE = 3.0
_STUCK = 0.02
_POOR = 0.8
_BLIND = 1.05


class RateTooHigh(Rule, kind="rate-too-high", title="Learning rate too high"):
    """At more than three times the usual rate, the loss rose above a blind guess, stays near it, or hardly falls.

    Rose above: a median beyond 1.05 times the bits of a guess among equally likely pieces. Near: above 0.8
    times those bits, which good runs had left after a tenth of the steps. Hardly: by less than 2 % between the second
    and the last quarter of the points so far.
    Source: Smith 2018 (arXiv:1803.09820), section 4.
    """

    silences: ClassVar = ("plateau", "underfitting", "loss-spike")

    def look(self, case: Case) -> Finding | None:
        """Needs a tenth of the run."""
        blocks, usual, rate = case.blocks, case.usual_rate, case.peak_rate
        if len(blocks) < 8 or case.progress < 0.1 or usual is None or rate is None or rate < _ABOVE * usual:
            return None
        quarter = len(blocks) // 4
        early, late = np.median(blocks[quarter:2 * quarter]), np.median(blocks[-quarter:])
        guess = case.start_loss or float("inf")
        if blocks.max() > _BLIND * guess and late <= _POOR * guess:
            return self._rose(case, rate, usual, guess)
        if late <= _POOR * guess and late < (1 - _STUCK) * early:
            return None
        norm = float(np.median(case.column("gradient_norm")[-max(1, len(case.points) // 4):]))
        return Finding(
            self.kind, "warn",
            "The steps are too large: at a learning rate of {rate} the loss stays near {loss} bits per byte, with "
            "gradients of length {norm}. Usual for this optimizer is {usual}.",
            {"rate": f"{rate:.2g}", "loss": f"{late:.2f}", "norm": f"{norm:.2g}", "usual": f"{usual:g}"},
            marks=(Mark(case.block_step(quarter), "steps too large", until=case.last_step),),
            fix=case.usual_rate_fix("The usual rate: {rate}"), command="stop")

    def _rose(self, case: Case, rate: float, usual: float, guess: float) -> Finding:
        worst = int(np.argmax(case.blocks))
        return Finding(
            self.kind, "warn",
            "The steps were too large at first: at a learning rate of {rate} the loss rose to {loss} bits per byte, "
            "worse than a blind guess ({guess}). Usual for this optimizer is {usual}.",
            {"rate": f"{rate:.2g}", "loss": f"{case.blocks[worst]:.2f}", "guess": f"{guess:.2f}",
             "usual": f"{usual:g}"},
            marks=(Mark(case.block_step(0), "steps too large",
                        until=case.block_step(min(worst + 1, len(case.blocks) - 1))),),
            fix=case.usual_rate_fix("The usual rate: {rate}"))
