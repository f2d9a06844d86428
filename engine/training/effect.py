"""What cleaning is good for: how well a 5-gram of raw text, and one of cleaned text, foretell clean text."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engine.corpora.corpus import Corpus
from engine.corpora.pieces import cut
from engine.corpora.sameness import text_key
from engine.corpora.shingles import shingles_of
from engine.models.kinds.ngram.counting import train_ngram
from engine.randomness import generator_for
from engine.tokenizers.tokenizer import BOS_ID
from engine.work import Work

ORDER = 5
COUNTED = 400_000
"""So many characters of each text are counted at most; takes about a second for both."""
HELD_OUT = 60_000
SMALLEST = 4_000
"""With fewer characters left to count nothing is measured."""
_PIECE = 1000
_SHARED = 0.1
"""A piece that has more of its shingles in common with the text held out is not counted."""
_FIRST_ID = BOS_ID + 8


@dataclass(frozen=True)
class CleaningEffect:
    """Bits per character of clean text that was held out, by a 5-gram of raw and by one of cleaned characters.

    `characters` of each were counted, as many of both, none of them from the text held out.
    """

    raw: float
    cleaned: float
    characters: int
    held_out: int


def effect_of_cleaning(raw: Corpus, cleaned: Corpus, work: Work, seed: int = 0) -> CleaningEffect | None:
    """Measure on samples drawn by the seed; None where there is too little text. Raises Stopped."""
    held, held_keys = _held_out(cleaned, seed)
    if not held:
        return None
    shingles = np.unique(shingles_of(held).hashes)
    limit = min(COUNTED, raw.manifest.characters, cleaned.manifest.characters)
    texts = [_sample(corpus, limit, shingles, held_keys, seed) for corpus in (raw, cleaned)]
    count = min(sum(map(len, pieces)) for pieces in texts)
    if count < SMALLEST:
        return None
    characters = sorted({*"".join(held), *"".join(texts[0]), *"".join(texts[1])})
    table = np.array([ord(character) for character in characters], np.uint32)
    asked = _ids(held, sum(map(len, held)), table)
    bits = []
    for pieces in texts:
        model = train_ngram(_ids(pieces, count, table), ORDER, _FIRST_ID + len(table), work)
        losses = model.token_losses(asked)[asked[1:] != BOS_ID]
        bits.append(float(losses.mean(dtype=np.float64)) / math.log(2))
    return CleaningEffect(round(bits[0], 4), round(bits[1], 4), count, int((asked != BOS_ID).sum()))


def _held_out(cleaned: Corpus, seed: int) -> tuple[list[str], set[int]]:
    """Pieces of cleaned text at random places, a tenth of it at most, and the keys of their documents."""
    limit = min(HELD_OUT, cleaned.manifest.characters // 10)
    held: list[str] = []
    keys: set[int] = set()
    size = 0
    for text in _documents(cleaned, seed, "held out"):
        part = next(cut(text, max(_PIECE, limit // 10)))
        held.append(part)
        keys.add(text_key(text))
        size += len(part)
        if size >= limit:
            break
    return held, keys


def _sample(corpus: Corpus, limit: int, shingles: npt.NDArray[np.uint32], held_keys: set[int],
            seed: int) -> list[str]:
    """Pieces of a corpus up to so many characters, without those that have a part of the text held out."""
    found: list[str] = []
    size = 0
    for text in _documents(corpus, seed, "counted"):
        if len(text) < _PIECE and text_key(text) in held_keys:
            continue
        pieces = list(cut(text, _PIECE))
        own = shingles_of(pieces)
        shared = np.isin(own.hashes, shingles)
        for place, piece in enumerate(pieces):
            part = shared[own.bounds[place]:own.bounds[place + 1]]
            if not part.size or part.mean() <= _SHARED:
                found.append(piece)
                size += len(piece)
        if size >= limit:
            break
    return found


def _documents(corpus: Corpus, seed: int, purpose: str) -> Iterator[str]:
    for number in generator_for(seed, purpose).permutation(len(corpus)).tolist():
        yield corpus.document(number).text


def _ids(pieces: list[str], count: int, table: npt.NDArray[np.uint32]) -> npt.NDArray[np.int64]:
    """The first `count` characters as ids, `bos` before every piece."""
    parts: list[npt.NDArray[np.int64]] = []
    for piece in pieces:
        codes = np.frombuffer(piece[:count].encode("utf-32-le", "surrogatepass"), "<u4")
        parts += [np.array([BOS_ID]), np.searchsorted(table, codes) + _FIRST_ID]
        count -= len(codes)
        if count <= 0:
            break
    return np.concatenate(parts)
