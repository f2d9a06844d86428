"""Adam."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.optimization.groups import ParameterGroup
from engine.optimization.optimizer import Optimizer, OptimizerSpec
from engine.settings import setting


class Adam(OptimizerSpec, kind="adam", title="Adam"):
    """Gives each weight a step of its own from averages of its gradients; AdamW without weight decay.

    Source: Kingma and Ba 2015 (arXiv:1412.6980).
    """

    usual_rate: ClassVar[float] = 0.002

    beta1: float = setting(0.9, "First average", "How long past gradients count.", low=0.0, high=0.9999,
                           level="advanced")
    beta2: float = setting(0.99, "Second average", "How long the size of past gradients counts.", low=0.0, high=0.99999,
                           level="advanced")
    epsilon: float = setting(1e-8, "Epsilon", "Keeps steps small where gradients are next to nothing.", low=1e-16,
                             high=0.1, level="advanced", scale="log")

    def build(self, groups: Sequence[ParameterGroup]) -> Optimizer:
        """Adam for all, rows for tables."""
        from torch import optim

        from engine.optimization.whole import whole

        return whole(optim.Adam, groups, self.main_rate, 0.0, self.table_rate, betas=(self.beta1, self.beta2),
                     eps=self.epsilon)
