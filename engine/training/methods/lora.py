"""Low-rank adapters."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from engine.models.spec import ModelSpec, Size, Targets
from engine.optimization.optimizer import OptimizerSpec
from engine.optimization.optimizers.adamw import AdamW
from engine.settings import setting
from engine.training.method import MethodSpec

if TYPE_CHECKING:
    from torch import nn

HIGHEST_RATE = 0.01
"""Small Transformers (width 96) learnt a new text sooner the higher the rate was, up to twice this. Wide ones, which
were not measured, take smaller steps."""


class Lora(MethodSpec, kind="lora", title="LoRA"):
    """Freezes all weights and learns small matrices beside them: little memory, and the earlier model stays whole.

    Every saved point holds the sum of both, so that it can be used like any other. Source: Hu et al. 2021
    (arXiv:2106.09685).
    """

    rank: int = setting(8, "Rank", "Size of the small matrices; more can learn more.", low=1, high=512, scale="log")
    alpha: float = setting(16.0, "Alpha", "How much the small matrices count: what they say is multiplied by alpha "
                           "over rank.", low=0.1, high=1024.0, scale="log")
    dropout: float = setting(0.0, "Dropout", "Share of what the small matrices read that is hidden at each "
                             "step, against learning by heart.", low=0.0, high=0.9)
    targets: Targets = setting("all", "Which matrices", "Where small matrices are put; recurrent nets know only all of "
                               "them.", choices={"attention": "Those of attention",
                                                 "feed-forward": "Those of the feed-forward parts", "all": "All"})
    embeddings: bool = setting(False, "Embeddings learn too", "Let the numbers of all tokens learn as well; with new "
                               "pieces they always do.", level="advanced")

    def apply(self, network: nn.Module, seed: int, grew: bool) -> None:
        """Freeze the network and put adapters in."""
        from engine.models.layers.lora import Adapter, adapt

        adapt(network, Adapter(self.rank, self.alpha / self.rank, self.dropout), self.targets, seed)
        if self.embeddings or grew:
            for name, parameter in network.named_parameters():
                if name.split(".")[0] in ("embedding", "head", "head_bias"):
                    parameter.requires_grad_(True)

    def size_of(self, model: ModelSpec, vocab_size: int, grew: bool) -> Size:
        """Weights once; gradients and the optimizer's two averages only of what learns; two thirds of the work.

        Gradients of frozen matrices are not computed.
        """
        size = model.size(vocab_size)
        learning = self.rank * sum(each.count * (each.width_in + each.width_out)
                                   for each in model.matrices() if self.targets in ("all", each.part))
        if self.embeddings or grew:
            learning += sum(count for title, _, count in size.parts if title in ("Tokens", "Output"))
        return dataclasses.replace(
            size, learning_parameters=learning, training_bytes=4 * size.parameters + 16 * learning,
            saved_bytes=4 * size.parameters + 12 * learning,
            flops_per_token=size.flops_per_token * 2 / 3 + 6.0 * learning)

    def usual_optimizer(self, model: ModelSpec) -> tuple[OptimizerSpec, str]:
        """AdamW: the small matrices are of a shape that other rules were not made for."""
        width = getattr(model, "d_model", getattr(model, "d_hidden", 256))
        rate = float(f"{min(HIGHEST_RATE, 1 / width):.2g}")
        return AdamW(learning_rate=rate), "The small matrices of LoRA learn well at such a rate with AdamW."
