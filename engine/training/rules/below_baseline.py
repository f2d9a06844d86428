"""A model that is better than counting."""

from __future__ import annotations

from engine.training.case import Case
from engine.training.doctor import Rule
from engine.training.finding import Finding, Mark


class BelowBaseline(Rule, kind="below-baseline", title="Better than counting"):
    """Unseen text is foreseen better than by counting word sequences, on the same tokens.

    Source: Chen and Goodman 1999 for the 5-gram that is counted.
    """

    def look(self, case: Case) -> Finding | None:
        """The first check below the best baseline."""
        baseline = min(case.series.counted, key=lambda each: each.loss, default=None)
        first = next((each for each in case.checks if baseline is not None and each.loss < baseline.loss), None)
        if first is None or baseline is None:
            return None
        return Finding(
            self.kind, "ok",
            "Since step {step} the model foresees unseen text better than counting word sequences does: {now} bits per "
            "byte, the 5-gram {baseline}.",
            {"step": first.step, "now": f"{first.bits_per_byte:.3f}", "baseline": f"{baseline.bits_per_byte:.3f}"},
            marks=(Mark(first.step, "better than counting", loss=first.loss),))
