"""One rule of torch for a whole model, tables apart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from engine.optimization.combined import CombinedOptimizer, Rule
from engine.optimization.groups import ParameterGroup
from engine.optimization.row_rule import RowRule
from engine.optimization.torch_rule import Portion, TorchRule


def whole(kind: type[torch.optim.Optimizer], groups: Sequence[ParameterGroup], rate: float, decay: float,
          table_rate: float, **settings: Any) -> CombinedOptimizer:
    """An optimizer of torch for everything but tables, which learn by row."""
    portions = [Portion(group.parameters, rate, decay if group.decay else 0.0) for group in groups
                if group.role != "table"]
    tables = {name: each for group in groups if group.role == "table" for name, each in group.parameters.items()}
    rules: list[Rule] = [TorchRule(kind, portions, **settings)] if portions else []
    return CombinedOptimizer(rules + ([RowRule(tables, table_rate)] if tables else []), rate)
