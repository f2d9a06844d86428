"""The way back of an imported model: its rows in the order of its own ids, with the tokenizer that it came with."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from tokenizers import AddedToken

from engine import storage
from engine.exchange.exporter import differs
from engine.exchange.tokenizer_json import HOSTILE
from engine.models.kinds.transformer.spec import TransformerSpec
from engine.tokenizers.byte_level import read_model
from engine.tokenizers.cutter import BOS_ID, EOS_ID, PAD_ID
from engine.tokenizers.tokenizer import Tokenizer

BESIDE = "imported"
"""Folder of a run with the small files of the model it was imported from, for the way back."""

KEPT = ("config.json", "tokenizer_config.json", "special_tokens_map.json", "generation_config.json",
        "chat_template.jinja")
FILES = {"library": "tokenizer.json", "sentencepiece": "tokenizer.model"}


def foreign_order(tokenizer: Tokenizer) -> list[int] | None:
    """For each of Wenlu's ids the id that it has elsewhere, -1 where it has none; None for a tokenizer of our own.

    Symbols that were added come after all others.
    """
    known = tokenizer.foreign_ids
    if known is None:
        return None
    following = itertools.count(max(known) + 1)
    return [next(following) if each < 0 and ours > PAD_ID else each for ours, each in enumerate(known)]


def in_foreign_order(spec: TransformerSpec, tensors: Mapping[str, npt.NDArray[Any]],
                     order: Sequence[int] | None) -> dict[str, npt.NDArray[Any]]:
    """Weights with one row for each id elsewhere; marks that are not known there are left out."""
    if order is None:
        return dict(tensors)
    ours = np.zeros(max(order) + 1, dtype=np.int64)
    for each, theirs in enumerate(order):
        if theirs >= 0:
            ours[theirs] = each
    return {name: np.take(array, ours, spec.by_token[name]) if name in spec.by_token else array
            for name, array in tensors.items()}


def foreign_marks(order: Sequence[int]) -> tuple[int | None, ...]:
    """The ids that beginning, end and padding have elsewhere."""
    return tuple(order[each] if order[each] >= 0 else None for each in (BOS_ID, EOS_ID, PAD_ID))


def write_as_it_came(run: Path, tokenizer: Tokenizer, folder: Path) -> None:
    """The tokenizer's own file, with symbols that were added, and the small files that lay beside it."""
    content = tokenizer.model
    if tokenizer.symbols and tokenizer.format == "library":
        made = read_model(content)
        made.add_tokens([AddedToken(each, special=False, normalized=False) for each in tokenizer.symbols])
        content = made.to_str().encode()
    storage.write_bytes(folder / FILES[tokenizer.format], content)
    for name in KEPT:
        if name != "config.json" and (run / BESIDE / name).is_file():
            storage.write_bytes(folder / name, (run / BESIDE / name).read_bytes())


def compare_with_what_came(tokenizer: Tokenizer, folder: Path, texts: Sequence[str]) -> int:
    """Cut hostile lines and these texts with what was written; returns how many lines. Raises EngineError."""
    order = foreign_order(tokenizer) or []
    content = (folder / FILES[tokenizer.format]).read_bytes()
    lines = [*HOSTILE, *texts]
    if tokenizer.format == "sentencepiece":
        if content != tokenizer.model:
            raise differs("tokenizer.model", "it has changed")
        return len(lines)
    read = read_model(content)
    read.no_truncation()
    read.no_padding()
    read.encode_special_tokens = True
    for line in lines:
        if read.encode(line, add_special_tokens=False).ids != [order[each] for each in tokenizer.encode(line)]:
            raise differs("tokenizer.json", f"{line[:60]!r} gives other ids")
    return len(lines)
