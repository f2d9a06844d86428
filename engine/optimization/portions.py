"""Parameters with a learning rate of their own, and what rules of our own remember of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from torch import Tensor

from engine.errors import EngineError
from engine.optimization.combined import Named


@dataclass(frozen=True)
class Portion:
    """Parameters with their own learning rate and weight decay."""

    named: Named
    rate: float
    decay: float

    def live(self) -> tuple[list[str], list[Tensor], list[Tensor]]:
        """Names, parameters and gradients (in the parameters' type) of those that have a gradient."""
        names, weights, gradients = [], [], []
        for name, each in self.named.items():
            if each.grad is not None:
                names.append(name)
                weights.append(each)
                gradients.append(each.grad.to_dense() if each.grad.is_sparse else each.grad)
        return names, weights, gradients


class RuleState:
    """Tensors that a rule remembers, by parameter and by what they are; saved as `parameter.what`."""

    def __init__(self, tensors: Mapping[str, Mapping[str, Tensor]]) -> None:
        self.of = {name: dict(parts) for name, parts in tensors.items()}

    def all_of(self, what: str, names: list[str]) -> list[Tensor]:
        """One thing that is remembered of several parameters."""
        return [self.of[name][what] for name in names]

    def tensors(self) -> Named:
        """Everything, by name."""
        return {f"{name}.{what}": tensor for name, parts in self.of.items() for what, tensor in parts.items()}

    def load(self, tensors: Mapping[str, Tensor]) -> None:
        """Set what `tensors` gave; raises EngineError where something is missing or of another shape."""
        for full, own in self.tensors().items():
            found = tensors.get(full)
            if found is None or found.shape != own.shape:
                raise EngineError(f"The state {full} is missing or of another shape.",
                                  f"{tuple(own.shape)} was expected.", "Continue with the settings of the run.")
            own.copy_(found)
