"""A model that learns its text by heart."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from engine.training.case import Case
from engine.training.doctor import Rule
from engine.training.finding import Finding, Fix, Mark

_CHECKS = 3
_RISE = 0.002
"""A rise below this share of the best loss is the noise of a check."""


class Overfitting(Rule, kind="overfitting", title="Learns by heart"):
    """Unseen text got harder to foresee for three checks in a row, while the training loss fell.

    Source: Prechelt 1998, Early stopping, but when? (criterion UP with three strips).
    """

    silences: ClassVar = ("too-little-text", "plateau", "underfitting")

    def look(self, case: Case) -> Finding | None:
        """Looks at the checks since the best one."""
        checks = case.checks
        best = min(range(len(checks)), key=lambda index: checks[index].loss, default=0)
        after = checks[best + 1:]
        if len(after) < _CHECKS or min(each.loss for each in after[-_CHECKS:]) < (1 + _RISE) * checks[best].loss:
            return None
        step, now = checks[best].step, after[-1]
        if not _falls_since(case, step):
            return None
        return Finding(
            self.kind, "warn",
            "The model learns its text by heart since step {step}: unseen text went from {best} to {now} bits per "
            "byte. The best checkpoint is kept.",
            {"step": step, "best": f"{checks[best].bits_per_byte:.3f}", "now": f"{now.bits_per_byte:.3f}"},
            marks=(Mark(step, "overfitting", until=now.step),), fix=_more_dropout(case), command="stop")


def _falls_since(case: Case, step: int) -> bool:
    """Whether the training loss is lower at the end than it was up to a step, over as many points."""
    after = case.losses[case.steps > step]
    before = case.losses[case.steps <= step]
    count = max(1, min(len(after) // 3, len(before)))
    return len(after) > 0 and len(before) > 0 and bool(np.median(after[-count:]) < np.median(before[-count:]))


def _more_dropout(case: Case) -> Fix | None:
    """Twice the dropout, between 0.1 and 0.5, as a change of the model that was trained."""
    model, dropout = case.setting("model"), case.setting("model.dropout")
    if not isinstance(model, dict) or not isinstance(dropout, int | float) or dropout >= 0.5:
        return None
    more = round(min(0.5, max(0.1, 2 * dropout)), 2)
    return Fix("More dropout: {dropout}", "model", {**model, "dropout": more}, {"dropout": f"{more:g}"})
