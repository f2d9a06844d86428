"""How weights learn without a schedule: steps are made with one set of weights, and their average is the model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from engine.optimization.combined import Named
from engine.optimization.portions import Portion, RuleState


class ScheduleFreeRule:
    """AdamW steps on weights z, gradients taken at y = (1 - beta1) z + beta1 x, where x is the average of z.

    The network holds y; x, which `averaged` gives, is the model to check, to write with and to keep. A step counts in
    the average by the square of its rate. Keeps two numbers a weight, as AdamW does.
    Source: Defazio et al. 2024 (arXiv:2405.15682), algorithm 1 and section 4.5.
    """

    def __init__(self, portions: Sequence[Portion], beta1: float, beta2: float, epsilon: float) -> None:
        self.named: Named = {name: each for portion in portions for name, each in portion.named.items()}
        self._portions, self._beta1, self._beta2, self._epsilon = portions, beta1, beta2, epsilon
        self._state = RuleState({name: {
            "step": torch.zeros(()), "weighed": torch.zeros((), dtype=torch.float64),
            "ahead": each.detach().clone(), "square": torch.zeros_like(each)} for name, each in self.named.items()})

    @torch.no_grad()
    def step(self, scale: float) -> None:
        """Change all weights that have a gradient."""
        for portion in self._portions:
            by_count: dict[tuple[float, float], list[tuple[str, Tensor, Tensor]]] = {}
            for name, weight, gradient in zip(*portion.live(), strict=True):
                state = self._state.of[name]
                key = float(state["step"]), float(state["weighed"])
                by_count.setdefault(key, []).append((name, weight, gradient))
            for (count, weighed), alike in by_count.items():
                self._change(alike, count + 1, weighed, portion.rate * scale, portion.decay)

    def _change(self, alike: list[tuple[str, Tensor, Tensor]], count: float, weighed: float, rate: float,
                decay: float) -> None:
        names = [name for name, _, _ in alike]
        weights, gradients = [each for _, each, _ in alike], [each for _, _, each in alike]
        ahead, squares = self._state.all_of("ahead", names), self._state.all_of("square", names)
        weighed += rate ** 2
        share = rate ** 2 / weighed if weighed else 0.0
        torch._foreach_mul_(squares, self._beta2)
        torch._foreach_addcmul_(squares, gradients, gradients, 1 - self._beta2)
        sizes = torch._foreach_div(squares, 1 - self._beta2 ** count)
        torch._foreach_sqrt_(sizes)
        torch._foreach_add_(sizes, self._epsilon)
        updates = torch._foreach_div(gradients, sizes)
        if decay:
            torch._foreach_add_(updates, weights, alpha=decay)
        torch._foreach_lerp_(weights, ahead, share)  # y from the new x and the new z, without keeping x
        torch._foreach_add_(weights, updates, alpha=rate * (self._beta1 * (1 - share) - 1))
        torch._foreach_add_(ahead, updates, alpha=-rate)
        for name in names:
            self._state.of[name]["step"].fill_(count)
            self._state.of[name]["weighed"].fill_(weighed)

    @torch.no_grad()
    def averaged(self) -> Named:
        """The average x of all weights, by name."""
        return {name: torch.lerp(self._state.of[name]["ahead"], each.detach(), 1 / self._beta1)
                for name, each in self.named.items()}

    def state_tensors(self) -> Named:
        """The weights z, averages of squares, and how many steps were made."""
        return self._state.tensors()

    def load_state_tensors(self, tensors: Mapping[str, Tensor]) -> None:
        """Set what `state_tensors` gave."""
        self._state.load(tensors)
