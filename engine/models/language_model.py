"""What all kinds of model have in common: one token after another, with a state that only the model understands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

Tokens = npt.NDArray[np.int64]
LogProbs = npt.NDArray[np.float32]


class LanguageModel(Protocol):
    """A trained model, ready to write and to score.

    A model that sees a limited number of tokens has `context_length`, and `moves_by` where its window moves on by
    more than one token. One that can give many distributions in one call has `log_probs_after_each`; see
    `engine.generation.scoring`.
    """

    vocab_size: int

    def next_log_probs(self, ids: Sequence[int], state: Any = None) -> tuple[LogProbs, Any]:
        """Natural-log probabilities of the token after `ids`, and the state that has read them.

        `ids` are the tokens not yet in `state` (at least one). Returns (vocab_size,) float32 and the new state.
        A state is a value: the one passed in may be used again, to branch from it.
        """
        ...

    def token_losses(self, ids: Tokens) -> npt.NDArray[np.float32]:
        """Nats of each token after the first, given those before it: (len(ids) - 1,)."""
        ...

    def tensors(self) -> Mapping[str, npt.NDArray[Any]]:
        """All that must be saved, by name; read back by the spec's `load`."""
        ...
