"""The project as it is on screen, and the way back to what it was."""

from __future__ import annotations

import time
from dataclasses import dataclass

from engine.corpora.source import Source
from engine.recipe import Recipe

MERGE_SECONDS = 2.0
"""Changes of one setting that follow each other so fast are undone together."""

_KEPT = 500


@dataclass(frozen=True)
class Draft:
    """All that can be changed in a project, as one value."""

    name: str
    sources: tuple[Source, ...]
    recipe: Recipe


@dataclass(frozen=True)
class Change:
    """One step of the history: how it was, how it became, which setting it was about."""

    before: Draft
    after: Draft
    about: str
    time: float


class History:
    """Undo and redo. Quick changes of the same setting count as one."""

    def __init__(self) -> None:
        self._done: list[Change] = []
        self._undone: list[Change] = []

    def note(self, before: Draft, after: Draft, about: str) -> None:
        """Remember a change; what was undone before can no longer be done again."""
        self._undone.clear()
        now = time.monotonic()
        last = self._done[-1] if self._done else None
        if last is not None and about and last.about == about and now - last.time < MERGE_SECONDS:
            self._done.pop()
            before = last.before
        if before != after:
            self._done = [*self._done[-_KEPT:], Change(before, after, about, now)]

    def undo(self) -> Draft | None:
        """The draft before the last change, or None when there is none."""
        if not self._done:
            return None
        change = self._done.pop()
        self._undone.append(change)
        return change.before

    def redo(self) -> Draft | None:
        """The draft after the change that was undone last, or None."""
        if not self._undone:
            return None
        change = self._undone.pop()
        self._done.append(change)
        return change.after

    def can_undo(self) -> bool:
        """Whether there is a change to take back."""
        return bool(self._done)

    def can_redo(self) -> bool:
        """Whether there is a change to make again."""
        return bool(self._undone)

    def seal(self) -> None:
        """Let the next change be undone apart, however soon it comes."""
        if self._done:
            last = self._done.pop()
            self._done.append(Change(last.before, last.after, "", last.time))
