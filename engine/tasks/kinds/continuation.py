"""Going on with a text."""

from __future__ import annotations

from collections.abc import Mapping

from engine.tasks.example import Example
from engine.tasks.task import Task


class Continuation(Task, kind="continuation", title="Continue a text"):
    """Learn to go on with any text, token by token: all of every document is learned.

    Source: Bengio et al. 2003, A Neural Probabilistic Language Model (JMLR 3).
    """

    mode = "complete"

    def example_of(self, name: str, found: Mapping[str, str]) -> Example | None:
        """The whole document, all of it to be learned."""
        text = found.get("text", "")
        return Example(name, {}, text, text, ((0, len(text)),)) if text.strip() else None

    def prompt(self, given: Mapping[str, str]) -> str:
        """The beginning itself."""
        return given.get("text", "")
