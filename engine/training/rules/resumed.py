"""A run that was cut off and went on."""

from __future__ import annotations

from engine.training.case import Case
from engine.training.doctor import Rule
from engine.training.finding import Finding, Mark


class Resumed(Rule, kind="resumed", title="Went on after a restart"):
    """The run was stopped or cut off and went on from a checkpoint.

    Source: the log itself.
    """

    def look(self, case: Case) -> Finding | None:
        """The last restart."""
        if not case.series.restarts:
            return None
        last = case.series.restarts[-1]
        return Finding(
            self.kind, "info",
            "The run went on from step {step} after a restart, exactly as it was."
            if last.exact else
            "The run went on from step {step} after a restart, but not exactly as it was: {missing} is missing.",
            {"step": last.step} | ({} if last.exact else {"missing": ", ".join(last.missing)}),
            marks=(Mark(last.step, "restart"),))
