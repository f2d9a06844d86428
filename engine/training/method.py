"""How an earlier model goes on learning: with all its weights, or with small matrices beside them. No torch here."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any

from engine.models.spec import ModelSpec, Size
from engine.optimization.optimizer import OptimizerSpec
from engine.settings import Family

if TYPE_CHECKING:
    from torch import nn


class MethodSpec(Family, folder="engine.training.methods"):
    """Which weights of an earlier model learn on."""

    @abstractmethod
    def apply(self, network: nn.Module, seed: int, grew: bool) -> None:
        """Freeze what does not learn and add what does; `grew` says whether the vocabulary has new pieces."""

    @abstractmethod
    def size_of(self, model: ModelSpec, vocab_size: int, grew: bool) -> Size:
        """What training costs in this way."""

    @abstractmethod
    def usual_optimizer(self, model: ModelSpec) -> tuple[OptimizerSpec, str]:
        """The optimizer that suits it, where the user leaves it open, and why."""


def slower(optimizer: OptimizerSpec, share: float) -> OptimizerSpec:
    """The same optimizer with all its learning rates multiplied."""
    rates: dict[str, Any] = {name: float(f"{share * getattr(optimizer, name):.2g}")
                             for name in type(optimizer).model_fields
                             if name.endswith("_rate") and name != "learning_rate"}
    rates["learning_rate"] = float(f"{share * optimizer.main_rate:.2g}")
    return type(optimizer)(**{name: getattr(optimizer, name) for name in type(optimizer).model_fields} | rates)
