"""Lion."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.optimization.groups import ParameterGroup
from engine.optimization.optimizer import Optimizer, OptimizerSpec
from engine.settings import setting


class Lion(OptimizerSpec, kind="lion", title="Lion"):
    """Moves every weight by the same small amount, up or down; keeps half of what AdamW keeps in memory.

    Takes rates three to ten times lower than AdamW's, and a weight decay that much higher.
    Source: Chen et al. 2023 (arXiv:2302.06675).
    """

    usual_rate: ClassVar[float] = 0.001
    numbers_per_weight: ClassVar[float] = 1.0

    beta1: float = setting(0.9, "Direction", "How much past gradients count in the direction of a step.", low=0.0,
                           high=0.9999, level="advanced")
    beta2: float = setting(0.99, "Momentum", "How long past gradients count.", low=0.0, high=0.9999, level="advanced")
    weight_decay: float = setting(0.2, "Weight decay", "Pulls weights towards zero, against learning by heart.",
                                  low=0.0, high=10.0, level="advanced")

    def build(self, groups: Sequence[ParameterGroup]) -> Optimizer:
        """Lion for all, rows for tables."""
        from engine.optimization.lion_rule import LionRule
        from engine.optimization.whole import of_rule

        return of_rule(lambda portions: LionRule(portions, self.beta1, self.beta2), groups, self.main_rate,
                       self.weight_decay, self.table_rate)
