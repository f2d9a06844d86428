"""Settings of a model: no weights here, so that forms, plans and logs need no torch."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
import numpy.typing as npt

from engine.errors import EngineError
from engine.models.language_model import LanguageModel
from engine.optimization.optimizer import OptimizerSpec
from engine.optimization.optimizers.adamw import AdamW
from engine.settings import Family, to_plain


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
    learning_parameters: int | None = None
    """Those that learn, where others are frozen."""
    saved_bytes: int | None = None
    """The copy made while saving, where it is not three quarters of `training_bytes`."""


Targets = Literal["attention", "feed-forward", "all"]


@dataclass(frozen=True)
class Matrix:
    """A weight matrix inside a model that occurs `count` times; what `part` it belongs to, if it has such parts."""

    part: Literal["attention", "feed-forward", ""]
    width_in: int
    width_out: int
    count: int


class ModelSpec(Family, folder="engine.models.kinds"):
    """Shape of a model."""

    honours: ClassVar[frozenset[str]] = frozenset()
    """Training settings that not every kind of model can honour, and this one does."""

    trained_by: ClassVar[Literal["gradient", "counting", "expectation"]] = "gradient"

    free_to_change: ClassVar[frozenset[str]] = frozenset()
    """Settings that do not shape the weights: a model that goes on learning may have others than before."""

    by_token: ClassVar[dict[str, int]] = {}
    """The saved tensors that have a row or column for each token of the vocabulary, with that axis."""

    @abstractmethod
    def size(self, vocab_size: int) -> Size:
        """Parameters, memory and work for a vocabulary of this size."""

    def size_for(self, vocab_size: int, tokens: int) -> Size:
        """As `size`, for a text of so many tokens, where that makes a difference."""
        return self.size(vocab_size)

    def parameters_of(self, model: LanguageModel) -> int:
        """How many parameters a trained model of this kind has."""
        return self.size(model.vocab_size).parameters

    def matrices(self) -> tuple[Matrix, ...]:
        """The matrices inside, beside which small ones may learn; embeddings, output and routers are not among them."""
        return ()

    def shaping(self) -> dict[str, Any]:
        """The settings that shape the weights, as plain data: two models with the same can have the same weights."""
        return {name: value for name, value in to_plain(self).items() if name not in self.free_to_change}

    def grown(self, tensors: Mapping[str, npt.NDArray[Any]], pieces: Sequence[Sequence[int]]
              ) -> dict[str, npt.NDArray[Any]]:
        """Saved tensors for a larger vocabulary: each new token is the mean of the older ones that it is made of.

        `pieces` are those older ids, one list for each new token. Raises EngineError for a kind that cannot grow.
        """
        if not self.by_token:
            raise EngineError(f"The vocabulary of a model of the kind {self.kind} cannot grow.",
                              "The tokenizer of the earlier model, as it is, was expected.",
                              "Take no new pieces or special tokens.", path=("start", "new_pieces"))
        return {name: _with_means(array, self.by_token[name], pieces) if name in self.by_token else array
                for name, array in tensors.items()}

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


def _with_means(array: npt.NDArray[Any], axis: int, pieces: Sequence[Sequence[int]]) -> npt.NDArray[Any]:
    means = [array.take(list(each), axis).mean(axis, keepdims=True, dtype=np.float64) for each in pieces]
    return np.ascontiguousarray(np.concatenate([array, *(each.astype(array.dtype) for each in means)], axis))
