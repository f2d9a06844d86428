"""Positions told by turning pairs of numbers."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class Rotary(nn.Module):
    """Turn each pair of numbers of a query or key by an angle that grows with the position.

    Number i is paired with number i + width / 2 (the layout of Llama in `transformers`).
    Source: Su et al. 2021 (arXiv:2104.09864).
    """

    cosines: Tensor
    sines: Tensor

    def __init__(self, head_width: int, context_length: int, theta: float) -> None:
        super().__init__()
        frequencies = theta ** -(torch.arange(0, head_width, 2, dtype=torch.float64) / head_width)
        angles = torch.outer(torch.arange(context_length, dtype=torch.float64), frequencies)
        self.register_buffer("cosines", angles.cos().float(), persistent=False)  # (context_length, head_width / 2)
        self.register_buffer("sines", angles.sin().float(), persistent=False)

    def forward(self, inputs: Tensor, start: int = 0) -> Tensor:
        """(batch, heads, time, head_width) whose first token stands at position `start`."""
        end = start + inputs.shape[-2]
        cosines, sines = self.cosines[start:end], self.sines[start:end]
        first, second = inputs.chunk(2, dim=-1)
        return torch.cat([first * cosines - second * sines, second * cosines + first * sines], dim=-1).type_as(inputs)
