"""Memory that is nearly used up."""

from __future__ import annotations

from engine.training.case import Case
from engine.training.doctor import Rule
from engine.training.finding import Finding, Fix, Mark

_NEAR = 0.9


class MemoryNearLimit(Rule, kind="memory-near-limit", title="Memory nearly used up"):
    """Training takes more than nine tenths of the memory that it may use, or ran out of it and split its batches.

    The limit is the one in the settings, or what was free when the run was planned tightly.
    Source: experience; systems begin to swap before the last tenth is used.
    """

    def look(self, case: Case) -> Finding | None:
        """Goes by the log's memory and by what the planner said."""
        said = {notice.code: notice for notice in case.series.notices}
        ran_out = said.get("memory")
        if ran_out is not None:
            return Finding(
                self.kind, "warn", "Memory ran out at step {step}: {windows} windows at a time are learnt from since.",
                {"step": ran_out.step or 0, **ran_out.values},
                marks=(Mark(ran_out.step or 0, "memory"),), fix=_smaller_batch(case))
        limit = case.setting("training.memory_gigabytes")
        free = limit if isinstance(limit, int | float) else \
            said["memory-tight"].values.get("free") if "memory-tight" in said else None
        used = max((each.memory_bytes for each in case.series.steps), default=0) / 1e9
        if not isinstance(free, int | float) or used < _NEAR * free:
            return None
        return Finding(
            self.kind, "warn", "Training takes {used} GB of the {free} GB of memory that it may use.",
            {"used": f"{used:.1f}", "free": f"{free:.1f}"}, fix=_smaller_batch(case))


def _smaller_batch(case: Case) -> Fix | None:
    batch = case.setting("training.batch_size")
    if not isinstance(batch, int) or batch < 2:
        return None
    return Fix("Half the batch: {windows}", "training.batch_size", batch // 2, {"windows": batch // 2})
