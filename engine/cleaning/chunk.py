"""A chunk: some documents of a corpus that are cleaned together, the same ones however many processes there are."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeGuard

import numpy as np

from engine.cleaning.chain import settle
from engine.cleaning.dropped import DROPPED_KEPT, line_of
from engine.cleaning.spec import CleaningSpec
from engine.cleaning.step import CleaningStep, Keys, RememberingStep, Result
from engine.cleaning.tally import Tally
from engine.corpora.block import Block, BlockMaker, document_of
from engine.corpora.corpus import Corpus, shard_path
from engine.corpora.document import Document

CHUNK_BYTES = 2 << 20
"""About the size of a chunk. Other sizes give the same documents, but shards that begin elsewhere."""

_ROWS = 1 << 18
"""So many rows of the index are looked at in one go."""


@dataclass(frozen=True)
class Chunk:
    """Where the lines of a chunk lie: bytes `begin` to `end` of a shard (end 0: all the rest)."""

    number: int
    shard: int
    begin: int
    end: int
    documents: int


@dataclass(frozen=True)
class CleanedChunk:
    """What is left of a chunk. `dropped` are lines for the list of dropped documents, with the place of their step."""

    block: Block
    tally: Tally
    dropped: tuple[tuple[int, bytes], ...]


Cleaning = Generator[Keys, Keys, CleanedChunk]
"""Yields keys for each remembering step in turn, is sent the decisions, and returns what is left."""


def chunks_of(corpus: Corpus, size_bytes: int = CHUNK_BYTES) -> list[Chunk]:
    """The chunks of a corpus, in order; no document is divided and none reaches over two shards."""
    index = corpus.index
    firsts, last = [np.zeros(0, np.int64)], None
    for begin in range(0, len(index), _ROWS):
        part = index[begin:begin + _ROWS]
        mark = part["shard"].astype(np.uint64) << np.uint64(40) | part["offset"] // np.uint64(size_bytes)
        is_first = np.append(mark[0] != last, mark[1:] != mark[:-1])
        firsts.append(np.flatnonzero(is_first) + begin)
        last = mark[-1]
    first = np.concatenate(firsts)
    starts = [(int(row["shard"]), int(row["offset"])) for row in index[first]]
    counts = np.diff(np.append(first, len(index))).tolist()
    chunks = []
    for number, (shard, begin) in enumerate(starts):
        after = starts[number + 1] if number + 1 < len(starts) else (-1, 0)
        chunks.append(Chunk(number, shard, begin, after[1] if after[0] == shard else 0, counts[number]))
    return chunks


def documents_in(corpus: Corpus, chunk: Chunk) -> list[Document]:
    """The documents of a chunk."""
    with open(shard_path(corpus.folder, chunk.shard), "rb") as file:
        file.seek(chunk.begin)
        data = file.read(chunk.end - chunk.begin) if chunk.end else file.read()
    return [document_of(line) for line in data.split(b"\n") if line]


def clean_chunk(documents: list[Document], spec: CleaningSpec, sources: Sequence[str]) -> Cleaning:
    """Send documents through all steps, asking for decisions where a step must remember earlier documents."""
    keep = frozenset(spec.keep)
    tally = Tally(len(spec.enabled_steps))
    tally.raw.documents, tally.raw.characters = len(documents), sum(len(each.text) for each in documents)
    dropped: list[tuple[int, bytes]] = []
    for place, (step, counts) in enumerate(zip(spec.enabled_steps, tally.steps, strict=True)):
        began = time.perf_counter()
        results: Iterable[Iterable[Result]] = map(step.expand, documents)
        if remembers(step):
            keys = step.prepare(documents)
            waited = time.perf_counter()
            decisions = yield keys
            began += time.perf_counter() - waited
            results = step.carry_out(documents, decisions)
        left: list[Document] = []
        listed = unchanged = 0
        for document, made in zip(documents, results, strict=True):
            if type(made) is tuple and len(made) == 1 and made[0] is document:
                left.append(document)
                unchanged += len(document.text)
                counts.documents += 1
                continue
            kept, removed = settle(step, document, made, counts, keep)
            left += kept
            for each in removed[:DROPPED_KEPT - listed]:
                dropped.append((place, line_of(each)))
                listed += 1
        documents = left
        counts.characters += unchanged
        counts.seconds = time.perf_counter() - began
    maker = BlockMaker(sources)
    for document in documents:
        maker.add(document)
    return CleanedChunk(maker.take(), tally, tuple(dropped))


def remembers(step: CleaningStep) -> TypeGuard[RememberingStep]:
    """Whether a step, as it is set, must remember earlier documents."""
    return isinstance(step, RememberingStep) and step.remembers
