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

    With a `window`, each token looks at so many tokens at most, itself among them.

    Source: Vaswani et al. 2017 (arXiv:1706.03762); grouped heads: Ainslie et al. 2023 (arXiv:2305.13245); queries and
    keys of the same size: Dehghani et al. 2023 (arXiv:2302.05442); window: Beltagy et al. 2020 (arXiv:2004.05150), as
    in Jiang et al. 2023 (Mistral, arXiv:2310.06825).
    """

    def __init__(self, d_model: int, n_heads: int, n_kv_heads: int, *, bias: bool = False, qkv_bias: bool = False,
                 normalise: bool = False, window: int | None = None, head_width: int | None = None) -> None:
        super().__init__()
        self.n_heads, self.n_kv_heads, self.window = n_heads, n_kv_heads, window
        self.head_width = head_width or d_model // n_heads
        inner, qkv_bias = n_heads * self.head_width, bias or qkv_bias
        self.level = PlainNorm(self.head_width) if normalise else None
        self.query = Linear(d_model, inner, qkv_bias)
        self.key = Linear(d_model, n_kv_heads * self.head_width, qkv_bias)
        self.value = Linear(d_model, n_kv_heads * self.head_width, qkv_bias)
        self.output = Linear(inner, d_model, bias)

    def forward(self, inputs: Tensor, rotary: Rotary | None, start: int = 0, cache: LayerCache | None = None) -> Tensor:
        """(batch, time, d_model) to the same; `start` is the position of the first token when there is a cache."""
        batch, time, _ = inputs.shape
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
        mixed = self._look(queries, keys, values.type_as(queries))
        return self.output(mixed.transpose(1, 2).reshape(batch, time, -1))  # type: ignore[no-any-return]

    def _heads(self, inputs: Tensor, count: int) -> Tensor:
        batch, time, _ = inputs.shape
        return inputs.view(batch, time, count, self.head_width).transpose(1, 2)  # (batch, heads, time, head_width)

    def _look(self, queries: Tensor, keys: Tensor, values: Tensor) -> Tensor:
        if self.n_kv_heads != self.n_heads:
            group = self.n_heads // self.n_kv_heads
            keys, values = keys.repeat_interleave(group, dim=1), values.repeat_interleave(group, dim=1)
        time, seen = queries.shape[-2], keys.shape[-2]
        earlier = seen - time
        if self.window is not None and not earlier and time > 2 * self.window:
            return look_in_blocks(queries, keys, values, self.window)
        is_narrow = self.window is not None and seen > self.window
        mask = None
        if time > 1 and (earlier or is_narrow):
            mask = torch.ones(time, seen, dtype=torch.bool, device=queries.device).tril(earlier)
            mask = mask.triu(earlier + 1 - self.window) if is_narrow and self.window is not None else mask
        return nn.functional.scaled_dot_product_attention(queries, keys, values, mask,
                                                          is_causal=mask is None and time > 1)


def look_in_blocks(queries: Tensor, keys: Tensor, values: Tensor, window: int) -> Tensor:
    """Causal attention to the last `window` tokens, (batch, heads, time, head_width) each, without the full matrix.

    The text is cut into blocks of `window` tokens; each looks at itself and at the block before it.
    """
    time = queries.shape[-2]
    blocks = -(-time // window)

    def cut(inputs: Tensor) -> Tensor:
        padded = nn.functional.pad(inputs, (0, 0, 0, blocks * window - time))
        return padded.reshape(*inputs.shape[:2], blocks, window, -1)  # (batch, heads, blocks, window, head_width)

    def with_the_one_before(inputs: Tensor) -> Tensor:
        found = cut(inputs)
        before = nn.functional.pad(found[:, :, :-1], (0, 0, 0, 0, 1, 0))
        return torch.cat([before, found], dim=3)  # (batch, heads, blocks, 2 * window, head_width)

    mask = torch.ones(window, 2 * window, dtype=torch.bool, device=queries.device).tril(window).triu(1)
    masks = mask.expand(blocks, -1, -1).clone()  # (blocks, window, 2 * window)
    masks[0, :, :window] = False  # nothing is before the first
    mixed = nn.functional.scaled_dot_product_attention(cut(queries), with_the_one_before(keys),
                                                       with_the_one_before(values), masks)
    return mixed.flatten(2, 3)[:, :, :time]
