"""Positions told by turning pairs of numbers."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn

Squeeze = Callable[[Tensor], Tensor]
"""Angles per position of each pair, in radians, to those for longer texts."""


def all_squeezed(factor: float) -> Squeeze:
    """Positions count for less, all alike. Source: Chen et al. 2023 (arXiv:2306.15595)."""
    return lambda frequencies: frequencies / factor


def slow_squeezed(factor: float, low: float, high: float, length: int) -> Squeeze:
    """Pairs that turn fewer than `low` times in `length` tokens are squeezed, those above `high` not; between, mixed.

    Source: Llama 3 (Grattafiori et al. 2024, arXiv:2407.21783), as in `transformers`.
    """
    def squeeze(frequencies: Tensor) -> Tensor:
        turns = frequencies * length / (2 * math.pi)
        kept = ((turns - low) / (high - low)).clamp(0, 1)
        return frequencies * (kept + (1 - kept) / factor)

    return squeeze


class Rotary(nn.Module):
    """Turn each pair of numbers of a query or key by an angle that grows with the position.

    Number i is paired with number i + width / 2 (the layout of Llama in `transformers`).
    `squeeze` changes how fast each pair turns. Source: Su et al. 2021 (arXiv:2104.09864).
    """

    cosines: Tensor
    sines: Tensor

    def __init__(self, head_width: int, context_length: int, theta: float,
                 squeeze: Squeeze = lambda each: each) -> None:
        super().__init__()
        frequencies = squeeze(theta ** -(torch.arange(0, head_width, 2, dtype=torch.float64) / head_width))
        angles = torch.outer(torch.arange(context_length, dtype=torch.float64), frequencies)
        self.register_buffer("cosines", angles.cos().float(), persistent=False)  # (context_length, head_width / 2)
        self.register_buffer("sines", angles.sin().float(), persistent=False)

    def forward(self, inputs: Tensor, start: int = 0) -> Tensor:
        """(batch, heads, time, head_width) whose first token stands at position `start`."""
        end = start + inputs.shape[-2]
        cosines, sines = self.cosines[start:end], self.sines[start:end]
        first, second = inputs.chunk(2, dim=-1)
        return torch.cat([first * cosines - second * sines, second * cosines + first * sines], dim=-1).type_as(inputs)
