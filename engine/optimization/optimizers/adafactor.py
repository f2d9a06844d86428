"""Adafactor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.optimization.groups import ParameterGroup
from engine.optimization.optimizer import Optimizer, OptimizerSpec
from engine.settings import setting


class Adafactor(OptimizerSpec, kind="adafactor", title="Adafactor"):
    """Adam that keeps one number a row and one a column instead of two a weight; for large models in little memory.

    Source: Shazeer and Stern 2018 (arXiv:1804.04235).
    """

    usual_rate: ClassVar[float] = 0.002
    numbers_per_weight: ClassVar[float] = 0.0

    relative_step: bool = setting(False, "Relative step", "Multiply the learning rate by the typical size of the "
                                  "weights it changes; needs a rate about ten times higher.", level="advanced")
    decay_power: float = setting(0.8, "Lengthening", "How fast the average of squared gradients grows longer along the "
                                 "run.", low=0.1, high=1.0, level="advanced")
    update_clip: float = setting(1.0, "Longest change", "Changes that are larger than this on average are shortened, "
                                 "before the learning rate.", low=0.01, high=100.0, level="advanced", scale="log")
    weight_decay: float = setting(0.1, "Weight decay", "Pulls weights towards zero, against learning by heart.",
                                  low=0.0, high=10.0, level="advanced")

    def build(self, groups: Sequence[ParameterGroup]) -> Optimizer:
        """Adafactor for all, rows for tables."""
        from engine.optimization.adafactor_rule import AdafactorRule
        from engine.optimization.whole import of_rule

        return of_rule(lambda portions: AdafactorRule(portions, self.decay_power, self.update_clip, self.relative_step),
                       groups, self.main_rate, self.weight_decay, self.table_rate)
