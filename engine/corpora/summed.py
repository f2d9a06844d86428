"""Figures of parts that add up to figures of the whole, wherever the parts were counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

_Figures = TypeVar("_Figures", bound="Summed")


@dataclass
class Summed:
    """Base of dataclasses whose fields are numbers and Counters, all of which begin at nothing."""

    def merge(self, other: Summed) -> None:
        """Add what another one of the same kind has counted after this one."""
        for name, more in vars(other).items():
            if isinstance(more, Counter):
                getattr(self, name).update(more)
            else:
                setattr(self, name, getattr(self, name) + more)

    def to_plain(self) -> dict[str, Any]:
        """The figures as plain data."""
        return {name: dict(value) if isinstance(value, Counter) else value for name, value in vars(self).items()}

    @classmethod
    def from_plain(cls: type[_Figures], plain: Mapping[str, Any]) -> _Figures:
        """The figures that `to_plain` gave."""
        return cls(**{name: Counter(value) if isinstance(value, Mapping) else value for name, value in plain.items()})
