"""A Transformer that writes and scores token by token."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from engine.models.insight import Focus, Grid, Matrix
from engine.models.kinds.transformer.decoding import Decoder
from engine.models.kinds.transformer.insight import attention_map
from engine.models.kinds.transformer.network import IGNORED, Transformer
from engine.models.language_model import LogProbs, Tokens
from engine.models.layers.cache import Cache
from engine.models.resting import resting
from engine.models.tensors import arrays_of

TOKENS_AT_ONCE = 8192
"""How many tokens are scored together in `token_losses`."""


class TransformerModel:
    """The LanguageModel view of a network's live weights.

    Beyond the context the window is moved on by half: the last half of it is read afresh, as if the text began
    there. `token_losses` cuts its text in the same way, so that both give the same numbers.
    """

    def __init__(self, network: Transformer) -> None:
        self.network = network
        self.vocab_size = network.vocab_size
        self.context_length = network.context_length
        self._kept = network.context_length // 2
        self.moves_by = self.context_length - self._kept
        self._decoder: Decoder | None = None

    def next_log_probs(self, ids: Sequence[int], state: Any = None) -> tuple[LogProbs, Any]:
        """Natural-log probabilities of the token after `ids`, and the state that has read them."""
        found, state = self._read(ids, state, every=False)
        return found[-1], state

    def next_log_probs_together(self, ids: Sequence[int], states: Sequence[Any]) -> tuple[list[LogProbs], list[Any]]:
        """One more token of several texts, each with the state of its own; as `next_log_probs` one after another."""
        if not Decoder.suits(self.network) or any(not 0 < each.length < self.context_length for each in states):
            found = [self.next_log_probs([one], state) for one, state in zip(ids, states, strict=True)]
            return [each for each, _ in found], [state for _, state in found]
        with resting(self.network):
            caches: list[Cache] = []
            for one, state in zip(ids, states, strict=True):
                caches.append(self._branch(state))
                caches[-1].extend(torch.tensor([[one]], dtype=torch.int64))  # at once: states may share their space
            positions = [cache.length - 1 for cache in caches]
            rows = self._decoding().log_probs_together([self._latest(cache) for cache in caches], positions,
                                                       [cache.room.layers for cache in caches])
        return list(rows), caches

    def log_probs_after_each(self, ids: Sequence[int], state: Any = None) -> tuple[LogProbs, Any]:
        """Natural-log probabilities after each of `ids`, (len(ids), vocab_size), and the state that has read them."""
        return self._read(ids, state, every=True)

    def token_losses(self, ids: Tokens) -> npt.NDArray[np.float32]:
        """Nats of each token after the first, given those before it: (len(ids) - 1,)."""
        whole = torch.from_numpy(np.asarray(ids, dtype=np.int64)).to(self.network.embedding.device)
        losses = np.empty(max(0, len(ids) - 1), dtype=np.float32)
        with resting(self.network):
            for begins, first_counted in self._batches(len(losses)):
                span = min(self.context_length, len(losses) - begins[-1])
                windows = torch.stack([whole[begin:begin + span + 1] for begin in begins])
                scores = self.network(windows[:, :-1])
                nats = nn.functional.cross_entropy(scores.flatten(0, 1), windows[:, 1:].flatten(), reduction="none",
                                                   ignore_index=IGNORED).view(len(begins), span)
                for begin, found in zip(begins, nats[:, first_counted:].cpu().numpy(), strict=True):
                    losses[begin + first_counted:begin + span] = found
        return losses

    views = ("attention",)

    def look(self, view: str, ids: Sequence[int], focus: Focus) -> Grid:
        """Where a head looks; see `engine.models.insight`."""
        return attention_map(self.network, ids, focus)

    def token_vectors(self) -> Matrix:
        """(vocab_size, d_model), what stands for each token at the entry."""
        return arrays_of(self.network)["embedding"]

    def tensors(self) -> Mapping[str, npt.NDArray[Any]]:
        """All weights by name."""
        return arrays_of(self.network)

    def _batches(self, count: int) -> Iterator[tuple[list[int], int]]:
        """Beginnings of windows of the same length that can be read together, and the first place that counts."""
        if count:
            yield [0], 0
        step, together = self.context_length - self._kept, max(1, TOKENS_AT_ONCE // self.context_length)
        later = range(step, max(step, count - self._kept), step)
        whole = [begin for begin in later if begin + self.context_length <= count]
        for first in range(0, len(whole), together):
            yield whole[first:first + together], self._kept
        if len(whole) < len(later):
            yield [later[-1]], self._kept

    def _read(self, ids: Sequence[int], state: Cache | None, every: bool) -> tuple[LogProbs, Cache]:
        new = torch.tensor([list(ids)], dtype=torch.int64, device=self.network.embedding.device)
        with resting(self.network):
            cache = self.network.empty_cache() if state is None else self._branch(state)
            if len(ids) == 1 and 0 < cache.length < self.context_length and Decoder.suits(self.network):
                return self._read_one(new, cache), cache
            found: list[Tensor] = []
            while new.shape[1]:
                if cache.length == self.context_length:
                    cache = self._afresh(cache.ids[:, -self._kept:])
                room = self.context_length - cache.length
                hidden = self.network.hidden(new[:, :room], cache)[0]
                new = new[:, room:]
                if every or not new.shape[1]:
                    found.append(self.network.scores(hidden if every else hidden[-1:]).log_softmax(-1))
        return torch.cat(found).cpu().numpy(), cache

    def _branch(self, state: Cache) -> Cache:
        return state.branch() if state.is_intact else self._afresh(state.ids)

    def _afresh(self, ids: Tensor) -> Cache:
        cache = self.network.empty_cache()
        self.network.hidden(ids, cache)
        return cache

    def _read_one(self, new: Tensor, cache: Cache) -> LogProbs:
        position = cache.length
        cache.extend(new)
        return self._decoding().log_probs(self._latest(cache), position, cache.room.layers)[None]

    def _decoding(self) -> Decoder:
        if self._decoder is None:
            self._decoder = Decoder(self.network)
        return self._decoder

    def _latest(self, cache: Cache) -> list[int]:
        """The last ids read, as many as an n-gram has."""
        return cache.ids[0, -max(1, self.network.spec.ngram_orders):].tolist()
