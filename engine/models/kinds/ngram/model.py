"""The n-gram model: looks for the longest sequence it has seen and backs off to shorter ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.errors import EngineError
from engine.models.insight import Focus
from engine.models.language_model import LogProbs, Tokens
from engine.tokenizers.tokenizer import BOS_ID

State = tuple[int, ...]
"""Ranks of the last 1, 2, … tokens among the n-grams of that length, as long as they were seen."""


@dataclass(frozen=True)
class BackOffStep:
    """What one order says of a token: after `context`, which was seen `seen` times (followed by `followers` different
    tokens), the token came `count` times.

    With Kneser-Ney, counts below the highest order are of different tokens before, not of occurrences. `back_off` is
    the weight given to shorter contexts (with add-k: to all tokens alike), `probability` the result.
    """

    context: tuple[int, ...]
    seen: int
    followers: int
    count: int
    back_off: float
    probability: float


@dataclass(frozen=True)
class Table:
    """N-grams of one order, sorted by `keys` = rank of the first n-1 tokens one order below · vocabulary + last token.

    `probability` is that of the last token after the others, with all shorter orders mixed in. `back_off`, one for
    each n-gram of the order below, is the weight of the shorter orders after it; 1 where nothing was seen to follow,
    and only there.
    """

    keys: npt.NDArray[np.int64]
    counts: npt.NDArray[np.int32]
    probability: npt.NDArray[np.float32]
    back_off: npt.NDArray[np.float32]


class NGram:
    """A trained n-gram model; see LanguageModel. Nothing before a document's beginning is ever looked at.

    A token that was not seen after a context gets `back_off` times its probability after the next shorter one; or,
    where the model does not `mix`, times that of chance, so that the longest context seen decides alone.
    """

    def __init__(self, vocab_size: int, tables: Sequence[Table], mixes: bool = True) -> None:
        self.vocab_size = vocab_size
        self.mixes = mixes
        self.order = len(tables)
        self.context_length = max(1, self.order - 1)
        self.tables = tuple(tables)

    @classmethod
    def uniform(cls, vocab_size: int, order: int) -> NGram:
        """A model that has counted nothing."""
        none = np.zeros(0)
        first = Table(np.arange(vocab_size), np.zeros(vocab_size, np.int32),
                      np.full(vocab_size, 1 / vocab_size, np.float32), np.ones(1, np.float32))
        above = [Table(none.astype(np.int64), none.astype(np.int32), none.astype(np.float32),
                       np.ones(vocab_size if n == 2 else 0, np.float32)) for n in range(2, order + 1)]
        return cls(vocab_size, [first, *above])

    @property
    def parameters(self) -> int:
        """How many n-grams the model knows."""
        return sum(len(table.keys) for table in self.tables)

    # one token after another

    def next_log_probs(self, ids: Sequence[int], state: State | None = None) -> tuple[LogProbs, State]:
        """Natural-log probabilities of the token after `ids`, (vocab_size,), and the state; see LanguageModel."""
        state = state or ()
        for each in ids:
            state = self._after(state, int(each))
        probability = self.tables[0].probability.copy()
        for table, rank in zip(self.tables[1:], state, strict=False):
            begin, end = self._followers(table, rank)
            if begin < end:
                if not self.mixes:
                    probability.fill(1 / self.vocab_size)
                probability *= table.back_off[rank]
                probability[table.keys[begin:end] % self.vocab_size] = table.probability[begin:end]
        return np.log(probability), state

    def _after(self, state: State, token: int) -> State:
        """The state one token on."""
        if not 0 <= token < self.vocab_size:
            raise EngineError(f"{token} is not an id of this model.", f"0 to {self.vocab_size - 1} were expected.",
                              "Cut the text with the tokenizer that the model was trained with.")
        found = [token]
        if token != BOS_ID:
            for table, rank in zip(self.tables[1:self.order - 1], state, strict=False):
                at = self._find(table, rank, token)
                if at < 0:
                    break
                found.append(at)
        return tuple(found)

    def _find(self, table: Table, rank: int, token: int) -> int:
        key = rank * self.vocab_size + token
        at = int(table.keys.searchsorted(key))
        return at if at < len(table.keys) and table.keys[at] == key else -1

    def _followers(self, table: Table, rank: int) -> tuple[int, int]:
        first = rank * self.vocab_size
        begin, end = table.keys.searchsorted(np.array([first, first + self.vocab_size]))
        return int(begin), int(end)

    # many at once

    def token_losses(self, ids: Tokens) -> npt.NDArray[np.float32]:
        """Nats of each token after the first, (len(ids) - 1,); see LanguageModel."""
        tokens = np.asarray(ids, dtype=np.int64)
        if len(tokens) < 2:
            return np.zeros(0, dtype=np.float32)
        probability = self.tables[0].probability[tokens[1:]]
        rank = tokens.copy()  # of the n-gram that ends at each token; -1: not seen
        for table in self.tables[1:]:
            context = rank[:-1]
            known = context >= 0
            keys = np.where(known, context * self.vocab_size + tokens[1:], -1)
            at = np.minimum(table.keys.searchsorted(keys), max(0, len(table.keys) - 1))
            seen = known & (table.keys[at] == keys) if len(table.keys) else np.zeros(len(keys), dtype=bool)
            weight = np.where(known, table.back_off[context], 1) if len(table.back_off) else np.float32(1)
            if len(table.keys):
                shorter = probability if self.mixes else np.where(weight < 1, np.float32(1 / self.vocab_size),
                                                                  probability)
                probability = np.where(seen, table.probability[at], shorter * weight)
            rank = np.concatenate(([-1], np.where(seen & (tokens[1:] != BOS_ID), at, -1)))
        return -np.log(probability).astype(np.float32)

    # teaching

    def explain(self, ids: Sequence[int]) -> tuple[BackOffStep, ...]:
        """How the probability of the last of `ids` came about, from the longest context seen to none at all."""
        *before, token = (int(each) for each in ids)
        state: State = ()
        for each in before:
            state = self._after(state, each)
        first = self.tables[0]
        probability = float(first.probability[token])
        steps = [BackOffStep((), int(first.counts.sum()), int(np.count_nonzero(first.counts)),
                             int(first.counts[token]), float(first.back_off[0]), probability)]
        for table, rank in zip(self.tables[1:], state, strict=False):
            begin, end = self._followers(table, rank)
            if begin == end:
                break
            at = self._find(table, rank, token)
            back_off = float(table.back_off[rank])
            shorter = probability if self.mixes else 1 / self.vocab_size
            probability = float(table.probability[at]) if at >= 0 else shorter * back_off
            steps.append(BackOffStep(tuple(before[-len(steps):]), int(table.counts[begin:end].sum()), end - begin,
                                     int(table.counts[at]) if at >= 0 else 0, back_off, probability))
        return tuple(reversed(steps))

    views = ("back-off",)

    def look(self, view: str, ids: Sequence[int], focus: Focus) -> tuple[BackOffStep, ...]:
        """How the probability of the token in focus came about; see `engine.models.insight`."""
        return self.explain(ids[:focus.place + 1])

    # files

    def tensors(self) -> dict[str, npt.NDArray[Any]]:
        """All arrays by name, such as `3.keys`."""
        return {f"{order}.{name}": getattr(table, name) for order, table in enumerate(self.tables, 1)
                for name in ("keys", "counts", "probability", "back_off")}

    @classmethod
    def from_tensors(cls, vocab_size: int, order: int, tensors: Mapping[str, npt.NDArray[Any]],
                     mixes: bool = True) -> NGram:
        """A model of saved arrays; raises EngineError naming the one that is missing or does not fit."""
        types = {"keys": np.int64, "counts": np.int32, "probability": np.float32, "back_off": np.float32}
        wanted = {f"{n}.{name}" for n in range(1, order + 1) for name in types}
        if set(tensors) != wanted:
            raise _unfit(f"it holds {', '.join(sorted(set(tensors) ^ wanted))} too many or too few")
        tables: list[Table] = []
        for n in range(1, order + 1):
            arrays = {name: tensors[f"{n}.{name}"] for name in types}
            wrong = [name for name, array in arrays.items() if array.dtype != types[name] or array.ndim != 1]
            lower = 1 if n == 1 else len(tables[-1].keys)
            if wrong or len({len(arrays[name]) for name in ("keys", "counts", "probability")}) > 1 \
                    or len(arrays["back_off"]) != lower or (n == 1 and len(arrays["keys"]) != vocab_size):
                raise _unfit(f"the arrays of order {n} do not fit")
            tables.append(Table(**arrays))
        return cls(vocab_size, tables, mixes)


def _unfit(what: str) -> EngineError:
    return EngineError(f"This is not an n-gram model of these settings: {what}.",
                       "Arrays saved by Wenlu for the same order and vocabulary were expected.", "Train it again.")
