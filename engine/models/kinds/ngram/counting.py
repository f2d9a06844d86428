"""Training an n-gram model: count, smooth, pack."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from engine import storage
from engine.errors import EngineError
from engine.events import Notice
from engine.models.kinds.ngram.continuing import counted_on
from engine.models.kinds.ngram.counts import Counted, count_levels
from engine.models.kinds.ngram.model import NGram
from engine.models.kinds.ngram.smoothing import Ways, smoothed
from engine.models.kinds.ngram.spilling import count_on_disk
from engine.work import Work

BYTES_PER_TOKEN = 180
"""Memory at the peak of counting, at order 5, measured."""


def train_ngram(token_ids: npt.NDArray[Any], order: int, vocab_size: int, work: Work, ways: Ways | None = None,
                memory_bytes: int | None = None, earlier: NGram | None = None) -> NGram:
    """Train on ids in which every document begins with `bos`, (n_tokens,); a memory map is read in parts.

    A third of a second for a million tokens at order 5, and about 180 bytes a token while it counts. A text that
    would need more than `memory_bytes` is counted on disk, with the same result: about 60 bytes of disk a token.
    An `earlier` model counts on, in memory. Raises EngineError when there is nothing to count, an id lies outside the
    vocabulary, the earlier model forgot what was rare, or the disk is full.
    """
    if len(token_ids) < 2:
        raise EngineError("There is no text to count.", "At least one token was expected.", "Add text.")
    if int(token_ids.max()) >= vocab_size:
        raise EngineError(f"The text has the id {int(token_ids.max())}.", f"Ids below {vocab_size} were expected.",
                          "Run the tokenizer again.")
    ways = ways or Ways()
    if earlier is not None:
        if ways.min_count > 1:
            raise EngineError("An n-gram model that forgot rare sequences cannot count on.",
                              "A model that was counted with 'Seen at least' at 1 was expected.",
                              "Count the earlier text anew together with this one.", path=("model", "min_count"))
        levels_in_memory = list(count_levels(token_ids, order, vocab_size, work))
        both = counted_on(earlier, levels_in_memory, vocab_size, ways.smoothing == "kneser-ney")
        tables, guessed = smoothed(list(both), vocab_size, ways)
    elif memory_bytes is None or BYTES_PER_TOKEN * len(token_ids) <= memory_bytes:
        tables, guessed = smoothed(list(count_levels(token_ids, order, vocab_size, work)), vocab_size, ways)
    else:
        with _scratch_folder(token_ids) as folder:
            levels: list[Counted] = list(count_on_disk(token_ids, order, vocab_size, work, folder, memory_bytes))
            tables, guessed = smoothed(levels, vocab_size, ways)
    if guessed:
        work.report(Notice(level="info", code="ngram-discounts", values={"orders": ", ".join(map(str, guessed))},
                           text="The text is too short to measure the smoothing of order {orders}. Usual values "
                                "are taken."))
    return NGram(vocab_size, tables, mixes=ways.smoothing != "add-k")


@contextlib.contextmanager
def _scratch_folder(token_ids: npt.NDArray[Any]) -> Iterator[Path]:
    """A folder that is removed at the end, beside that of the token file: a system's own is often kept in memory."""
    file = token_ids.filename if isinstance(token_ids, np.memmap) else None
    beside = Path(file).parent if file else Path(tempfile.gettempdir()) / "counts"
    folder = storage.temporary_beside(beside)
    try:
        folder.mkdir(parents=True)
        yield folder
    except OSError as error:
        raise storage.as_engine_error(error, folder) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)
