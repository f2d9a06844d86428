"""Settings of the neighbour model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy.typing as npt

from engine.models.language_model import LanguageModel
from engine.models.spec import ModelSpec, Size
from engine.settings import setting

if TYPE_CHECKING:
    from engine.models.kinds.neighbour.network import Neighbour


class NeighbourSpec(ModelSpec, kind="neighbour", title="Neighbour"):
    """Guesses each token from the one before it alone, through a few numbers.

    Source: Mnih and Hinton 2007, ICML (log-bilinear model with a context of one).
    """

    d_model: int = setting(32, "Width", "Numbers that describe a token.", low=1, high=4096)
    context_length: int = setting(64, "Context", "Tokens read at once.", unit="tokens", low=2, high=4096)

    def size(self, vocab_size: int) -> Size:
        """Two matrices."""
        one = vocab_size * self.d_model
        parts = (("Embedding", f"{vocab_size} x {self.d_model}", one), ("Head", f"{self.d_model} x {vocab_size}", one))
        return Size(parameters=2 * one, parts=parts, repeated=1, training_bytes=16 * 2 * one, flops_per_token=6.0 * one)

    def build(self, vocab_size: int, seed: int) -> Neighbour:
        """A fresh network from this seed."""
        from engine.models.kinds.neighbour.network import Neighbour

        return Neighbour(self, vocab_size, seed)

    def load(self, vocab_size: int, tensors: Mapping[str, npt.NDArray[Any]]) -> LanguageModel:
        """A model ready to write."""
        from engine.models.tensors import fill

        network = self.build(vocab_size, 0)
        fill(network, tensors)
        return network.language_model()
