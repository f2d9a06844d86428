"""Which windows of text are learnt from, and when: a pure function of the seed, the epoch and the position."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.errors import EngineError
from engine.randomness import generator_for
from engine.tokenizers.token_file import IGNORED
from engine.tokenizers.tokenizer import BOS_ID

Ids = npt.NDArray[np.int64]
Mask = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Position:
    """The next window to be read: two whole numbers are all there is to remember."""

    epoch: int = 0
    index: int = 0


class Batches:
    """Windows of `context_length` + 1 tokens that cover the text once an epoch, in an order of chance.

    Every epoch cuts the text at another offset, so that a token is not always seen at the same place of a window.
    `mask` says which tokens are learned, None all but the beginnings of documents. Raises EngineError where the text
    is shorter than one window.
    """

    def __init__(self, ids: npt.NDArray[np.unsignedinteger], context_length: int, seed: int,
                 mask: Mask | None = None) -> None:
        if len(ids) < context_length + 1:
            raise EngineError(f"The training text has {len(ids)} tokens, less than one window of {context_length + 1}.",
                              f"At least {context_length + 1} tokens were expected.",
                              "Add text, or choose a shorter context.", path=("model", "context_length"))
        if mask is not None and not mask.any():
            raise _nothing_to_learn()
        self._ids = ids
        self._mask = mask
        self._context = context_length
        self._seed = seed
        self._order = lru_cache(maxsize=2)(self._order_of)

    def take(self, position: Position, count: int) -> tuple[Ids, Ids, Position]:
        """The next `count` windows: inputs and targets, both (count, context_length), and the position after them."""
        starts: list[npt.NDArray[np.int64]] = []
        missing = count
        while missing:
            order = self._order(position.epoch)
            part = order[position.index:position.index + missing]
            starts.append(part)
            missing -= len(part)
            end = position.index + len(part)
            position = Position(position.epoch, end) if end < len(order) else Position(position.epoch + 1, 0)
        places = np.concatenate(starts)[:, None] + np.arange(self._context + 1)
        windows = self._ids[places].astype(np.int64)
        learned = None if self._mask is None else self._mask[places[:, 1:]]
        return windows[:, :-1].copy(), masked(windows[:, 1:], learned), position

    def epochs(self, position: Position) -> float:
        """How often the text has been read up to a position."""
        return position.epoch + position.index / len(self._order(position.epoch))

    def _order_of(self, epoch: int) -> npt.NDArray[np.int64]:
        """The starts of an epoch's windows, in the order in which they are read."""
        chance = generator_for(self._seed, "batches", epoch)
        offset = int(chance.integers(0, min(self._context, len(self._ids) - self._context)))
        count = (len(self._ids) - 1 - offset) // self._context
        order = chance.permutation(count).astype(np.int64)
        if self._mask is not None:  # a window from which nothing is learned would only cost time
            learned = self._mask[offset + 1:offset + 1 + count * self._context].reshape(count, self._context)
            has_any = np.any(learned, axis=1, keepdims=True)[:, 0]
            order = order[has_any[order]]
        return offset + self._context * order


class Streams:
    """The text cut into streams side by side, each read on from window to window, as a memory that is carried needs.

    Row r of a batch goes on where row r of the batch before ended; every epoch begins at another offset, where
    memories begin empty. `streams` is how many are read at once. Raises EngineError where the text is too short.
    """

    def __init__(self, ids: npt.NDArray[np.unsignedinteger], context_length: int, seed: int, streams: int,
                 mask: Mask | None = None) -> None:
        if len(ids) < streams * (context_length + 1):
            raise EngineError(f"The training text has {len(ids)} tokens, too few for {streams} windows of "
                              f"{context_length} side by side.",
                              f"At least {streams * (context_length + 1)} tokens were expected.",
                              "Add text, or choose a smaller batch or a shorter window.",
                              path=("training", "batch_size"))
        if mask is not None and not mask.any():
            raise _nothing_to_learn()
        self._ids = ids
        self._mask = mask
        self._context = context_length
        self._seed = seed
        self._streams = streams

    def take(self, position: Position, count: int) -> tuple[Ids, Ids, Position]:
        """The next window of each of `count` streams: inputs and targets, (count, context_length), and what follows.

        The position's index counts windows of one stream; 0 is where an epoch begins.
        """
        offset, length = self._cut(position.epoch, count)
        starts = offset + length * np.arange(count) + self._context * position.index
        places = starts[:, None] + np.arange(self._context + 1)
        windows = self._ids[places].astype(np.int64)
        learned = None if self._mask is None else self._mask[places[:, 1:]]
        after = Position(position.epoch, position.index + 1)
        if after.index >= length // self._context:
            after = Position(position.epoch + 1, 0)
        return windows[:, :-1].copy(), masked(windows[:, 1:], learned), after

    def epochs(self, position: Position) -> float:
        """How often the text has been read up to a position."""
        return position.epoch + position.index / (self._cut(position.epoch, self._streams)[1] // self._context)

    def _cut(self, epoch: int, count: int) -> tuple[int, int]:
        """Where the first stream of an epoch begins, and how long each is: whole windows or a little more."""
        spare = len(self._ids) - count * self._context
        offset = int(generator_for(self._seed, "streams", epoch).integers(0, max(1, min(self._context, spare))))
        return offset, (len(self._ids) - 1 - offset) // count


def batches_for(network: Any, ids: npt.NDArray[np.unsignedinteger], seed: int, windows: int,
                mask: Mask | None = None) -> Batches | Streams:
    """What a network reads: streams where its memory is carried from batch to batch, else windows in any order."""
    if getattr(network, "carries_memory", False):
        return Streams(ids, network.context_length, seed, windows, mask)
    return Batches(ids, network.context_length, seed, mask)


def _nothing_to_learn() -> EngineError:
    return EngineError("Nothing in the training text is to be learned.", "At least one token was expected.",
                       "Choose other columns for the task.")


def masked(targets: Ids, learned: Mask | None = None) -> Ids:
    """Targets with those that do not count as IGNORED: the beginnings of documents, and what is not `learned`."""
    return np.where(targets == BOS_ID if learned is None else learned == 0, IGNORED, targets)


def counted(targets: Ids) -> int:
    """How many targets count."""
    return int((targets != IGNORED).sum())


@dataclass(frozen=True)
class ScoredWindow:
    """A stretch of text to be scored: tokens `start` to `end`, of which the first `context` only give context."""

    start: int
    end: int
    context: int


def scoring_windows(length: int, context_length: int, overlap: float = 0.5) -> Iterator[ScoredWindow]:
    """Windows in which every token but the first is a target exactly once, most with much text before them.

    A share `overlap` of each window after the first repeats the end of the one before, as context only.
    """
    step = max(1, round(context_length * (1 - overlap)))
    done = 1
    while done < length:
        end = min(length, context_length + 1 if done == 1 else done + step)
        start = max(0, end - context_length - 1)
        yield ScoredWindow(start, end, done - start - 1)
        done = end
