"""A run that ended before the model had learnt what it could."""

from __future__ import annotations

from engine.training.case import Case
from engine.training.doctor import Rule
from engine.training.finding import Finding, Fix, Mark

_GAP = 0.04
_STILL_FALLING = 0.01


class Underfitting(Rule, kind="underfitting", title="Could learn more"):
    """The run is done, unseen text is foreseen as well as known text, and the loss still fell.

    Still falling: by more than 1 % over the last quarter of the checks.
    Source: Goodfellow et al. 2016, Deep Learning, section 5.2 (capacity, overfitting and underfitting).
    """

    def look(self, case: Case) -> Finding | None:
        """Speaks at the end of a run."""
        checks, blocks = case.checks, case.blocks
        if not case.is_done or len(checks) < 4 or not len(blocks):
            return None
        quarter = max(1, len(checks) // 4)
        last, before = checks[-1], checks[-1 - quarter]
        gap = last.bits_per_byte / float(blocks[-1]) - 1
        if gap > _GAP or last.loss > (1 - _STILL_FALLING) * before.loss:
            return None
        baseline = min((each.bits_per_byte for each in case.series.counted), default=None)
        is_behind = baseline is not None and last.bits_per_byte > baseline
        values = {"step": before.step, "before": f"{before.bits_per_byte:.3f}", "now": f"{last.bits_per_byte:.3f}"}
        return Finding(
            self.kind, "info",
            "The run ended while the loss still fell, from {before} to {now} bits per byte since step {step}, and "
            "above the 5-gram's {baseline}. More time would help."
            if is_behind else
            "The run ended while the loss still fell, from {before} to {now} bits per byte since step {step}. More "
            "time would help.",
            values | ({"baseline": f"{baseline:.3f}"} if is_behind else {}),
            marks=(Mark(before.step, "still falling", until=last.step),), fix=_more_time(case))


def _more_time(case: Case) -> Fix | None:
    """Twice the steps where a number was set, else twice the time."""
    if case.was_set("training.steps"):
        steps = 2 * int(case.setting("training.steps"))
        return Fix("Twice the steps", "training.steps", steps)
    seconds = case.setting("training.budget_seconds")
    return Fix("Twice the time", "training.budget_seconds", 2.0 * seconds) if isinstance(seconds, int | float) else None
