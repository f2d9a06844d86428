"""Muon."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.optimization.groups import ParameterGroup, Role
from engine.optimization.optimizer import Optimizer, OptimizerSpec
from engine.settings import setting


class Muon(OptimizerSpec, kind="muon", title="Muon"):
    """Changes weight matrices by the same amount in every direction; learns in fewer steps than others.

    Embeddings, output and gains are learnt by AdamW beside it.
    Source: Jordan et al. 2024, kellerjordan.github.io/posts/muon.
    """

    usual_rate: ClassVar[float] = 0.04
    numbers_per_weight: ClassVar[float] = 1.0

    embedding_rate: float = setting(0.04, "Learning rate of embeddings", "For the numbers that stand for each token, "
                                    "learnt by AdamW.", low=1e-6, high=1.0, level="advanced", scale="log")
    head_rate: float = setting(0.008, "Learning rate of the output", "For the matrix that scores the vocabulary, "
                               "learnt by AdamW.", low=1e-6, high=1.0, level="advanced", scale="log")
    weight_decay: float = setting(0.1, "Weight decay", "Pulls weights towards zero, against learning by heart.",
                                  low=0.0, high=10.0, level="advanced")
    momentum: float = setting(0.95, "Momentum", "How long past gradients count.", low=0.0, high=0.999,
                              level="advanced")
    iterations: int = setting(4, "Iterations", "How exactly the directions are made equal; more takes longer.", low=1,
                              high=10, level="advanced")

    def build(self, groups: Sequence[ParameterGroup]) -> Optimizer:
        """Muon for matrices, AdamW for embeddings, output and vectors, rows for tables."""
        from torch.optim import AdamW

        from engine.optimization.combined import CombinedOptimizer, Rule, of_roles
        from engine.optimization.muon_rule import MuonRule
        from engine.optimization.portions import Portion
        from engine.optimization.row_rule import RowRule
        from engine.optimization.torch_rule import TorchRule

        rates: dict[Role, float] = {"embedding": self.embedding_rate, "head": self.head_rate, "vector": self.head_rate}
        portions = [Portion(of_roles(groups, role), rate, self.weight_decay if any(
            group.decay for group in groups if group.role == role) else 0.0) for role, rate in rates.items()]
        matrices, tables = of_roles(groups, "matrix"), of_roles(groups, "table")
        rules: list[Rule] = []
        if matrices:
            rules.append(MuonRule(matrices, self.main_rate, self.weight_decay, self.momentum, self.iterations))
        if any(portion.named for portion in portions):
            rules.append(TorchRule(AdamW, portions, betas=(0.9, 0.95), eps=1e-10))
        if tables:
            rules.append(RowRule(tables, self.table_rate))
        return CombinedOptimizer(rules, self.main_rate)
