"""What may come out of packed files."""

from __future__ import annotations

from dataclasses import dataclass

from engine.corpora import reasons

MOST_RATIO = 200
"""How many bytes one packed byte may become, once SMALL_BYTES have come out."""
SMALL_BYTES = 1 << 20
MOST_MEMBERS = 100_000


@dataclass
class Budget:
    """What may come out of one file on the disk with everything inside it, whatever its parts promise.

    Members that share their packed bytes stay below the ratio one by one; together they run into this bound.
    """

    most_bytes: int = 256 << 20
    most_members: int = MOST_MEMBERS
    bytes: int = 0
    members: int = 0

    @classmethod
    def of(cls, size_bytes: int | None) -> Budget:
        """The budget of a file of this size."""
        return cls(max(cls.most_bytes, MOST_RATIO * (size_bytes or 0)))

    def spend(self, count: int) -> None:
        """Count bytes that came out; raises Unreadable when they are too many."""
        self.bytes += count
        self.check()

    def count_member(self) -> None:
        """Count a member; raises Unreadable when there are too many."""
        self.members += 1
        if self.members > self.most_members:
            raise reasons.Unreadable(reasons.TOO_MANY_MEMBERS)

    def check(self) -> None:
        """Raise Unreadable once the bytes are spent."""
        if self.bytes > self.most_bytes:
            raise reasons.Unreadable(reasons.BOMB)
