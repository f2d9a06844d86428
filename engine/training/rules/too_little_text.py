"""Too little text for the model."""

from __future__ import annotations

from engine.training.case import Case
from engine.training.doctor import Rule
from engine.training.finding import Finding, Fix, Mark

_EPOCHS = 16
_GAP = 0.10


class TooLittleText(Rule, kind="too-little-text", title="Too little text"):
    """The text is read more than 16 times in this run, and known text is foreseen better by 10 % already.

    Source: Muennighoff et al. 2023 (arXiv:2305.16264): up to 4 readings are as good as new text, beyond 16 hardly any
    is gained.
    """

    def look(self, case: Case) -> Finding | None:
        """Goes by the plan and by the gap between the two curves."""
        plan, checks, blocks = case.series.plan, case.checks, case.blocks
        if plan is None or not checks or not len(blocks) or not plan.training_tokens:
            return None
        times = plan.steps * plan.tokens_per_step / plan.training_tokens
        gap = checks[-1].bits_per_byte / max(float(blocks[-1]), 1e-6) - 1
        if times < _EPOCHS or gap < _GAP:
            return None
        fix = Fix("Let Wenlu choose the model", "model", None) if case.was_set("model") else None
        return Finding(
            self.kind, "warn",
            "The text is little for this model: {tokens} tokens for {parameters} parameters, read {times} times. Known "
            "text is foreseen {percent} % better than unseen text; more text would help most.",
            {"tokens": plan.training_tokens, "parameters": plan.parameters, "times": round(times),
             "percent": round(100 * gap)},
            marks=(Mark(checks[-1].step, "gap", loss=checks[-1].loss),), fix=fix)
