"""Where each head of a Transformer looks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from engine.models.insight import MOST_TOKENS, Focus, Grid
from engine.models.resting import resting

if TYPE_CHECKING:
    from engine.models.kinds.transformer.network import Transformer
    from engine.models.layers.attention import Attention


def attention_map(network: Transformer, ids: Sequence[int], focus: Focus) -> Grid:
    """How much the tokens up to the one in focus (rows) look at each other (columns), in one head of one layer.

    Only the last tokens that fit in the context are read, as if the text began there.
    """
    place = max(0, min(focus.place, len(ids) - 1))
    start = max(0, place + 1 - network.context_length)
    layer = min(focus.layer, network.spec.n_layers - 1)
    head = min(focus.part, network.spec.n_heads - 1)
    weights = attention_weights(network, ids[start:place + 1], layer)[head]
    first = max(0, len(weights) - MOST_TOKENS)
    values = weights[first:, first:].cpu().numpy()
    rows = tuple(str(start + first + number) for number in range(len(values)))
    return Grid(rows, start + first, values, network.spec.n_layers,
                tuple(str(number + 1) for number in range(network.spec.n_heads)), rows_are_tokens=True)


def attention_weights(network: Transformer, ids: Sequence[int], layer: int) -> Tensor:
    """(heads, time, time), from the queries and keys of that layer in a pass over these tokens; rows add up to one."""
    caught: list[tuple[Any, ...]] = []
    attention: Any = network.blocks[layer].attention
    handle = attention.register_forward_pre_hook(lambda _module, given: caught.append(given))
    try:
        with resting(network):
            network.hidden(torch.tensor([list(ids)], device=network.embedding.device))
            return _weights(attention, *caught[0][:2])
    finally:
        handle.remove()


def _weights(attention: Attention, inputs: Tensor, rotary: Any) -> Tensor:
    queries = attention._heads(attention.query(inputs), attention.n_heads)
    keys = attention._heads(attention.key(inputs), attention.n_kv_heads)
    if attention.level is not None:
        queries, keys = attention.level(queries), attention.level(keys)
    if rotary is not None:
        queries, keys = rotary(queries, 0), rotary(keys, 0)
    keys = keys.repeat_interleave(attention.n_heads // attention.n_kv_heads, dim=1)
    scores = queries @ keys.transpose(-1, -2) / math.sqrt(attention.head_width)
    time = scores.shape[-1]
    seen = torch.ones(time, time, dtype=torch.bool, device=scores.device).tril()
    if attention.window is not None:
        seen = seen.triu(1 - attention.window)
    return scores.masked_fill(~seen, -math.inf).softmax(-1)[0]
