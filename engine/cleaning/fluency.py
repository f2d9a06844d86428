"""A small model of characters that tells how usual a text is among texts that are trusted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engine.corpora.language import guess_language
from engine.corpora.pieces import cut

ORDER = 4
PIECE = 500
"""Texts are judged in pieces of about so many characters, since short ones vary more."""
FEWEST_PIECES = 20
"""A language of which fewer pieces are trusted is not judged."""
_PLACES = 1 << 20
_UNSEEN = 1.0 / 20_000
"""Probability of a character that was never seen, about one of the characters in common use."""

Counts = npt.NDArray[np.float32]


class CharacterModel:
    """Counts of 1 to 4 characters in a row, and of what followed them, under hashes, in 32 MB.

    Orders are mixed after Witten and Bell: a longer context counts by how often it was seen, and how seldom with
    something new. Source: Witten and Bell 1991 (doi:10.1109/18.87000); hashing as in Talbot and Osborne 2007.
    """

    def __init__(self) -> None:
        self._characters = 0
        self._seen = [np.zeros(_PLACES, np.float32) for _ in range(ORDER)]  # how often n + 1 characters came
        self._follow = [np.zeros(_PLACES, np.float32) for _ in range(ORDER)]  # how many different ones after n

    def fit(self, text: str) -> None:
        """Count one text."""
        grams = _hashes(text)
        self._characters += len(text)
        for n in range(min(ORDER, len(text))):
            with_last = grams[n + 1][n:]
            before = grams[n][n - 1:-1] if n else np.zeros(len(with_last), np.int64)
            different, first = np.unique(with_last, return_index=True)
            new = self._seen[n][different] == 0
            np.add.at(self._follow[n], before[first[new]], 1)
            np.add.at(self._seen[n], with_last, 1)

    def bits_per_character(self, text: str) -> float:
        """The mean of how many bits each character of a text takes; raises ValueError for an empty one."""
        if not text:
            raise ValueError("an empty text has no bits")
        grams = _hashes(text)
        probability = np.full(len(text), _UNSEEN)
        for n in range(min(ORDER, len(text))):
            with_last = grams[n + 1][n:]
            before = grams[n][n - 1:-1] if n else np.zeros(len(with_last), np.int64)
            total = self._seen[n - 1][before] if n else np.full(len(with_last), self._characters, np.float32)
            follow = np.maximum(self._follow[n][before], 1)
            mixed = (np.minimum(self._seen[n][with_last], total) + follow * probability[n:]) / (total + follow)
            probability[n:] = np.where(total > 0, mixed, probability[n:])
        return float(-np.log2(probability).mean())


def _hashes(text: str) -> list[npt.NDArray[np.int64]]:
    """For n of 0 to ORDER the place of the n characters that end at each character, (characters,)."""
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4").astype(np.uint64)
    found = [np.zeros(len(codes), np.int64)]
    mixed = np.zeros(len(codes), np.uint64)
    for n in range(1, ORDER + 1):
        shifted = np.concatenate((np.zeros(n - 1, np.uint64), codes[:len(codes) - n + 1]))
        mixed = (mixed ^ shifted + np.uint64(n)) * np.uint64(0x9E3779B97F4A7C15)
        mixed ^= mixed >> np.uint64(29)
        found.append((mixed >> np.uint64(20) & np.uint64(_PLACES - 1)).astype(np.int64))
    return found


@dataclass(frozen=True)
class Judge:
    """A model of one language, and between which bits per character trusted texts lie."""

    model: CharacterModel
    lowest: float
    highest: float


def judges_of(texts: Iterable[str], low_percent: float, high_percent: float) -> dict[str, Judge]:
    """A judge for each language of which there is enough: every other piece is counted, the rest set the bounds."""
    pieces: dict[str, list[str]] = {}
    for piece in _pieces(texts):
        pieces.setdefault(guess_language(piece), []).append(piece)
    judges = {}
    for language, own in pieces.items():
        if len(own) < FEWEST_PIECES:
            continue
        model = CharacterModel()
        for piece in own[::2]:
            model.fit(piece)
        bits = [model.bits_per_character(piece) for piece in own[1::2]]
        lowest, highest = np.percentile(bits, [low_percent, high_percent]).tolist()
        judges[language] = Judge(model, lowest, highest)
    return judges


def _pieces(texts: Iterable[str]) -> Iterator[str]:
    for text in texts:
        yield from (piece for piece in cut(text, PIECE) if len(piece) >= PIECE // 4)
