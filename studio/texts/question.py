"""What the process beside the window can be asked: functions by name, plain JSON values in and out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

Answering = TypeVar("Answering", bound=Callable[..., Any])

QUESTIONS: dict[str, Callable[..., Any]] = {}


def question(name: str) -> Callable[[Answering], Answering]:
    """Let a function be asked by this name; it gets an `engine.work.Work` and the fields of the question.

    It calls `work.check()` now and then: that shows that it lives, and ends it where nobody waits any more.
    """

    def register(function: Answering) -> Answering:
        if name in QUESTIONS:
            raise ValueError(f"{name} is there twice")
        QUESTIONS[name] = function
        return function

    return register
