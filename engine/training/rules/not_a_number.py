"""A loss that is not a number."""

from __future__ import annotations

import re
from typing import ClassVar

from engine.training.case import Case
from engine.training.doctor import Rule
from engine.training.finding import Finding, Mark

PATH = "training.optimizer.learning_rate"


class NotANumber(Rule, kind="not-a-number", title="Loss is not a number"):
    """The run ended because a loss or a gradient was no number any more; that step was not applied.

    The usual cause is a step too far, so half the rate is offered.
    Source: Chowdhery et al. 2022 (arXiv:2204.02311), section 5.1, go back to a checkpoint as well.
    """

    silences: ClassVar = ("diverging", "loss-spike", "rate-too-high", "plateau", "underfitting")

    def look(self, case: Case) -> Finding | None:
        """Goes by the last word of the run."""
        ended = case.series.ended
        if ended is None or ended.status != "failed" or ended.details != PATH:
            return None
        said = re.search(r"step (\d+)", ended.what)
        step = int(said[1]) if said else case.last_step + 1
        saved = case.series.checkpoints[-1].step if case.series.checkpoints else None
        return Finding(
            self.kind, "error",
            "The loss was not a number at step {step}. The update was not applied, and step {saved} is saved."
            if saved is not None else
            "The loss was not a number at step {step}. The update was not applied; nothing was saved before.",
            {"step": step} | ({"saved": saved} if saved is not None else {}),
            marks=(Mark(case.last_step, "not a number"),), fix=case.rate_fix(0.5, "Half the rate: {rate}"))
