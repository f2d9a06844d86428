"""What every reader yields and every cleaning step takes."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Document:
    """One text with where it came from.

    `name` is stable and unique within its source, such as "emma.txt" or "poems.jsonl#12"; `source` is the source's id.
    `metadata` holds plain JSON values (title, author, address, licence) and is never trained on.
    """

    name: str
    text: str
    source: str = ""
    metadata: dict[str, Any] = field(default_factory=dict)

    def with_text(self, text: str) -> Document:
        """The same document with another text."""
        return self if text == self.text else dataclasses.replace(self, text=text)


@dataclass(frozen=True, slots=True)
class Dropped:
    """A document that a step removes, with the reason in words and the figure behind it, if there is one."""

    reason: str
    value: float | None = None


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file that could not be read, with the reason: one bad file never stops the rest."""

    name: str
    reason: str
    fix: str = ""
