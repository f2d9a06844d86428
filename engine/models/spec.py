"""Settings of a model: no weights here, so that forms, plans and logs need no torch."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy.typing as npt

from engine.models.language_model import LanguageModel
from engine.optimization.optimizer import OptimizerSpec
from engine.optimization.optimizers.adamw import AdamW
from engine.settings import Family


@dataclass(frozen=True)
class Size:
    """What a model costs. `parts` are (block title, what it holds, parameters) from input to output, for the diagram.

    The parts whose titles are in `repeating` occur `repeated` times. FLOPs are per token, forward and backward.
    """

    parameters: int
    parts: tuple[tuple[str, str, int], ...]
    repeated: int
    training_bytes: int
    flops_per_token: float
    repeating: tuple[str, ...] = ()
    activation_bytes_per_token: int = 0
    """What a training step remembers of each token that is learnt from at once, about."""
    checkpointed_bytes_per_token: int = 0
    """The same with activation checkpointing; 0 where there is none."""
    active_parameters: int | None = None
    """Those that work on each token, where that is not all of them."""


class ModelSpec(Family, folder="engine.models.kinds"):
    """Shape of a model."""

    honours: ClassVar[frozenset[str]] = frozenset()
    """Training settings that not every kind of model can honour, and this one does."""

    trained_by: ClassVar[Literal["gradient", "counting", "expectation"]] = "gradient"

    @abstractmethod
    def size(self, vocab_size: int) -> Size:
        """Parameters, memory and work for a vocabulary of this size."""

    def size_for(self, vocab_size: int, tokens: int) -> Size:
        """As `size`, for a text of so many tokens, where that makes a difference."""
        return self.size(vocab_size)

    def parameters_of(self, model: LanguageModel) -> int:
        """How many parameters a trained model of this kind has."""
        return self.size(model.vocab_size).parameters

    def usual_optimizer(self) -> OptimizerSpec:
        """The optimizer that suits a model of this shape, where the user leaves it open."""
        return AdamW()

    def usual_tokens_per_step(self, tokens: float) -> int:
        """Tokens to learn from in one step, a power of two, when so many can be read in all.

        As many as leave time for some thousand steps, of a tiny text for fifty.
        """
        least = min(512, max(64, 2 ** round(math.log2(max(1.0, tokens / 50)))))
        return int(min(65_536, max(least, 2 ** round(math.log2(max(1.0, tokens / 2500))))))

    @abstractmethod
    def build(self, vocab_size: int, seed: int) -> Any:
        """A fresh model: a torch module for gradient training, a LanguageModel ready to be fed for the others."""

    @abstractmethod
    def load(self, vocab_size: int, tensors: Mapping[str, npt.NDArray[Any]]) -> LanguageModel:
        """A model ready to write, made of saved tensors; strict about names and shapes."""
