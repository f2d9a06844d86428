"""Adamax."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.optimization.groups import ParameterGroup
from engine.optimization.optimizer import Optimizer, OptimizerSpec
from engine.settings import setting


class Adamax(OptimizerSpec, kind="adamax", title="Adamax"):
    """Adam that measures gradients by the largest one seen of late.

    Source: Kingma and Ba 2015 (arXiv:1412.6980), section 7.
    """

    usual_rate: ClassVar[float] = 0.01

    memory: float = setting(0.99, "Memory", "How long a large gradient counts.", low=0.0, high=0.9999)

    def build(self, groups: Sequence[ParameterGroup]) -> Optimizer:
        """Adamax for all, rows for tables."""
        from torch import optim

        from engine.optimization.whole import whole

        return whole(optim.Adamax, groups, self.main_rate, 0.0, self.table_rate, betas=(0.9, self.memory))
