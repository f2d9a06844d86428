"""Cutting texts into blocks at ends of paragraphs and sentences, where too few documents could be kept apart."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from engine.corpora.corpus import INDEX, Corpus
from engine.corpora.document import Document
from engine.corpora.sameness import text_key

MOST_BLOCKS = 20
"""Enough for a validation share of a tenth and a test share of a twentieth."""

LEAST_CHARACTERS = 40
"""A block is about a sentence at least."""

_ENDS = (re.compile(r"\n[ \t]*\n\s*"), re.compile(r"\n\s*"),
         re.compile(r"(?:[.!?][\"'”’)\]]*\s+|[。！？…；]+[」』”’）]*\s*)"), re.compile(r"[\s，、,;:：]+"))
"""Where a text may be cut, best first: after paragraphs, lines, sentences, words."""


def cut(text: str, count: int) -> list[str]:
    """At most `count` parts of about the same length that make up the text; the same text is always cut alike."""
    target = len(text) / count
    places = sorted({0, len(text), *(_place(text, target, number) for number in range(1, count))})
    parts: list[str] = []
    for start, end in pairwise(places):
        if parts and (not text[start:end].strip() or not parts[-1].strip()):
            parts[-1] += text[start:end]
        else:
            parts.append(text[start:end])
    return parts


def _place(text: str, target: float, number: int) -> int:
    """The best place to cut near `number` times the target length."""
    wanted = number * target
    first, last = int(wanted - target / 2), int(wanted + target / 2)
    for ends in _ENDS:
        found = [match.end() for match in ends.finditer(text, first, last)]
        if found:
            return min(found, key=lambda place: abs(place - wanted))
    return int(wanted)


class Blocks:
    """A corpus of few documents, each cut into blocks: `documents()`, `index` and `len` as a Corpus has them."""

    def __init__(self, corpus: Corpus) -> None:
        self._corpus = corpus
        characters = corpus.index["characters"]
        _, first = np.unique(corpus.index["key"], return_index=True)
        self.different_characters = int(characters[first].sum())
        self._length = max(LEAST_CHARACTERS, self.different_characters / MOST_BLOCKS)
        rows = [(0, 0, len(block.text), len(block.text.encode()), corpus.index["source"][number], text_key(block.text))
                for number, blocks in enumerate(self._cut()) for block in blocks]
        self.index: npt.NDArray[np.void] = np.array(rows, INDEX)

    def __len__(self) -> int:
        """The number of blocks."""
        return len(self.index)

    def documents(self) -> Iterator[Document]:
        """All blocks, in order."""
        for blocks in self._cut():
            yield from blocks

    def _cut(self) -> Iterator[list[Document]]:
        for document in self._corpus.documents():
            count = max(1, round(len(document.text) / self._length))
            yield [Document(f"{document.name}#{number}", text, document.source, document.metadata)
                   for number, text in enumerate(cut(document.text, count), 1)]
