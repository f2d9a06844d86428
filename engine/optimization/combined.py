"""One optimizer made of several rules, each for the parameters it suits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol, runtime_checkable

from torch import Tensor

from engine.errors import EngineError
from engine.optimization.groups import ParameterGroup, Role

Named = dict[str, Tensor]


class Rule(Protocol):
    """How some parameters, known by name, are changed."""

    named: Named

    def step(self, scale: float) -> None:
        """Change them once, with the learning rate multiplied by `scale`."""

    def state_tensors(self) -> Named:
        """What it remembers, by the name of the parameter, a dot, and what it is."""

    def load_state_tensors(self, tensors: Mapping[str, Tensor]) -> None:
        """Remember what `state_tensors` gave."""


@runtime_checkable
class Averaging(Protocol):
    """A rule whose average of the weights is the model, while training goes on with other weights."""

    def averaged(self) -> Named:
        """The average of each weight, by name."""


class CombinedOptimizer:
    """Rules that step together. `main_rate` is the learning rate that is shown."""

    def __init__(self, rules: Sequence[Rule], main_rate: float) -> None:
        self._rules, self._main_rate = rules, main_rate

    def step(self, scale: float) -> None:
        """Change the weights once."""
        for rule in self._rules:
            rule.step(scale)

    def zero_grad(self) -> None:
        """Forget the gradients."""
        for rule in self._rules:
            for parameter in rule.named.values():
                parameter.grad = None

    def state_tensors(self) -> Named:
        """All that the rules remember."""
        return {name: tensor for rule in self._rules for name, tensor in rule.state_tensors().items()}

    def load_state_tensors(self, tensors: Mapping[str, Tensor]) -> None:
        """Remember what `state_tensors` gave."""
        used: set[str] = set()
        for rule in self._rules:
            names = tuple(f"{name}." for name in rule.named)
            own = {name: tensor for name, tensor in tensors.items() if name.startswith(names)}
            rule.load_state_tensors(own)
            used |= own.keys()
        if unknown := sorted(tensors.keys() - used):
            raise EngineError("This state does not belong to this optimizer.", f"Unknown: {unknown[0]}.",
                              "Continue with the settings of the run.")

    def averaged(self) -> Named:
        """The averages of those weights that a rule averages, by name; of most rules none."""
        found: Named = {}
        for rule in self._rules:
            if isinstance(rule, Averaging):
                found |= rule.averaged()
        return found

    def rate(self, scale: float) -> float:
        """The main learning rate in use."""
        return self._main_rate * scale


def of_roles(groups: Sequence[ParameterGroup], *roles: Role) -> Named:
    """All parameters with one of these roles."""
    return {name: each for group in groups if group.role in roles for name, each in group.parameters.items()}
