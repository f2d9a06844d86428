"""How weights learn under Adafactor: squared gradients remembered by row and column only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from engine.optimization.combined import Named
from engine.optimization.portions import Portion, RuleState

_SMALLEST_SQUARE = 1e-30  # epsilon 1 of the paper
_SMALLEST_WEIGHT = 1e-3  # epsilon 2 of the paper


class AdafactorRule:
    """Divide each gradient by the root of its expected square, of which only row and column means are kept.

    For a matrix of n rows and m columns that is n + m numbers instead of n times m; vectors keep one number a weight.
    There is no momentum.
    Source: Shazeer and Stern 2018 (arXiv:1804.04235), algorithms 4 to 6.
    """

    def __init__(self, portions: Sequence[Portion], decay_power: float, update_clip: float, relative: bool) -> None:
        self.named: Named = {name: each for portion in portions for name, each in portion.named.items()}
        self._portions, self._decay_power = portions, decay_power
        self._update_clip, self._relative = update_clip, relative
        self._state = RuleState({name: _nothing_yet(each) for name, each in self.named.items()})

    @torch.no_grad()
    def step(self, scale: float) -> None:
        """Change all weights that have a gradient."""
        for portion in self._portions:
            for name, weight, gradient in zip(*portion.live(), strict=True):
                self._change(weight, gradient.float(), self._state.of[name], portion.rate * scale, portion.decay)

    def _change(self, weight: Tensor, gradient: Tensor, state: dict[str, Tensor], rate: float, decay: float) -> None:
        state["step"] += 1
        share = float(state["step"]) ** -self._decay_power  # of the newest gradient in the averages
        squares = gradient.square() + _SMALLEST_SQUARE
        if "row" in state:
            state["row"].lerp_(squares.mean(-1), share)
            state["column"].lerp_(squares.mean(-2), share)
            rows = (state["row"] / state["row"].mean(-1, keepdim=True)).rsqrt_().unsqueeze(-1)
            update = gradient * rows * state["column"].rsqrt().unsqueeze(-2)
        else:
            update = gradient * state["square"].lerp_(squares, share).rsqrt()
        step = rate * weight.square().mean().sqrt().clamp(min=_SMALLEST_WEIGHT) if self._relative else rate
        if decay:
            weight.mul_(1 - rate * decay)
        size = update.square().mean().sqrt()
        weight.sub_(update * (step / (size / self._update_clip).clamp(min=1.0)))

    def state_tensors(self) -> Named:
        """Averages of squares, and how many steps were made."""
        return self._state.tensors()

    def load_state_tensors(self, tensors: Mapping[str, Tensor]) -> None:
        """Set what `state_tensors` gave."""
        self._state.load(tensors)


def _nothing_yet(weight: Tensor) -> dict[str, Tensor]:
    step = torch.zeros((), dtype=torch.float32)
    if weight.dim() < 2:
        return {"step": step, "square": torch.zeros_like(weight, dtype=torch.float32)}
    return {"step": step, "row": torch.zeros(weight.shape[:-1], device=weight.device),
            "column": torch.zeros(*weight.shape[:-2], weight.shape[-1], device=weight.device)}
