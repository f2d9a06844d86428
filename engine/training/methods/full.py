"""All weights learn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.models.spec import ModelSpec, Size
from engine.optimization.optimizer import OptimizerSpec
from engine.training.method import MethodSpec, slower

if TYPE_CHECKING:
    from torch import nn

SHARE = 0.5
"""Of the rates that suit a fresh model. On a new text of another kind a fifth learnt too slowly in 120 steps."""


class Full(MethodSpec, kind="full", title="All weights"):
    """Lets all weights learn: adapts furthest, and needs as much memory as training from nothing.

    Source: Howard and Ruder 2018 (arXiv:1801.06146), whose lower rates keep what was learnt before.
    """

    def apply(self, network: nn.Module, seed: int, grew: bool) -> None:
        """Nothing is frozen."""

    def size_of(self, model: ModelSpec, vocab_size: int, grew: bool) -> Size:
        """That of the model."""
        return model.size(vocab_size)

    def usual_optimizer(self, model: ModelSpec) -> tuple[OptimizerSpec, str]:
        """That of the model, with half of its rates."""
        return slower(model.usual_optimizer(), SHARE), (
            "Half of the usual rates: larger steps would undo more of what the earlier model has learnt.")
