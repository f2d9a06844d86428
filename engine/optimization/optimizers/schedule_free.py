"""Schedule-free AdamW."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.optimization.groups import ParameterGroup
from engine.optimization.optimizer import Optimizer, OptimizerSpec
from engine.settings import setting


class ScheduleFree(OptimizerSpec, kind="schedule-free", title="Schedule-free AdamW"):
    """AdamW that averages the weights instead of lowering the rate; can be stopped or prolonged at any time.

    Checks, samples and saved models use the average; training goes on with other weights.
    Source: Defazio et al. 2024 (arXiv:2405.15682).
    """

    usual_rate: ClassVar[float] = 0.004
    usual_schedule: ClassVar[str] = "constant"
    averages_weights: ClassVar[bool] = True

    beta1: float = setting(0.9, "Average in a step", "How near to the average of the weights gradients are taken.",
                           low=0.01, high=0.9999, level="advanced")
    beta2: float = setting(0.99, "Second average", "How long the size of past gradients counts.", low=0.0, high=0.99999,
                           level="advanced")
    epsilon: float = setting(1e-8, "Epsilon", "Keeps steps small where gradients are next to nothing.", low=1e-16,
                             high=0.1, level="advanced", scale="log")
    weight_decay: float = setting(0.1, "Weight decay", "Pulls weights towards zero, against learning by heart.",
                                  low=0.0, high=10.0, level="advanced")

    def build(self, groups: Sequence[ParameterGroup]) -> Optimizer:
        """Schedule-free AdamW for all, rows for tables."""
        from engine.optimization.schedule_free_rule import ScheduleFreeRule
        from engine.optimization.whole import of_rule

        return of_rule(lambda portions: ScheduleFreeRule(portions, self.beta1, self.beta2, self.epsilon), groups,
                       self.main_rate, self.weight_decay, self.table_rate)
