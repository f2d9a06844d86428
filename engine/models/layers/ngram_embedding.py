"""A description of the last few tokens taken together, looked up in a table."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

BEFORE_THE_WINDOW = 3
"""The id that stands for tokens before the window's first: padding, which never occurs in text."""

_MODULUS = (1 << 31) - 1  # prime; a product of two numbers below it fits in 64 bits
_MULTIPLIER = 1_103_515_245
_SCRAMBLE = 69_621


class NgramEmbedding(nn.Module):
    """For every order n from 2 on, look up the last n tokens in a table of hashed rows, and add what is found.

    Different n-grams may share a row. All rows start at zero. A row is a look-up, so that large tables cost memory
    but next to no time; gradients are sparse: only rows that were looked up have one.
    Source: hashed n-gram embeddings as in Huang et al. 2025 (arXiv:2501.16975) and Clark et al. 2022 (CANINE,
    arXiv:2103.06874).
    """

    def __init__(self, orders: int, buckets: int, width: int) -> None:
        super().__init__()
        self.orders, self.buckets = orders, buckets
        self.weight = nn.Parameter(torch.zeros((orders - 1) * buckets, width))

    def rows(self, ids: Tensor) -> Tensor:
        """Row numbers for each token, (batch, time) to (orders - 1, batch, time); causal, whatever the place."""
        hashed, found = ids + 1, []
        for back in range(1, self.orders):
            earlier = nn.functional.pad(ids, (back, 0), value=BEFORE_THE_WINDOW)[:, :ids.shape[1]]
            hashed = (hashed * _MULTIPLIER + earlier + 1) % _MODULUS
            found.append(hashed * _SCRAMBLE % _MODULUS % self.buckets + (back - 1) * self.buckets)
        return torch.stack(found)

    def rows_after(self, latest: Sequence[int]) -> list[int]:
        """Row numbers for the last of these ids alone, one for each order; the same as the last of `rows`."""
        hashed, found = latest[-1] + 1, []
        for back in range(1, self.orders):
            earlier = latest[-1 - back] if back < len(latest) else BEFORE_THE_WINDOW
            hashed = (hashed * _MULTIPLIER + earlier + 1) % _MODULUS
            found.append(hashed * _SCRAMBLE % _MODULUS % self.buckets + (back - 1) * self.buckets)
        return found

    @torch.compiler.disable  # type: ignore[untyped-decorator]  # sparse gradients do not pass through the compiler
    def forward(self, ids: Tensor, last: int, dropout: float = 0.0) -> Tensor:
        """The sum over all orders for the `last` tokens of `ids`, (batch, last, width).

        With `dropout`, each row found is left out with that probability, as if its n-gram had never been seen.
        """
        rows = self.rows(ids)[:, :, ids.shape[1] - last:]
        is_sparse = self.weight.device.type != "mps"  # Apple GPUs lack sparse gradients; dense ones give the same
        found = nn.functional.embedding(rows, self.weight, sparse=is_sparse)  # (orders - 1, batch, last, width)
        if dropout:
            kept = torch.rand(rows.shape, device=rows.device) >= dropout
            found = found * (kept / (1 - dropout)).unsqueeze(-1)
        return found.sum(0)
