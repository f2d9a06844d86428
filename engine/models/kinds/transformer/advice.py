"""Which Transformer to train on a text in a given time, and how; no torch here.

The rules were measured on 0.9 MB of English novels (Austen, 2 000 pieces) and 0.9 MB of Chinese poems (5 000 pieces)
with two processor cores and at most five minutes. Larger shapes, for graphics cards, follow the same proportions but
were not measured.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from engine.models.kinds.transformer.spec import Shape, TransformerSpec
from engine.optimization.optimizer import OptimizerSpec
from engine.optimization.optimizers.adamw import AdamW
from engine.optimization.optimizers.muon import Muon

MOST_EPOCHS = 20
"""A text is read at most so often: later reading mostly learns it by heart."""

_SHAPES = ((2, 64, 64), (3, 96, 128), (4, 128, 128), (4, 192, 128), (6, 256, 256), (6, 384, 256), (8, 512, 512),
           (12, 768, 1024))
"""Layers, width and context, from small to large."""

_LEAST_TOKENS_PER_WEIGHT = 1.0
"""Tokens read in training, repeats included, for each weight that is multiplied with. Below, a smaller model won."""

_MOST_WEIGHTS_PER_TOKEN = 16
"""Weights that are multiplied with, for each token of the text; beyond it was not measured."""

_TOKENS_PER_ROW = 32
"""Tokens of the text for each row of a table of token groups. Four times as many rows were learnt by heart."""


@dataclass(frozen=True)
class Reason:
    """Why a setting of the model was chosen: a sentence whose {names} are filled with `values`."""

    setting: str
    text: str
    values: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Advice:
    """A model and how to train it. `tokens` is how many should be learnt from in all, repeats included."""

    model: TransformerSpec
    optimizer: OptimizerSpec
    tokens_per_step: int
    tokens: int
    reasons: tuple[Reason, ...]


def advised(tokens: int, vocab_size: int, seconds: float, flops_per_second: float) -> Advice:
    """The Transformer that should learn most from a text of so many tokens in this time.

    `flops_per_second` is what training really reaches, all cores together; a matrix product alone is about twice as
    fast. `seconds` are those left for the steps.
    """
    work = seconds * flops_per_second

    def readable(spec: TransformerSpec) -> float:
        return min(MOST_EPOCHS * tokens, work / spec.size(vocab_size).flops_per_token)

    chosen = _SHAPES[0]
    for shape in _SHAPES:
        spec = _spec_of(shape, tokens, 1.0)
        most = min(readable(spec) / _LEAST_TOKENS_PER_WEIGHT, _MOST_WEIGHTS_PER_TOKEN * tokens)
        if _multiplied(spec, vocab_size) <= most:
            chosen = shape
    in_all = readable(_spec_of(chosen, tokens, 1.0))
    epochs = in_all / tokens
    model = _spec_of(chosen, tokens, epochs)
    return Advice(model, model.usual_optimizer(), model.usual_tokens_per_step(in_all), int(in_all), (
        Reason("", "The largest that can read {tokens} tokens often enough in the time.", {"tokens": tokens}),
        Reason("dropout", "The text will be read about {epochs} times; the more often, the more is hidden.",
               {"epochs": round(epochs, 1)}),
        Reason("ngram_buckets", "One row for every 32 tokens of the text, {megabytes} MB in all; larger tables learn "
               "the text by heart.", {"megabytes": round(_table_bytes(model) / 1e6, 1)})))


def usual_optimizer(shape: Shape, d_model: int) -> OptimizerSpec:
    """Optimizer and learning rates that suit a shape; wide models take smaller steps."""
    if shape == "fast":
        rate = 0.04 if d_model <= 256 else 0.02
        return Muon(learning_rate=rate, embedding_rate=rate, head_rate=rate / 5, table_rate=0.03)
    return AdamW(learning_rate=min(0.004, 0.5 / d_model))


def usual_dropout(epochs: float) -> float:
    """What to hide when a text is read so many times."""
    return next((dropout for limit, dropout in ((1.5, 0.0), (6.0, 0.1), (15.0, 0.15)) if epochs < limit), 0.25)


def _spec_of(shape: tuple[int, int, int], tokens: int, epochs: float) -> TransformerSpec:
    layers, width, longest = shape
    context = min(longest, max(8, 2 ** int(math.log2(max(8, tokens // 8)))))
    rows = 2 ** round(math.log2(max(1, tokens) / _TOKENS_PER_ROW)) if tokens > _TOKENS_PER_ROW else 1
    return TransformerSpec(shape="fast", n_layers=layers, d_model=width, n_heads=max(2, width // 64),
                           context_length=context, dropout=usual_dropout(epochs), ngram_orders=3,
                           ngram_buckets=min(262_144, max(256, rows)), ngram_dropout=0.3 if epochs < 6 else 0.5)


def _multiplied(spec: TransformerSpec, vocab_size: int) -> int:
    """Weights that every token is multiplied with: all but look-ups."""
    return spec.size(vocab_size).parameters - vocab_size * spec.d_model - _table_bytes(spec) // 4


def _table_bytes(spec: TransformerSpec) -> int:
    return 4 * (spec.ngram_orders - 1) * spec.ngram_buckets * spec.d_model
