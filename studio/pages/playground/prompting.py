"""Which prompt format a mode of the playground uses: that of the model's task, or words for a model without it."""

from __future__ import annotations

import itertools
import random
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.corpora.corpus import Corpus
from engine.errors import EngineError
from engine.recipe import Recipe
from engine.settings import from_plain
from engine.tasks.example import Example
from engine.tasks.examples import Examples
from engine.tasks.kinds.chat import Chat
from engine.tasks.kinds.summarisation import Summarisation
from engine.tasks.kinds.translation import Translation
from engine.tasks.task import Task

LOOKED_AT = 300
"""Examples among which one is drawn."""

_UNTRAINED: dict[str, Task] = {"translate": Translation(markers="words"), "summarise": Summarisation(markers="words"),
                               "chat": Chat(markers="words")}
_GREEDY = {"temperature": 0.0, "top_k": 1, "top_p": 1.0, "min_p": 0.0, "repetition_penalty": 1.0, "seed": 42}
_VARIED = {"temperature": 0.7, "top_k": 40, "top_p": 0.95, "min_p": 0.0, "repetition_penalty": 1.0}
MOST_TOKENS = 256
MOST_UNTRAINED = 80


@dataclass(frozen=True)
class Format:
    """A task whose format is used, and whether the model has learned it."""

    task: Task
    is_learned: bool

    def sampling(self, seed: int | None = None) -> dict[str, Any]:
        """How the answer is written: the likeliest token each time, or by chance with a seed."""
        how = _GREEDY if seed is None else {**_VARIED, "seed": seed}
        return {**how, "max_tokens": MOST_TOKENS if self.is_learned else MOST_UNTRAINED,
                "stop": list(dict.fromkeys(self.task.stops))[:16]}


def format_for(mode: str, recipe: Mapping[str, Any]) -> Format:
    """The format of a mode for a model trained with these settings, as plain data."""
    try:
        task = from_plain(Recipe, {"task": recipe["task"]} if "task" in recipe else {}).task
    except EngineError:  # of a newer version: what it learned is not known here
        task = _UNTRAINED[mode]
        return Format(task, False)
    return Format(task, True) if task.mode == mode else Format(_UNTRAINED[mode], False)


def example_for(folder: Path, recipe: Recipe, task: Task) -> Example | None:
    """One example by chance that was kept apart; None where the text has none for this task."""
    try:
        examples = Examples(Corpus(folder), task, recipe.split, recipe.cleaning)
        found = list(itertools.islice(examples.of("validation"), LOOKED_AT))
    except EngineError:
        return None
    return random.choice(found) if found else None
