"""One layer of a Transformer, in each of its shapes."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from engine.models.kinds.transformer.spec import TransformerSpec
from engine.models.layers.attention import Attention
from engine.models.layers.cache import LayerCache
from engine.models.layers.experts import Experts
from engine.models.layers.feed_forward import GELU, ReluSquared, SwiGLU
from engine.models.layers.linear import Linear
from engine.models.layers.norm import LayerNorm, PlainNorm, RMSNorm
from engine.models.layers.rotary import Rotary


class Block(nn.Module):
    """Attention, then a feed-forward part, each added to what came in.

    The fast shape first mixes the embedding of the input back in, by two learned numbers (as in the "x0 lambdas" of
    Jordan et al. 2024, github.com/KellerJordan/modded-nanogpt).
    """

    def __init__(self, spec: TransformerSpec) -> None:
        super().__init__()
        fast, biased = spec.shape == "fast", spec.shape == "gpt2"
        self.attention_norm = norm_of(spec)
        self.attention = Attention(spec.d_model, spec.n_heads, spec.kv_heads, bias=biased, normalise=fast,
                                   window=spec.window, qkv_bias=spec.qkv_bias, head_width=spec.head_width)
        self.feed_forward_norm = norm_of(spec)
        self.feed_forward: nn.Module = {"fast": ReluSquared, "llama": SwiGLU, "gpt2": GELU}[spec.shape](
            spec.d_model, spec.inner_width) if spec.n_experts == 1 else Experts(
            spec.d_model, spec.inner_width, spec.n_experts, spec.experts_per_token)
        self.mix = nn.Parameter(torch.tensor([1.0, 0.0])) if fast else None

    def forward(self, inputs: Tensor, embedded: Tensor, rotary: Rotary | None, start: int = 0,
                cache: LayerCache | None = None, dropout: float = 0.0) -> Tensor:
        """(batch, time, d_model) to the same; `embedded` is what entered the first block."""
        if self.mix is not None:
            inputs = self.mix[0] * inputs + self.mix[1] * embedded
        attended = self.attention(self.attention_norm(inputs), rotary, start, cache)
        inputs = inputs + nn.functional.dropout(attended, dropout, training=dropout > 0)
        computed = self.feed_forward(self.feed_forward_norm(inputs))
        return inputs + nn.functional.dropout(computed, dropout, training=dropout > 0)

    def initialise(self, generator: torch.Generator, spec: TransformerSpec) -> None:
        """Fast: outputs zero, the rest 1 / sqrt(width in). Others: 0.02, outputs smaller with depth, as in GPT-2."""
        outputs = {self.attention.output, *(module for name, module in self.named_modules() if name.endswith("down"))}
        for module in self.modules():
            if not isinstance(module, Linear):
                continue
            if spec.shape == "fast":
                deviation = 0.0 if module in outputs else module.weight.shape[1] ** -0.5
            else:
                deviation = 0.02 / math.sqrt(2 * spec.n_layers) if module in outputs else 0.02
            module.initialise(generator, deviation)


def norm_of(spec: TransformerSpec) -> nn.Module:
    """The kind of norm that goes with the shape."""
    made: nn.Module = {"fast": PlainNorm, "llama": RMSNorm, "gpt2": LayerNorm}[spec.shape](spec.d_model)
    if spec.norm_epsilon is not None and spec.shape != "fast":
        made.epsilon = spec.norm_epsilon  # type: ignore[assignment]
    return made
