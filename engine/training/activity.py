"""Which parts of a network never do anything: counted while it is checked, at next to no cost."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor

from engine.models.layers.feed_forward import GELU, ReluSquared, SwiGLU
from engine.models.layers.ngram_embedding import NgramEmbedding

_SHUT = -8.0
"""Below this, a smooth threshold lets less than 0.003 of its input through."""


class Activity:
    """The highest input that each unit of each feed-forward layer has seen."""

    def __init__(self, network: Any) -> None:
        self._network = network
        self._highest: dict[int, Tensor] = {}
        self._limits: dict[int, float] = {}

    def see(self, key: int, limit: float) -> Callable[[Any, Any, Tensor], None]:
        """A hook that takes in what goes into the units of one layer, (..., units)."""
        self._limits[key] = limit

        def look(_module: Any, _inputs: Any, output: Tensor) -> None:
            highest = output.detach().flatten(0, -2).amax(0)
            before = self._highest.get(key)
            self._highest[key] = highest if before is None else torch.maximum(before, highest)

        return look

    def shares(self) -> dict[str, Any]:
        """Both figures, for the log."""
        found = {"dead_units": self.dead_units(), "unused_rows": self.unused_rows()}
        return {name: None if share is None else round(share, 4) for name, share in found.items()}

    def dead_units(self) -> float | None:
        """Share of the units that were never active on the text of the check; None without such layers."""
        if not self._highest:
            return None
        dead = sum(int((highest <= self._limits[key]).sum()) for key, highest in self._highest.items())
        return dead / sum(highest.numel() for highest in self._highest.values())

    def unused_rows(self) -> float | None:
        """Share of the rows of hashed tables that no text has met yet: they are zero; None without."""
        tables = [each.weight for each in self._network.modules() if isinstance(each, NgramEmbedding)]
        if not tables:
            return None
        unused = sum(int((table.detach().abs().amax(1) == 0).sum()) for table in tables)
        return unused / sum(len(table) for table in tables)


@contextlib.contextmanager
def watched(network: Any) -> Iterator[Activity]:
    """Watch the feed-forward layers of a network inside; gives what was seen."""
    activity = Activity(network)
    hooks = []
    for key, module in enumerate(network.modules()):
        if isinstance(module, ReluSquared):
            hooks.append(module.up.register_forward_hook(activity.see(key, 0.0)))
        elif isinstance(module, SwiGLU):
            hooks.append(module.gate.register_forward_hook(activity.see(key, _SHUT)))
        elif isinstance(module, GELU):
            hooks.append(module.up.register_forward_hook(activity.see(key, _SHUT)))
    try:
        yield activity
    finally:
        for hook in hooks:
            hook.remove()
