"""Adagrad."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.optimization.groups import ParameterGroup
from engine.optimization.optimizer import Optimizer, OptimizerSpec
from engine.settings import setting


class Adagrad(OptimizerSpec, kind="adagrad", title="Adagrad"):
    """Divides each weight's gradient by all it has seen so far, so that rare words keep learning fast.

    Source: Duchi, Hazan and Singer 2011, JMLR 12.
    """

    usual_rate: ClassVar[float] = 0.02
    numbers_per_weight: ClassVar[float] = 1.0

    epsilon: float = setting(1e-10, "Epsilon", "Keeps steps small where gradients are next to nothing.", low=1e-16,
                             high=0.1, level="advanced", scale="log")
    weight_decay: float = setting(0.0, "Weight decay", "Pulls weights towards zero, against learning by heart.",
                                  low=0.0, high=10.0, level="advanced")

    def build(self, groups: Sequence[ParameterGroup]) -> Optimizer:
        """Adagrad for all, rows for tables."""
        from torch import optim

        from engine.optimization.whole import whole

        return whole(optim.Adagrad, groups, self.main_rate, self.weight_decay, self.table_rate, eps=self.epsilon)
