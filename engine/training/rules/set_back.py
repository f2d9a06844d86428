"""A run that went back to a checkpoint by itself."""

from __future__ import annotations

from typing import ClassVar

from engine.training.case import Case
from engine.training.doctor import Rule
from engine.training.finding import Finding, Mark

_OFTEN = 2


class SetBack(Rule, kind="set-back", title="Went back to a checkpoint"):
    """The loss jumped or was no number, so the run went back to a checkpoint and passed over the batches before that.

    Once may be chance, from the second time on half the rate is offered.
    Source: Chowdhery et al. 2022 (arXiv:2204.02311), section 5.1.
    """

    silences: ClassVar = ("loss-spike",)

    def look(self, case: Case) -> Finding | None:
        """Goes by what the run said itself."""
        said = [each for each in case.series.notices if each.code == self.kind]
        if not said:
            return None
        last = said[-1]
        step = min(last.step or 0, case.last_step)
        fix = case.rate_fix(0.5, "Half the rate: {rate}") if len(said) >= _OFTEN else None
        return Finding(self.kind, "warn", last.text, last.values, marks=(Mark(step, "went back"),), fix=fix)
