"""How well a model foresees text that it never learnt from."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from engine.errors import EngineError
from engine.tokenizers.token_file import IGNORED
from engine.training.batches import Mask, ScoredWindow, counted, masked, scoring_windows


class ValidationText:
    """The validation split cut into windows, or a fixed part of it where it is longer than `most` tokens.

    Each counted token is a target once. Half of each window repeats the one before, so that hardly any token is
    judged without context.
    """

    def __init__(self, ids: npt.NDArray[np.unsignedinteger], context_length: int, most: int | None = None,
                 mask: Mask | None = None) -> None:
        if len(ids) < 2:
            raise EngineError(f"The validation text has {len(ids)} tokens.", "At least 2 tokens were expected.",
                              "Add text, or keep a larger share of it for validation.", path=("split", "validation"))
        windows = list(scoring_windows(len(ids), context_length))
        self.is_all = most is None or len(ids) <= most
        if not self.is_all and most is not None:
            share = most / len(ids)
            chosen = np.unique(np.linspace(0, len(windows) - 1, max(1, round(len(windows) * share))).astype(int))
            windows = [windows[each] for each in chosen]
        self._ids = ids
        self._mask = mask
        self.windows: list[ScoredWindow] = windows

    @property
    def mask(self) -> npt.NDArray[np.bool_]:
        """Which tokens after the first are counted: (len(ids) - 1,), to score another model on the same ones."""
        chosen = np.zeros(len(self._ids), dtype=bool)
        for window in self.windows:
            chosen[window.start + window.context + 1:window.end] = True
        counts: npt.NDArray[np.bool_] = chosen & (masked(np.asarray(self._ids, dtype=np.int64), self._mask) != IGNORED)
        return counts[1:]

    def batch(self, windows: list[ScoredWindow]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Inputs and targets (windows, time) of windows that are equally long; context only is not counted."""
        texts = np.stack([self._ids[each.start:each.end] for each in windows]).astype(np.int64)
        learned = None if self._mask is None else np.stack([self._mask[each.start + 1:each.end] for each in windows])
        targets = masked(texts[:, 1:], learned)
        for row, each in enumerate(windows):
            targets[row, :each.context] = IGNORED
        return texts[:, :-1].copy(), targets

    def first(self, count: int) -> ValidationText:
        """The same text with its first windows only, to see how long a check takes."""
        part = copy.copy(self)
        part.windows = self.windows[:count]
        return part

    def loss(self, network: Any, batch_size: int, device: str, between: Callable[[], None] = lambda: None) -> float:
        """Nats per counted token. Draws no random number and leaves the network in training mode.

        `between` is called after each batch, so that a stop can be heard.
        """
        total, count = 0.0, 0
        network.eval()
        try:
            with torch.inference_mode():
                for windows in _equally_long(self.windows, batch_size):
                    inputs, targets = self.batch(windows)
                    found = counted(targets)
                    if found:
                        mean = network.loss(torch.from_numpy(inputs).to(device), torch.from_numpy(targets).to(device))
                        total += float(mean) * found
                        count += found
                    between()
        finally:
            network.train()
        if not count:
            raise EngineError("The validation text has no token that counts.", "At least one was expected.",
                              "Add text, or keep a larger share of it for validation.", path=("split", "validation"))
        return total / count


def scored_length(network: Any) -> int:
    """How long the windows are that a network is measured with: its own length, unless it names another."""
    length: int = getattr(network, "scored_length", network.context_length)
    return length


def _equally_long(windows: list[ScoredWindow], most: int) -> list[list[ScoredWindow]]:
    batches: list[list[ScoredWindow]] = []
    for window in windows:
        newest = batches[-1] if batches else []
        if newest and len(newest) < most and newest[0].end - newest[0].start == window.end - window.start:
            newest.append(window)
        else:
            batches.append([window])
    return batches
