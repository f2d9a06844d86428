"""Stochastic gradient descent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

from engine.optimization.groups import ParameterGroup
from engine.optimization.optimizer import Optimizer, OptimizerSpec
from engine.settings import Problem, setting


class SGD(OptimizerSpec, kind="sgd", title="SGD"):
    """Goes downhill along the gradient, with momentum; simple, and slow for Transformers.

    Source: Robbins and Monro 1951, Annals of Mathematical Statistics 22; momentum: Sutskever et al. 2013, ICML.
    """

    usual_rate: ClassVar[float] = 0.1
    numbers_per_weight: ClassVar[float] = 1.0

    momentum: float = setting(0.9, "Momentum", "How long past gradients count.", low=0.0, high=0.999)
    nesterov: bool = setting(True, "Look ahead", "Take the gradient's change along the momentum into account "
                             "(Nesterov).", level="advanced")
    weight_decay: float = setting(0.0, "Weight decay", "Pulls weights towards zero, against learning by heart.",
                                  low=0.0, high=10.0, level="advanced")

    def check(self) -> Iterator[Problem]:
        """Looking ahead needs momentum."""
        if self.nesterov and not self.momentum:
            yield Problem(("nesterov",), "looking ahead needs momentum", fix="turn it off or set a momentum")

    def build(self, groups: Sequence[ParameterGroup]) -> Optimizer:
        """SGD for all, rows for tables."""
        from torch import optim

        from engine.optimization.whole import whole

        self.require_valid()
        return whole(optim.SGD, groups, self.main_rate, self.weight_decay, self.table_rate, momentum=self.momentum,
                     nesterov=self.nesterov)
