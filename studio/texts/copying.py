"""What a text has word for word in common with a run's training text, asked beside the window."""

from __future__ import annotations

import dataclasses
from functools import lru_cache
from pathlib import Path
from typing import Any

from engine.work import Work
from studio.texts.question import question


@lru_cache(maxsize=4)
def _training_text(run: str) -> Any:
    from engine.copying import TrainingText

    return TrainingText(Path(run))


@question("copies.make")
def answer_make(work: Work, run: str, begin: bool = True) -> dict[str, Any]:
    """Make one more part of the index, or only say how far it is."""
    text = _training_text(run)
    return dataclasses.asdict(text.make_part(work) if begin else text.state())


@question("copies.find")
def answer_find(work: Work, run: str, text: str) -> dict[str, Any]:
    """The copied runs of a text, with their sources."""
    found: dict[str, Any] = _training_text(run).told(text)
    return found


@question("copies.shares")
def answer_shares(work: Work, run: str, texts: list[str]) -> list[float]:
    """The copied share of each text."""
    found = []
    for text in texts:
        work.check()
        found.append(float(_training_text(run).find(text).share))
    return found
