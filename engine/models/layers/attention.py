"""Let each token look at itself and at those before it."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from engine.models.layers.cache import LayerCache
from engine.models.layers.linear import Linear
from engine.models.layers.norm import PlainNorm
from engine.models.layers.rotary import Rotary


class Attention(nn.Module):
    """Causal attention with several heads; groups of query heads may share one key and value head.

    Source: Vaswani et al. 2017 (arXiv:1706.03762); grouped heads: Ainslie et al. 2023 (arXiv:2305.13245); queries and
    keys of the same size: Dehghani et al. 2023 (arXiv:2302.05442).
    """

    def __init__(self, d_model: int, n_heads: int, n_kv_heads: int, *, bias: bool = False,
                 normalise: bool = False) -> None:
        super().__init__()
        self.n_heads, self.n_kv_heads = n_heads, n_kv_heads
        self.head_width = d_model // n_heads
        self.level = PlainNorm(self.head_width) if normalise else None
        self.query = Linear(d_model, d_model, bias)
        self.key = Linear(d_model, n_kv_heads * self.head_width, bias)
        self.value = Linear(d_model, n_kv_heads * self.head_width, bias)
        self.output = Linear(d_model, d_model, bias)

    def forward(self, inputs: Tensor, rotary: Rotary | None, start: int = 0, cache: LayerCache | None = None) -> Tensor:
        """(batch, time, d_model) to the same; `start` is the position of the first token when there is a cache."""
        batch, time, d_model = inputs.shape
        queries = self._heads(self.query(inputs), self.n_heads)
        keys = self._heads(self.key(inputs), self.n_kv_heads)
        values = self._heads(self.value(inputs), self.n_kv_heads)
        if self.level is not None:
            queries = self.level(queries)
            keys = self.level(keys)
        if rotary is not None:
            queries, keys = rotary(queries, start), rotary(keys, start)
        if cache is not None:
            keys, values = cache.append(start, keys, values)
        mixed = self._look(queries, keys, values.type_as(queries), start)
        return self.output(mixed.transpose(1, 2).reshape(batch, time, d_model))  # type: ignore[no-any-return]

    def _heads(self, inputs: Tensor, count: int) -> Tensor:
        batch, time, _ = inputs.shape
        return inputs.view(batch, time, count, self.head_width).transpose(1, 2)  # (batch, heads, time, head_width)

    def _look(self, queries: Tensor, keys: Tensor, values: Tensor, start: int) -> Tensor:
        if self.n_kv_heads != self.n_heads:
            group = self.n_heads // self.n_kv_heads
            keys, values = keys.repeat_interleave(group, dim=1), values.repeat_interleave(group, dim=1)
        time = queries.shape[-2]
        mask = None
        if start and time > 1:
            mask = torch.ones(time, start + time, dtype=torch.bool, device=queries.device).tril(start)
        return nn.functional.scaled_dot_product_attention(queries, keys, values, mask, is_causal=not start and time > 1)
