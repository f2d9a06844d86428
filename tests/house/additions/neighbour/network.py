"""The network of the neighbour model, and how it writes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from engine.models.kinds.neighbour.spec import NeighbourSpec
from torch import Tensor, nn

from engine.models.language_model import LogProbs, Tokens
from engine.models.tensors import arrays_of
from engine.optimization.groups import ParameterGroup


class Neighbour(nn.Module):
    """Scores for the next token after each token, (batch, time) to (batch, time, vocab_size)."""

    def __init__(self, spec: NeighbourSpec, vocab_size: int, seed: int) -> None:
        super().__init__()
        self.vocab_size, self.context_length = vocab_size, spec.context_length
        chance = torch.Generator().manual_seed(seed)
        self.embedding = nn.Parameter(torch.randn(vocab_size, spec.d_model, generator=chance) * 0.1)
        self.head = nn.Parameter(torch.randn(vocab_size, spec.d_model, generator=chance) * 0.1)

    def forward(self, ids: Tensor) -> Tensor:
        """Scores of all tokens."""
        return nn.functional.embedding(ids, self.embedding) @ self.head.mT

    def loss(self, ids: Tensor, targets: Tensor) -> Tensor:
        """Mean nats of the targets; those of -1 are left out."""
        return self.smoothed_loss(ids, targets, 0.0)[1]

    def smoothed_loss(self, ids: Tensor, targets: Tensor, label_smoothing: float) -> tuple[Tensor, Tensor]:
        """The loss with label smoothing, to learn from, and without."""
        scores, wanted = self(ids).flatten(0, 1), targets.flatten()
        return (nn.functional.cross_entropy(scores, wanted, ignore_index=-1, label_smoothing=label_smoothing),
                nn.functional.cross_entropy(scores, wanted, ignore_index=-1))

    def groups(self) -> list[ParameterGroup]:
        """Both matrices."""
        return [ParameterGroup("embedding", {"embedding": self.embedding}, decay=False),
                ParameterGroup("head", {"head": self.head}, decay=True)]

    def language_model(self) -> NeighbourModel:
        """A view of the live weights that writes and scores."""
        return NeighbourModel(self)


class NeighbourModel:
    """The LanguageModel view; it needs no state but says one, as the protocol asks."""

    def __init__(self, network: Neighbour) -> None:
        self.network, self.vocab_size, self.context_length = network, network.vocab_size, network.context_length

    def next_log_probs(self, ids: Sequence[int], state: Any = None) -> tuple[LogProbs, Any]:
        """After the last of `ids`."""
        with torch.inference_mode():
            return self.network(torch.tensor([ids[-1]])).log_softmax(-1)[0].numpy(), ids[-1]

    def token_losses(self, ids: Tokens) -> npt.NDArray[np.float32]:
        """Nats of each token after the first."""
        whole = torch.from_numpy(np.asarray(ids, dtype=np.int64))
        with torch.inference_mode():
            return nn.functional.cross_entropy(self.network(whole[:-1]), whole[1:], reduction="none").numpy()

    def tensors(self) -> Mapping[str, npt.NDArray[Any]]:
        """All weights by name."""
        return arrays_of(self.network)
