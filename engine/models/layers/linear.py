"""A weight matrix, with or without a bias."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class Linear(nn.Module):
    """Multiply by a (width_out, width_in) matrix.

    Unlike torch.nn.Linear it is born empty: `initialise` fills it from a generator of its own, so that building a
    model never touches the random numbers of anything else.
    """

    def __init__(self, width_in: int, width_out: int, bias: bool = False) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(width_out, width_in))
        self.bias = nn.Parameter(torch.zeros(width_out)) if bias else None

    def initialise(self, generator: torch.Generator, deviation: float) -> None:
        """Normal weights with this standard deviation; 0 makes them all zero."""
        with torch.no_grad():
            if deviation:
                self.weight.normal_(0.0, deviation, generator=generator)
            else:
                self.weight.zero_()
            if self.bias is not None:
                self.bias.zero_()

    def forward(self, inputs: Tensor) -> Tensor:
        """(..., width_in) to (..., width_out)."""
        return nn.functional.linear(inputs, self.weight, self.bias)
