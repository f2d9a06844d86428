"""The rules by which gradients become better weights, as settings; no torch here."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar, Protocol

from engine.optimization.groups import ParameterGroup
from engine.settings import Family, fields_of, from_plain, setting, to_plain

if TYPE_CHECKING:
    from torch import Tensor


OTHER_RATES = ("embedding_rate", "head_rate", "table_rate")
"""Settings of an optimizer that are learning rates too, beside the main one."""


class Optimizer(Protocol):
    """Changes weights by their gradients and remembers what it needs for that."""

    def step(self, scale: float) -> None:
        """Change the weights once; every learning rate is multiplied by `scale`, which the schedule gives."""

    def zero_grad(self) -> None:
        """Forget the gradients."""

    def state_tensors(self) -> dict[str, Tensor]:
        """All that it remembers, by name: enough to go on as if nothing had happened."""

    def load_state_tensors(self, tensors: Mapping[str, Tensor]) -> None:
        """Remember what `state_tensors` gave; raises EngineError for names or shapes that do not fit."""

    def rate(self, scale: float) -> float:
        """The main learning rate in use, for the log."""

    def averaged(self) -> dict[str, Tensor]:
        """The weights to check, write with and keep, by name, where they are not those that are trained."""


class OptimizerSpec(Family, folder="engine.optimization.optimizers"):
    """A rule that turns gradients into better weights."""

    usual_rate: ClassVar[float]
    usual_schedule: ClassVar[str] = "linear"
    averages_weights: ClassVar[bool] = False
    numbers_per_weight: ClassVar[float] = 2.0
    """What it remembers of each weight of a matrix with its usual settings, in numbers of 32 bits."""

    learning_rate: float | None = setting(None, "Learning rate", "How far each step changes the weights.", low=1e-7,
                                          high=100.0, scale="log", auto="As usual for this optimizer")
    table_rate: float = setting(0.03, "Learning rate of token groups", "For the table that describes groups of tokens, "
                                "if the model has one.", low=1e-5, high=10.0, level="advanced", scale="log")

    @property
    def main_rate(self) -> float:
        """The learning rate that is set, or the usual one."""
        return self.usual_rate if self.learning_rate is None else self.learning_rate

    def with_main_rate(self, rate: float) -> OptimizerSpec:
        """The same rule with this main rate, and its other rates changed in proportion, within their bounds."""
        plain, factor = to_plain(self), rate / self.main_rate
        bounds = {field.name: (field.low or 0.0, field.high) for field in fields_of(type(self))}
        for name in OTHER_RATES:
            if name in bounds and getattr(self, name) is not None:
                low, high = bounds[name]
                plain[name] = float(f"{min(max(getattr(self, name) * factor, low), high or float('inf')):.2g}")
        return from_plain(type(self), {**plain, "learning_rate": rate})

    @abstractmethod
    def build(self, groups: Sequence[ParameterGroup]) -> Optimizer:
        """An optimizer of these parameters that has made no step yet.

        Tables are learnt by row (see `engine.optimization.row_rule`) whatever the kind, so that a step costs nothing
        for rows it does not touch.
        """
