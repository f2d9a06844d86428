"""The first batch of a training, exactly as the model sees it: its tokens, and which of them are learned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.models.spec import ModelSpec
from engine.settings import from_plain
from engine.settings.spec import Spec
from engine.tokenizers.token_file import IGNORED, TokenFile
from engine.tokenizers.tokenizer import Tokenizer
from engine.training.batches import Position, batches_for
from engine.training.spec import TrainSpec

USUAL_CONTEXT = 256
"""Tokens of a window that is shown where the model is still to be chosen."""
SHOWN = 64
"""The most windows that are shown of a batch."""


@dataclass(frozen=True)
class Seen:
    """One token of a window: its id, its piece as people read it, and whether the model learns to write it."""

    id: int
    piece: str
    is_learned: bool


@dataclass(frozen=True)
class FirstBatch:
    """`rows` are windows of `context_length` + 1 tokens: each but the last is read, each but the first may be learned.

    `windows` is how many a step learns from; `is_assumed` where context and windows are not settled yet.
    """

    rows: tuple[tuple[Seen, ...], ...]
    context_length: int
    windows: int
    is_assumed: bool

    @property
    def learned(self) -> int:
        """How many of the tokens shown are learned."""
        return sum(token.is_learned for row in self.rows for token in row)

    def plain(self) -> dict[str, Any]:
        """The same as plain data; `learned` has 1 for a token that is learned."""
        return {"context_length": self.context_length, "windows": self.windows, "is_assumed": self.is_assumed,
                "rows": [{"ids": [token.id for token in row], "pieces": [token.piece for token in row],
                          "learned": [int(token.is_learned) for token in row]} for row in self.rows]}


@dataclass(frozen=True)
class _Shape:
    """What `batches_for` asks of a network."""

    context_length: int
    carries_memory: bool


class _ModelHolder(Spec):
    model: ModelSpec | None = None


def first_batch(tokens: Path, tokenizer: Path, settings: dict[str, Any], most: int = SHOWN) -> FirstBatch:
    """The first batch of a run or recipe, from its settings as plain data: those resolved, else those of the recipe.

    Raises EngineError where the token files are missing or damaged, or shorter than a window.
    """
    plain = settings.get("resolved") or settings.get("recipe", {})
    training = from_plain(TrainSpec, plain.get("training", {}))
    model = from_plain(_ModelHolder, {"model": plain.get("model")}).model
    context = int(getattr(model, "context_length", USUAL_CONTEXT))
    windows = (training.batch_size or 1) * (training.accumulation or 1)
    file = TokenFile(tokens, "train")
    if model is None:
        context = min(context, len(file) - 1)
    batches = batches_for(_Shape(context, bool(getattr(model, "carry_state", False))), file.ids, training.seed,
                          windows, file.mask)
    count = min(most, windows) if model is not None and training.batch_size else min(most, 8)
    inputs, targets, _ = batches.take(Position(), windows if getattr(model, "carry_state", False) else count)
    cut = Tokenizer.load(tokenizer)
    rows = [_row(cut, read, wanted) for read, wanted in zip(inputs[:count].tolist(), targets[:count].tolist(),
                                                            strict=True)]
    return FirstBatch(tuple(rows), context, windows, model is None or training.batch_size is None)


def _row(tokenizer: Tokenizer, inputs: Sequence[int], targets: Sequence[int]) -> tuple[Seen, ...]:
    """The tokens of a window. A target that does not count has lost its id, but is the next one read."""
    ids = [*inputs, targets[-1]]
    learned = [False, *(each != IGNORED for each in targets)]
    if targets[-1] == IGNORED:
        ids, learned = ids[:-1], learned[:-1]
    return tuple(Seen(each, tokenizer.piece(each), counts) for each, counts in zip(ids, learned, strict=True))
