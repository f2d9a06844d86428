"""One rule for a whole model, tables apart."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch

from engine.optimization.combined import CombinedOptimizer, Rule, of_roles
from engine.optimization.groups import ParameterGroup
from engine.optimization.portions import Portion
from engine.optimization.row_rule import RowRule
from engine.optimization.torch_rule import TorchRule


def of_rule(rule_of: Callable[[list[Portion]], Rule], groups: Sequence[ParameterGroup], rate: float, decay: float,
            table_rate: float) -> CombinedOptimizer:
    """An optimizer with one rule for everything but tables, which learn by row."""
    portions = [Portion(group.parameters, rate, decay if group.decay else 0.0) for group in groups
                if group.role != "table" and group.parameters]
    tables = of_roles(groups, "table")
    rules: list[Rule] = [rule_of(portions)] if portions else []
    return CombinedOptimizer(rules + ([RowRule(tables, table_rate)] if tables else []), rate)


def whole(kind: type[torch.optim.Optimizer], groups: Sequence[ParameterGroup], rate: float, decay: float,
          table_rate: float, **settings: Any) -> CombinedOptimizer:
    """As `of_rule`, with an optimizer of torch."""
    return of_rule(lambda portions: TorchRule(kind, portions, **settings), groups, rate, decay, table_rate)
