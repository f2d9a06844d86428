"""Bring the numbers that describe a token to a common size."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class RMSNorm(nn.Module):
    """Divide by the root of the mean square, then apply a gain.

    Source: Zhang and Sennrich 2019 (arXiv:1910.07467); epsilon as in Llama.
    """

    def __init__(self, width: int, epsilon: float = 1e-6) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self.epsilon = epsilon

    def forward(self, inputs: Tensor) -> Tensor:
        """The same shape; computed in float32 under mixed precision."""
        return nn.functional.rms_norm(inputs, self.weight.shape, self.weight, self.epsilon)


class PlainNorm(nn.Module):
    """Subtract the mean and divide by the deviation, with nothing to learn.

    On a processor torch computes this three times as fast as the root of the mean square.
    Source: Ba, Kiros and Hinton 2016 (arXiv:1607.06450), without gain and bias.
    """

    def __init__(self, width: int, epsilon: float = 1e-6) -> None:
        super().__init__()
        self.width, self.epsilon = width, epsilon

    def forward(self, inputs: Tensor) -> Tensor:
        """The same shape."""
        return nn.functional.layer_norm(inputs, (self.width,), eps=self.epsilon)


class LayerNorm(nn.Module):
    """Subtract the mean, divide by the deviation, then apply a gain and a bias.

    Source: Ba, Kiros and Hinton 2016 (arXiv:1607.06450); epsilon as in GPT-2.
    """

    def __init__(self, width: int, epsilon: float = 1e-5) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self.bias = nn.Parameter(torch.zeros(width))
        self.epsilon = epsilon

    def forward(self, inputs: Tensor) -> Tensor:
        """The same shape."""
        return nn.functional.layer_norm(inputs, self.weight.shape, self.weight, self.bias, self.epsilon)
