"""A recurrent net that writes and scores token by token."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from engine.models.insight import Focus, Grid, Matrix
from engine.models.kinds.rnn.insight import gates_along
from engine.models.kinds.rnn.network import Memory, RecurrentNet
from engine.models.language_model import LogProbs, Tokens
from engine.models.resting import resting
from engine.models.tensors import arrays_of

PIECE_TOKENS, WARM_UP_TOKENS = 4096, 512
"""Long texts are scored in pieces side by side; each after the first reads so many tokens before it once more."""

_SCORES_AT_ONCE = 8_000_000
"""Numbers held in memory together while scoring."""


class RecurrentModel:
    """The LanguageModel view of a network's live weights; it has no window: the memory reaches to the beginning.

    `token_losses` gives the numbers of reading token by token; in texts longer than `PIECE_TOKENS`, from there on up
    to what is still remembered of a token after `WARM_UP_TOKENS` others.
    """

    def __init__(self, network: RecurrentNet) -> None:
        self.network = network
        self.vocab_size = network.vocab_size

    def next_log_probs(self, ids: Sequence[int], state: Memory | None = None) -> tuple[LogProbs, Memory]:
        """Natural-log probabilities of the token after `ids`, and the state that has read them."""
        with resting(self.network):
            memory = self.network.empty_memory() if state is None else state
            for part in self._parts(ids):
                hidden, memory = self.network.read(part, memory)
            found = self.network.scores(hidden[:, -1]).log_softmax(-1)
        return found[0].cpu().numpy(), memory

    def log_probs_after_each(self, ids: Sequence[int], state: Memory | None = None) -> tuple[LogProbs, Memory]:
        """Natural-log probabilities after each of `ids`, (len(ids), vocab_size), and the state that has read them."""
        found: list[Tensor] = []
        with resting(self.network):
            memory = self.network.empty_memory() if state is None else state
            for part in self._parts(ids):
                hidden, memory = self.network.read(part, memory)
                found.append(self.network.scores(hidden[0]).log_softmax(-1))
        return torch.cat(found).cpu().numpy(), memory

    def token_losses(self, ids: Tokens) -> npt.NDArray[np.float32]:
        """Nats of each token after the first, given those before it: (len(ids) - 1,)."""
        count = max(0, len(ids) - 1)
        losses = np.empty(count, dtype=np.float32)
        whole = torch.from_numpy(np.asarray(ids, dtype=np.int64)).to(self.network.embedding.device)
        with resting(self.network):
            losses[:PIECE_TOKENS] = self._losses(whole[None, :PIECE_TOKENS + 1], 0)[0]
            starts = list(range(PIECE_TOKENS, count, PIECE_TOKENS))
            together = max(1, _SCORES_AT_ONCE // (8 * self.vocab_size))
            full = [start for start in starts if start + PIECE_TOKENS <= count]
            groups = [full[first:first + together] for first in range(0, len(full), together)]
            for group in [*groups, *([[starts[-1]]] if len(full) < len(starts) else [])]:
                pieces = torch.stack([whole[start - WARM_UP_TOKENS:start + PIECE_TOKENS + 1] for start in group])
                for start, found in zip(group, self._losses(pieces, WARM_UP_TOKENS), strict=True):
                    losses[start:start + PIECE_TOKENS] = found
        return losses

    views = ("gates",)

    def look(self, view: str, ids: Sequence[int], focus: Focus) -> Grid:
        """The gates and the memory of a layer along a text; see `engine.models.insight`."""
        return gates_along(self.network, ids, focus)

    def token_vectors(self) -> Matrix:
        """(vocab_size, d_embedding), what stands for each token at the entry."""
        return arrays_of(self.network)["embedding"]

    def tensors(self) -> Mapping[str, npt.NDArray[Any]]:
        """All weights by name."""
        return arrays_of(self.network)

    def _parts(self, ids: Sequence[int]) -> Sequence[Tensor]:
        whole = torch.tensor([list(ids)], dtype=torch.int64, device=self.network.embedding.device)
        return torch.split(whole, max(1, _SCORES_AT_ONCE // self.vocab_size), dim=1)

    def _losses(self, ids: Tensor, skipped: int) -> npt.NDArray[np.float32]:
        """Nats of the tokens after the first `skipped` + 1 of each row, (rows, time)."""
        rows, time = ids.shape[0], ids.shape[1] - 1
        found, memory = [np.empty((rows, 0), dtype=np.float32)], None
        at_once = max(1, _SCORES_AT_ONCE // (self.vocab_size * rows))
        for first in range(0, time, at_once):
            hidden, memory = self.network.read(ids[:, first:min(time, first + at_once)], memory)
            scores = self.network.scores(hidden)
            wanted = ids[:, first + 1:first + 1 + scores.shape[1]]
            nats = nn.functional.cross_entropy(scores.flatten(0, 1), wanted.flatten(), reduction="none")
            found.append(nats.view(rows, -1).cpu().numpy())
        return np.concatenate(found, axis=1)[:, skipped:]
