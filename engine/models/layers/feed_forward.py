"""What a block computes from each token on its own."""

from __future__ import annotations

from torch import Tensor, nn

from engine.models.layers.linear import Linear


class SwiGLU(nn.Module):
    """Two layers whose inner numbers are opened or closed by a gate.

    Source: Shazeer 2020 (arXiv:2002.05202).
    """

    def __init__(self, d_model: int, d_ff: int) -> None:
        super().__init__()
        self.gate, self.up, self.down = Linear(d_model, d_ff), Linear(d_model, d_ff), Linear(d_ff, d_model)

    def forward(self, inputs: Tensor) -> Tensor:
        """(..., d_model) to the same."""
        return self.down(nn.functional.silu(self.gate(inputs)) * self.up(inputs))  # type: ignore[no-any-return]


class ReluSquared(nn.Module):
    """Two layers with the square of what is positive between them.

    Source: So et al. 2021 (arXiv:2109.08668).
    """

    def __init__(self, d_model: int, d_ff: int) -> None:
        super().__init__()
        self.up, self.down = Linear(d_model, d_ff), Linear(d_ff, d_model)

    def forward(self, inputs: Tensor) -> Tensor:
        """(..., d_model) to the same."""
        return self.down(nn.functional.relu(self.up(inputs)).square())  # type: ignore[no-any-return]


class GELU(nn.Module):
    """Two layers with a smooth threshold between them, and biases.

    Source: Hendrycks and Gimpel 2016 (arXiv:1606.08415), in the approximation by tanh that GPT-2 uses.
    """

    def __init__(self, d_model: int, d_ff: int) -> None:
        super().__init__()
        self.up, self.down = Linear(d_model, d_ff, bias=True), Linear(d_ff, d_model, bias=True)

    def forward(self, inputs: Tensor) -> Tensor:
        """(..., d_model) to the same."""
        return self.down(nn.functional.gelu(self.up(inputs), approximate="tanh"))  # type: ignore[no-any-return]
