"""RMSprop."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.optimization.groups import ParameterGroup
from engine.optimization.optimizer import Optimizer, OptimizerSpec
from engine.settings import setting


class RMSprop(OptimizerSpec, kind="rmsprop", title="RMSprop"):
    """Divides each weight's gradient by its usual size; the forerunner of Adam.

    Source: Tieleman and Hinton 2012, Coursera: Neural Networks for Machine Learning, lecture 6.5.
    """

    usual_rate: ClassVar[float] = 0.001
    numbers_per_weight: ClassVar[float] = 1.0

    alpha: float = setting(0.99, "Average", "How long the size of past gradients counts.", low=0.0, high=0.9999,
                           level="advanced")
    momentum: float = setting(0.0, "Momentum", "How long past gradients count.", low=0.0, high=0.999, level="advanced")
    epsilon: float = setting(1e-8, "Epsilon", "Keeps steps small where gradients are next to nothing.", low=1e-16,
                             high=0.1, level="advanced", scale="log")

    def build(self, groups: Sequence[ParameterGroup]) -> Optimizer:
        """RMSprop for all, rows for tables."""
        from torch import optim

        from engine.optimization.whole import whole

        return whole(optim.RMSprop, groups, self.main_rate, 0.0, self.table_rate, alpha=self.alpha,
                     momentum=self.momentum, eps=self.epsilon)
