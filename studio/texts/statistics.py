"""What a corpus is like, asked beside the window."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

from engine.corpora.corpus import Corpus
from engine.corpora.statistics import Statistics, describe
from engine.work import Work
from studio.texts.question import question


@question("statistics.corpus")
def answer_statistics(work: Work, folder: str) -> dict[str, Any]:
    """Look at a fair sample of a corpus."""
    return dataclasses.asdict(describe(Corpus(Path(folder)), work))


def statistics_from(plain: dict[str, Any]) -> Statistics:
    """The answer to "statistics.corpus" with its types."""
    return Statistics(**{name: tuple(map(tuple, value)) if isinstance(value, list) else value
                         for name, value in plain.items()})
