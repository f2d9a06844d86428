"""What a Transformer remembers of the tokens it has read."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass
class LayerCache:
    """Keys and values of one layer, (1, heads, context_length, head_width), filled from the left."""

    keys: Tensor
    values: Tensor

    def append(self, start: int, keys: Tensor, values: Tensor) -> tuple[Tensor, Tensor]:
        """Store those of the tokens from `start` on, and give all up to their last."""
        end = start + keys.shape[-2]
        self.keys[:, :, start:end] = keys
        self.values[:, :, start:end] = values
        return self.keys[:, :, :end], self.values[:, :, :end]


@dataclass
class Room:
    """Space for one window in all layers, of which `filled` tokens are in use."""

    layers: list[LayerCache]
    filled: int = 0

    def copy(self, length: int) -> Room:
        """Space of its own that holds the first `length` tokens."""
        return Room([LayerCache(each.keys.clone(), each.values.clone()) for each in self.layers], length)


@dataclass
class Cache:
    """The tokens that were read, `ids` (1, length), and the space that holds their keys and values.

    Several caches may share a space as long as each holds a beginning of what is in it.
    """

    room: Room
    ids: Tensor

    @property
    def length(self) -> int:
        """Tokens read so far."""
        return self.ids.shape[1]

    def branch(self) -> Cache:
        """A cache that may read on without disturbing this one; copies the space only if another has read on in it."""
        return Cache(self.room if self.room.filled == self.length else self.room.copy(self.length), self.ids)

    def extend(self, ids: Tensor) -> None:
        """Note that these tokens have been read."""
        self.ids = torch.cat([self.ids, ids], dim=1)
        self.room.filled = self.length


def empty_cache(n_layers: int, n_heads: int, context_length: int, head_width: int, like: Tensor) -> Cache:
    """A cache that has read nothing, on the device of `like`."""
    def space() -> Tensor:
        return torch.zeros(1, n_heads, context_length, head_width, device=like.device, dtype=like.dtype)

    return Cache(Room([LayerCache(space(), space()) for _ in range(n_layers)]),
                 torch.empty(1, 0, dtype=torch.int64, device=like.device))
