"""Tables in Arrow's memory layout, as Parquet and Arrow files hold them: a batch of rows at a time."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Iterator
from typing import Any

from engine.corpora import reasons
from engine.corpora.columns import found_in
from engine.corpora.files import InputFile
from engine.corpora.rows import KEPT, chosen_columns

BATCH_ROWS = 512


def library(name: str) -> Any:
    """A module of pyarrow; raises Unreadable where it is not installed."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise reasons.Unreadable(reasons.NEEDS_PYARROW) from error


def rows_of(file: InputFile, batches: Iterable[Any]) -> Iterator[tuple[int, Any]]:
    """The rows of batches with their numbers from 1; only columns that matter are made into Python's own values."""
    number = 0
    for batch in batches:
        if batch.num_rows:
            batch.validate(full=True)  # pyarrow trusts offsets that a damaged file gives it
            kept = batch.select(_columns_of(file, batch))
            for start in range(0, kept.num_rows, BATCH_ROWS):
                for row in kept.slice(start, BATCH_ROWS).to_pylist():
                    number += 1
                    yield number, row


def _columns_of(file: InputFile, batch: Any) -> list[str]:
    """The columns that make a document and those that say something about it; all where that cannot be told."""
    names = list(batch.schema.names)
    columns = chosen_columns(file.options) or found_in(batch.slice(0, 1).to_pylist()[0])
    if columns is None or not set(columns.names) <= set(names):
        return names
    return [name for name in names if name in columns.names or name in KEPT]
