"""AdamW."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.optimization.groups import ParameterGroup
from engine.optimization.optimizer import Optimizer, OptimizerSpec
from engine.settings import setting


class AdamW(OptimizerSpec, kind="adamw", title="AdamW"):
    """Gives each weight a step of its own from averages of its gradients; works with nearly everything.

    Source: Loshchilov and Hutter 2019 (arXiv:1711.05101).
    """

    usual_rate: ClassVar[float] = 0.002

    beta1: float = setting(0.9, "First average", "How long past gradients count.", low=0.0, high=0.9999,
                           level="advanced")
    beta2: float = setting(0.99, "Second average", "How long the size of past gradients counts.", low=0.0, high=0.99999,
                           level="advanced")
    epsilon: float = setting(1e-8, "Epsilon", "Keeps steps small where gradients are next to nothing.", low=1e-16,
                             high=0.1, level="advanced", scale="log")
    weight_decay: float = setting(0.1, "Weight decay", "Pulls weights towards zero, against learning by heart.",
                                  low=0.0, high=10.0, level="advanced")

    def build(self, groups: Sequence[ParameterGroup]) -> Optimizer:
        """AdamW for all, rows for tables."""
        from torch import optim

        from engine.optimization.whole import whole

        return whole(optim.AdamW, groups, self.main_rate, self.weight_decay, self.table_rate,
                     betas=(self.beta1, self.beta2), eps=self.epsilon)
