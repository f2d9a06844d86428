"""The 5-gram that every model is compared with: counted on the same text, scored on the same tokens."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from engine.events import BaselineScored, Event, Notice
from engine.models.kinds.ngram.spec import NGramSpec
from engine.tokenizers.token_file import bits_per_byte
from engine.training import checkpoint
from engine.training.count import Texts, counted_model, save_counted
from engine.training.devices import available_memory
from engine.training.validation import ValidationText
from engine.work import Work

ORDER = 5
TITLE = "5-gram"
TOKENS_PER_SECOND = 250_000
"""About how fast one core counts, rather too low; measured at order 5."""

_BYTES_PER_TOKEN = 160


def counted_in(events: Iterable[Event]) -> BaselineScored | None:
    """What a log says of the baseline; None where it was not counted yet."""
    return next((event for event in events if isinstance(event, BaselineScored) and event.title == TITLE), None)


def baseline_tokens(tokens: int, seconds: float) -> int:
    """How much of a text is counted: all of it, unless time (seconds) or memory would not suffice."""
    return max(2, min(tokens, int(seconds * TOKENS_PER_SECOND), available_memory("cpu") // 2 // _BYTES_PER_TOKEN))


def score_baseline(texts: Texts, validation: ValidationText, folder: Path, work: Work,
                   seconds: float) -> BaselineScored:
    """Count, score on the tokens that `validation` counts, and save beside the checkpoints for the playground."""
    spec = NGramSpec(order=ORDER)
    count = baseline_tokens(texts.train.tokens, seconds)
    if count < texts.train.tokens:
        share = round(100 * count / texts.train.tokens)
        work.report(Notice(level="info", code="baseline-part", values={"share": share},
                           text="Word sequences were counted in {share} % of the text, to save time and memory."))
    model = counted_model(spec, texts.train.ids[:count], texts.train.vocab_size, work)
    losses = model.token_losses(np.asarray(texts.validation.ids, dtype=np.int64))
    loss = float(losses[validation.mask].mean(dtype=np.float64))
    save_counted(folder / checkpoint.BASELINE, spec, model, loss, step=0, why="baseline")
    return BaselineScored(title=TITLE, loss=loss, bits_per_byte=bits_per_byte(loss, texts.validation))
