"""One example of a task: what is given, what is to be answered, and both as the one text that the model reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Example:
    """`text` is all that the model reads; `spans` are its stretches that are learned, (start, end) in characters.

    The last stretch is the answer: what stands before it is the prompt. `given` are the texts it follows from, by role.
    """

    name: str
    given: Mapping[str, str]
    answer: str
    text: str
    spans: tuple[tuple[int, int], ...]

    @property
    def prompt(self) -> str:
        """What the model is shown, up to where it answers."""
        return self.text[:self.spans[-1][0]]

    @property
    def source(self) -> str:
        """The text that the answer is made from: the last one given."""
        return list(self.given.values())[-1] if self.given else ""
