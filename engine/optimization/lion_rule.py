"""How weights learn under Lion: by the sign of a mix of gradients."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from engine.optimization.combined import Named
from engine.optimization.portions import Portion, RuleState


class LionRule:
    """Change each weight by the rate times the sign of a mix of its gradient and the average of earlier ones.

    Keeps one number a weight.
    Source: Chen et al. 2023 (arXiv:2302.06675), algorithm 2.
    """

    def __init__(self, portions: Sequence[Portion], beta1: float, beta2: float) -> None:
        self.named: Named = {name: each for portion in portions for name, each in portion.named.items()}
        self._portions, self._beta1, self._beta2 = portions, beta1, beta2
        self._state = RuleState({name: {"average": torch.zeros_like(each)} for name, each in self.named.items()})

    @torch.no_grad()
    def step(self, scale: float) -> None:
        """Change all weights that have a gradient."""
        for portion in self._portions:
            names, weights, gradients = portion.live()
            if not names:
                continue
            averages, rate = self._state.all_of("average", names), portion.rate * scale
            directions = torch._foreach_lerp(averages, gradients, 1 - self._beta1)
            torch._foreach_sign_(directions)
            if portion.decay:
                torch._foreach_mul_(weights, 1 - rate * portion.decay)
            torch._foreach_add_(weights, directions, alpha=-rate)
            torch._foreach_lerp_(averages, gradients, 1 - self._beta2)

    def state_tensors(self) -> Named:
        """The averaged gradients."""
        return self._state.tensors()

    def load_state_tensors(self, tensors: Mapping[str, Tensor]) -> None:
        """Set what `state_tensors` gave."""
        self._state.load(tensors)
