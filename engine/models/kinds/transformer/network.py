"""The Transformer itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from engine.models.kinds.transformer.blocks import Block, norm_of
from engine.models.kinds.transformer.spec import TransformerSpec
from engine.models.layers.cache import Cache, empty_cache
from engine.models.layers.linear import Linear
from engine.models.layers.losses import IGNORED, NEVER, losses_of
from engine.models.layers.ngram_embedding import NgramEmbedding
from engine.models.layers.rotary import Rotary, Squeeze, all_squeezed, slow_squeezed
from engine.optimization.groups import ParameterGroup
from engine.randomness import seed_for

if TYPE_CHECKING:
    from engine.models.kinds.transformer.reading import TransformerModel

__all__ = ["IGNORED", "Transformer"]


class Transformer(nn.Module):
    """Scores for the next token after each token of a window."""

    def __init__(self, spec: TransformerSpec, vocab_size: int) -> None:
        super().__init__()
        self.spec, self.vocab_size, self.context_length = spec, vocab_size, spec.context_length
        self.embedding = nn.Parameter(torch.zeros(vocab_size, spec.d_model))
        self.positions = nn.Parameter(torch.zeros(spec.context_length, spec.d_model)) if spec.shape == "gpt2" else None
        self.ngrams = NgramEmbedding(spec.ngram_orders, spec.ngram_buckets, spec.d_model) if spec.has_ngrams else None
        self.rotary = Rotary(spec.head_width, spec.context_length, spec.rope_theta, _squeeze(spec)) \
            if spec.shape != "gpt2" else None
        self.entry_norm = norm_of(spec) if spec.shape == "fast" else None
        self.blocks = nn.ModuleList(Block(spec) for _ in range(spec.n_layers))
        self.final_norm = norm_of(spec)
        self.unwritten = torch.tensor(spec.unwritten) if spec.unwritten else None
        self.recomputes = False  # what is inside a block is computed again on the way back, rather than kept
        self.head = None if spec.is_tied else Linear(spec.d_model, vocab_size)

    def initialise(self, seed: int) -> None:
        """Fill all weights from this seed; nothing else draws from its generator."""
        generator = torch.Generator().manual_seed(seed_for(seed, "weights"))
        fast = self.spec.shape == "fast"
        with torch.no_grad():
            self.embedding.normal_(0.0, 0.02 if self.head is None or not fast else 1.0, generator=generator)
            if self.positions is not None:
                self.positions.normal_(0.0, 0.01, generator=generator)
        for block in self.blocks:
            block.initialise(generator, self.spec)  # type: ignore[operator]
        if self.head is not None:
            self.head.initialise(generator, 0.0 if fast else 0.02)

    def forward(self, ids: Tensor) -> Tensor:
        """Scores, (batch, time) int64 to (batch, time, vocab_size) float32."""
        return self.scores(self.hidden(ids))

    def loss(self, ids: Tensor, targets: Tensor) -> Tensor:
        """Mean nats of the targets, (batch, time) as the ids; targets of -1 are left out."""
        return self.smoothed_loss(ids, targets, 0.0)[1]

    def smoothed_loss(self, ids: Tensor, targets: Tensor, label_smoothing: float,
                      z_loss: float = 0.0) -> tuple[Tensor, Tensor]:
        """What to learn from, and the mean nats as `loss`.

        The first gives a share of belief to all tokens and, with experts, adds how unevenly they were used.
        """
        learned, plain = losses_of(self.forward(ids).flatten(0, 1), targets.flatten(), label_smoothing, z_loss)
        if self.spec.n_experts > 1:
            uneven = [block.feed_forward.take_imbalance() for block in self.blocks]  # type: ignore[union-attr, operator]
            learned = learned + self.spec.balance_weight * torch.stack(uneven).mean()
        return learned, plain

    def hidden(self, ids: Tensor, cache: Cache | None = None) -> Tensor:
        """What the last block says of each token, (batch, time, d_model); appends to `cache` if there is one.

        Numbers are dropped only in training and only without a cache.
        """
        training = self.training and cache is None
        dropout = self.spec.dropout if training else 0.0
        start = cache.length if cache is not None else 0
        seen = ids if cache is None else torch.cat([cache.ids, ids], dim=1)
        embedded = self._embedded(seen, ids.shape[1], start, training)
        embedded = nn.functional.dropout(embedded, dropout, training=dropout > 0)
        inputs = embedded
        for number, block in enumerate(self.blocks):
            layer = cache.room.layers[number] if cache is not None else None
            if self.recomputes and training:
                inputs = checkpoint(block, inputs, embedded, self.rotary, start, layer, dropout, use_reentrant=False)
            else:
                inputs = block(inputs, embedded, self.rotary, start, layer, dropout)
        if cache is not None:
            cache.extend(ids)
        return self.final_norm(inputs)  # type: ignore[no-any-return]

    def scores(self, hidden: Tensor) -> Tensor:
        """(..., d_model) to (..., vocab_size) in float32."""
        weight = self.embedding if self.head is None else self.head.weight
        scores = nn.functional.linear(hidden, weight).float()
        cap = self.spec.logit_cap if self.spec.shape == "fast" else None
        scores = scores if cap is None else cap * torch.tanh(scores / cap)
        return scores if self.unwritten is None else scores.index_fill(-1, self.unwritten.to(scores.device), NEVER)

    def _embedded(self, seen: Tensor, time: int, start: int, training: bool) -> Tensor:
        embedded = nn.functional.embedding(seen[:, start:], self.embedding)
        if self.positions is not None:
            embedded = embedded + self.positions[start:start + time]
        if self.ngrams is not None:
            embedded = embedded + self.ngrams(seen, time, self.spec.ngram_dropout if training else 0.0)
        return self.entry_norm(embedded) if self.entry_norm is not None else embedded

    def empty_cache(self) -> Cache:
        """Room to read one window token by token."""
        return empty_cache(self.spec.n_layers, self.spec.kv_heads, self.spec.span, self.spec.head_width,
                           self.embedding)

    def groups(self) -> list[ParameterGroup]:
        """All parameters, sorted by what they do."""
        named: dict[str, Tensor] = dict(self.named_parameters())
        in_blocks = {name: each for name, each in named.items() if name.startswith("blocks.")}
        vectors = {name: each for name, each in named.items() if each.dim() == 1}
        found = [
            ParameterGroup("matrix", {name: each for name, each in in_blocks.items() if each.dim() == 2}, decay=True),
            ParameterGroup("embedding", {n: named[n] for n in ("embedding", "positions") if n in named}, decay=False),
            ParameterGroup("table", {n: named[n] for n in ("ngrams.weight",) if n in named}, decay=False),
            ParameterGroup("head", {n: named[n] for n in ("head.weight",) if n in named}, decay=True),
            ParameterGroup("vector", vectors, decay=False),
        ]
        return [group for group in found if group.parameters]

    def language_model(self) -> TransformerModel:
        """A view of these weights that can write and score; using it does not disturb training."""
        from engine.models.kinds.transformer.reading import TransformerModel

        return TransformerModel(self)


def _squeeze(spec: TransformerSpec) -> Squeeze:
    if spec.rope_scaling == "linear":
        return all_squeezed(spec.rope_factor)
    if spec.rope_scaling == "llama3":
        return slow_squeezed(spec.rope_factor, spec.rope_low, spec.rope_high, spec.rope_original_length)
    return lambda frequencies: frequencies
