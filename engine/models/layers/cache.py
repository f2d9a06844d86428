"""What a Transformer remembers of the tokens it has read."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass
class LayerCache:
    """Keys and values of one layer, (1, heads, room, head_width), filled from the left.

    Where attention sees fewer tokens than the context has, there is room for those only: a token takes the place of
    the one that has just gone out of sight.
    """

    keys: Tensor
    values: Tensor

    def append(self, start: int, keys: Tensor, values: Tensor) -> tuple[Tensor, Tensor]:
        """Store those of the tokens from `start` on, and give all up to their last."""
        end, room = start + keys.shape[-2], self.keys.shape[2]
        if end > room:
            return self._go_round(start, keys, values)
        self.keys[:, :, start:end] = keys
        self.values[:, :, start:end] = values
        return self.keys[:, :, :end], self.values[:, :, :end]

    def _go_round(self, start: int, keys: Tensor, values: Tensor) -> tuple[Tensor, Tensor]:
        """The same when room has run out: gives all that the first of the new tokens sees, and the new ones."""
        room, count = self.keys.shape[2], keys.shape[2]
        seen = torch.arange(max(0, start + 1 - room), start, device=keys.device) % room
        found = torch.cat([self.keys[:, :, seen], keys], dim=2), torch.cat([self.values[:, :, seen], values], dim=2)
        last = min(count, room)
        places = torch.arange(start + count - last, start + count, device=keys.device) % room
        self.keys[:, :, places], self.values[:, :, places] = keys[:, :, -last:], values[:, :, -last:]
        return found


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

    @property
    def is_intact(self) -> bool:
        """Whether the space still holds what the next token sees; another that read on may have taken its place."""
        return self.room.filled <= max(self.length + 1, self.room.layers[0].keys.shape[2])

    def branch(self) -> Cache:
        """A cache that may read on without disturbing this one; copies the space only if another has read on in it."""
        return Cache(self.room if self.room.filled == self.length else self.room.copy(self.length), self.ids)

    def extend(self, ids: Tensor) -> None:
        """Note that these tokens have been read."""
        self.ids = torch.cat([self.ids, ids], dim=1)
        self.room.filled = self.length


def empty_cache(n_layers: int, n_heads: int, room: int, head_width: int, like: Tensor) -> Cache:
    """A cache that has read nothing, with room for so many tokens, on the device of `like`."""
    def space() -> Tensor:
        return torch.zeros(1, n_heads, room, head_width, device=like.device, dtype=like.dtype)

    return Cache(Room([LayerCache(space(), space()) for _ in range(n_layers)]),
                 torch.empty(1, 0, dtype=torch.int64, device=like.device))
