"""A machine that became slower."""

from __future__ import annotations

import numpy as np

from engine.training.case import Case
from engine.training.doctor import Rule
from engine.training.finding import Finding, Mark

_SLOW = 0.5
_SECONDS = 10.0


class SlowedDown(Rule, kind="slowed-down", title="Machine slowed down"):
    """For ten seconds and more, fewer than half as many tokens a second are read as before.

    Only what was read since the speed was last changed counts.
    Source: experience; the usual causes are another program, a laptop that grew hot, and battery power.
    """

    def look(self, case: Case) -> Finding | None:
        """Compares the last stretch with the median before it; a run that is over is not looked at."""
        if case.is_over or case.series.is_paused:
            return None
        seconds, rates = case.column("seconds"), case.column("tokens_per_second")
        since = max((each.seconds for each in case.series.speeds), default=0.0)
        rates, steps, seconds = rates[seconds > since], case.steps[seconds > since], seconds[seconds > since]
        if not len(rates) or seconds[-1] - seconds[0] < 3 * _SECONDS:
            return None
        is_late = seconds > seconds[-1] - _SECONDS
        before, now = float(np.median(rates[~is_late])), float(np.median(rates[is_late]))
        if now > _SLOW * before:
            return None
        step = int(steps[is_late][0])
        return Finding(
            self.kind, "info", "This machine became slower: {now} tokens a second since step {step}, {before} before. "
            "Another program may need it, or it grew hot.",
            {"now": round(now), "before": round(before), "step": step},
            marks=(Mark(step, "slower", until=case.last_step),),
            command="speed" if case.series.speed != "full" else "")
