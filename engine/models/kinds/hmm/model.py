"""The hidden Markov model: tables of probabilities, and how they predict."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.errors import EngineError
from engine.models.insight import Focus, Grid
from engine.models.language_model import LogProbs, Tokens
from engine.randomness import generator_for
from engine.tokenizers.tokenizer import BOS_ID

Table = npt.NDArray[np.float64]

_LEAST = 1e-300
"""Stands for zero where a logarithm is taken or a sum divided by."""


class HiddenMarkovModel:
    """A trained model; see LanguageModel. Its state is the belief about the next hidden state, (n_states,).

    `bos` is emitted by no state: it begins a new walk, so that nothing before a document's beginning is looked at.
    """

    def __init__(self, start: Table, transition: Table, emission: Table) -> None:
        self.start, self.transition, self.emission = start, transition, emission
        self.n_states, self.vocab_size = emission.shape
        self._by_token = np.ascontiguousarray(emission.T)  # (vocab_size, n_states)

    @classmethod
    def of_chance(cls, n_states: int, vocab_size: int, seed: int) -> HiddenMarkovModel:
        """Rows drawn evenly from all distributions."""
        chance = generator_for(seed, "hmm")
        start, transition, emission = (chance.exponential(size=shape) + 1e-3 for shape in (
            (n_states,), (n_states, n_states), (n_states, vocab_size)))
        return cls(start / start.sum(), transition / transition.sum(1, keepdims=True),
                   emission / emission.sum(1, keepdims=True))

    # one token after another

    def next_log_probs(self, ids: Sequence[int], state: Table | None = None) -> tuple[LogProbs, Table]:
        """Natural-log probabilities of the token after `ids`, (vocab_size,), and the belief that has read them."""
        belief = self.start if state is None else state
        for each in ids:
            belief = self._after(belief, int(each))
        return np.log(np.maximum(belief @ self.emission, _LEAST)).astype(np.float32), belief

    def _after(self, belief: Table, token: int) -> Table:
        if token == BOS_ID:
            return self.start
        seen = belief * self._by_token[token]
        return np.asarray(seen / max(seen.sum(), _LEAST) @ self.transition)

    # many at once

    def token_losses(self, ids: Tokens) -> npt.NDArray[np.float32]:
        """Nats of each token after the first, (len(ids) - 1,); all documents are read side by side."""
        tokens = np.asarray(ids, dtype=np.int64)
        losses = np.zeros(max(0, len(tokens) - 1))
        begins = np.unique(np.concatenate(([0], np.flatnonzero(tokens == BOS_ID))))
        lengths = np.diff(np.append(begins, len(tokens)))
        order = np.argsort(-lengths, kind="stable")
        begins, lengths = begins[order], lengths[order]
        belief = np.tile(self.start, (len(begins), 1))
        for place in range(int(lengths[0]) if len(tokens) > 1 else 0):
            active = int(np.searchsorted(-lengths, -place, side="left"))  # documents longer than `place`
            at, belief = begins[:active] + place, belief[:active]
            seen = belief * self._by_token[tokens[at]]
            belief_after = seen / np.maximum(seen.sum(1, keepdims=True), _LEAST) @ self.transition
            belief = np.where((tokens[at] == BOS_ID)[:, None], self.start, belief_after)
            has_next = at + 1 < len(tokens)
            wanted = self._by_token[tokens[at[has_next] + 1]]
            losses[at[has_next]] = -np.log(np.maximum((belief[has_next] * wanted).sum(1), _LEAST))
        return losses.astype(np.float32)

    # teaching

    def walk(self, ids: Tokens) -> tuple[npt.NDArray[np.int64], float]:
        """The likeliest hidden state of each token (Viterbi), -1 at `bos`, and the natural log of its probability.

        The probability is that of the walk together with the tokens, over all documents.
        """
        tokens = np.asarray(ids, dtype=np.int64)
        states, total = np.full(len(tokens), -1, dtype=np.int64), 0.0
        for begin, end in _documents(tokens):
            states[begin:end], found = self._walk(tokens[begin:end])
            total += found
        return states, total

    def _walk(self, tokens: Tokens) -> tuple[npt.NDArray[np.int64], float]:
        start, transition, by_token = (np.log(np.maximum(each, _LEAST))
                                       for each in (self.start, self.transition, self._by_token))
        best = start + by_token[tokens[0]]
        came_from = np.zeros((len(tokens), self.n_states), dtype=np.int64)
        for place in range(1, len(tokens)):
            paths = best[:, None] + transition
            came_from[place] = paths.argmax(0)
            best = paths.max(0) + by_token[tokens[place]]
        states = np.empty(len(tokens), dtype=np.int64)
        states[-1] = best.argmax()
        for place in range(len(tokens) - 1, 0, -1):
            states[place - 1] = came_from[place, states[place]]
        return states, float(best.max())

    def favourites(self, state: int, count: int = 10) -> list[tuple[int, float]]:
        """The likeliest tokens of a hidden state, with their probabilities."""
        row = self.emission[state]
        return [(int(each), float(row[each])) for each in np.argsort(-row, kind="stable")[:count]]

    views = ("states",)

    def look(self, view: str, ids: Sequence[int], focus: Focus) -> Grid:
        """The hidden states along a text; see `engine.models.insight`."""
        from engine.models.kinds.hmm.insight import states_along

        return states_along(self, ids[:focus.place + 1], focus)

    # files

    def tensors(self) -> dict[str, npt.NDArray[Any]]:
        """The three tables."""
        return {"start": self.start, "transition": self.transition, "emission": self.emission}

    @classmethod
    def from_tensors(cls, n_states: int, vocab_size: int, tensors: Mapping[str, npt.NDArray[Any]]) -> HiddenMarkovModel:
        """A model of saved tables; raises EngineError naming the one that is missing or does not fit."""
        shapes = {"start": (n_states,), "transition": (n_states, n_states), "emission": (n_states, vocab_size)}
        wrong = sorted(set(tensors) ^ set(shapes)) or [name for name, shape in shapes.items()
                                                       if tensors[name].shape != shape]
        if wrong:
            raise EngineError(f"These tables do not belong to a hidden Markov model of these settings: "
                              f"{', '.join(wrong)}.", "Tables saved by Wenlu for as many states and tokens were "
                              "expected.", "Open them with the settings they were saved with.")
        return cls(*(np.asarray(tensors[name], dtype=np.float64) for name in shapes))


def _documents(tokens: Tokens) -> Iterator[tuple[int, int]]:
    """Beginning and end of each document, `bos` left out; empty ones are left out too."""
    edges = np.concatenate(([-1], np.flatnonzero(tokens == BOS_ID), [len(tokens)]))
    for before, after in itertools.pairwise(edges):
        if after > before + 1:
            yield int(before) + 1, int(after)
