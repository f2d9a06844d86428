"""Several feed-forward parts, of which each token uses a few."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from engine.models.layers.feed_forward import SwiGLU
from engine.models.layers.linear import Linear


class Experts(nn.Module):
    """A mixture of experts: a router sends each token to the `used` experts that it scores highest.

    What they say is added in proportion to their scores. No token is turned away, however many come to one expert.
    Source: Shazeer et al. 2017 (arXiv:1701.06538), as in Jiang et al. 2024 (Mixtral, arXiv:2401.04088); even use:
    Fedus et al. 2021 (Switch Transformer, arXiv:2101.03961, section 2.2).
    """

    def __init__(self, d_model: int, d_ff: int, count: int, used: int) -> None:
        super().__init__()
        self.used = used
        self.router = Linear(d_model, count)
        self.experts = nn.ModuleList(SwiGLU(d_model, d_ff) for _ in range(count))
        self._imbalance: Tensor | None = None

    def forward(self, inputs: Tensor) -> Tensor:
        """(..., d_model) to the same; remembers for `take_imbalance` how evenly the experts were used."""
        tokens = inputs.reshape(-1, inputs.shape[-1])
        chances = self.router(tokens).float().softmax(-1)  # (tokens, experts)
        weights, chosen = chances.topk(self.used, dim=-1)  # (tokens, used)
        weights = (weights / weights.sum(-1, keepdim=True)).type_as(tokens)
        result = torch.zeros_like(tokens)
        for number, expert in enumerate(self.experts):  # one that nobody came to runs too: its gradient is zero
            place, rank = torch.where(chosen == number)
            said = expert(tokens[place]) * weights[place, rank, None]
            result = result.index_add(0, place, said.type_as(result))
        if torch.is_grad_enabled():
            shares = nn.functional.one_hot(chosen, len(self.experts)).float().mean((0, 1))
            self._imbalance = len(self.experts) * (shares * chances.mean(0)).sum()
        return result.view_as(inputs)

    def take_imbalance(self) -> Tensor:
        """How unevenly the last tokens were sent: 1 when evenly, up to the number of experts; given once."""
        found, self._imbalance = self._imbalance, None
        return found if found is not None else self.router.weight.new_ones(())
