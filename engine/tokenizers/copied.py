"""How much of a text was copied from the training text, token by token."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from engine.corpora.copies import Copies
from engine.tokenizers.tokenizer import Tokenizer, clean_surrogates

LEAST_TOKENS, LEAST_CHARACTERS = 8, 24
"""A run counts as copied from so many tokens on. It must have so many characters too: where a tokenizer cuts into
letters, eight tokens are one word, which any text shares."""

LEAST_HAN = 12
"""Where at least half of a run is Chinese, it counts from so many characters on instead."""


@dataclass(frozen=True)
class CopiedSpan:
    """Characters `start` to `end` stand in the training text, `times` times; first in `document` at `offset`."""

    start: int
    end: int
    tokens: int
    document: str
    number: int
    offset: int
    times: int


@dataclass(frozen=True)
class Copied:
    """The share of tokens in copied runs, and the runs in order; they may overlap."""

    n_tokens: int
    n_copied: int
    spans: tuple[CopiedSpan, ...]

    @property
    def share(self) -> float:
        """From 0, all new, to 1, all copied."""
        return self.n_copied / self.n_tokens if self.n_tokens else 0.0


def copied(text: str, tokenizer: Tokenizer, copies: Copies) -> Copied:
    """Find what a text has word for word in common with the training text.

    Tokens without characters of their own, such as the first bytes of a rare character, are not counted.
    """
    text = clean_surrogates(text)
    places = [(start, end) for _, start, end in tokenizer.spans(text) if end > start]
    content = text.encode()
    at = [0, *accumulate(len(each.encode()) for each in text)]  # of each character the byte where it begins
    windows = _windows(text, places)
    starts = [at[start] for start, _ in windows]
    lengths = copies.longest(content, starts, [at[end] - at[start] for start, end in windows])
    character = {byte: number for number, byte in enumerate(at)}
    found: list[tuple[int, int]] = []
    for (start, _), length in zip(windows, lengths.tolist(), strict=True):
        end = character[at[start] + length]
        if length and (not found or end > found[-1][1]):
            found.append((start, end))
    spans, is_copied = [], [False] * len(places)
    for start, end in found:
        within = [number for number, place in enumerate(places) if start <= place[0] and place[1] <= end]
        for number in within:
            is_copied[number] = True
        match = copies.locate(content, at[start], at[end])
        spans.append(CopiedSpan(start, end, len(within), match.document, match.number, match.offset, match.times))
    return Copied(len(places), sum(is_copied), tuple(spans))


def _windows(text: str, places: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """From each token on the shortest stretch that is long enough to count, in characters."""
    han = [0, *accumulate(_is_han(each) for each in text)]
    found = []
    for number, (start, _) in enumerate(places):
        for count, (_, end) in enumerate(places[number:number + 4 * LEAST_HAN], 1):
            chinese = han[end] - han[start]
            is_long = count >= LEAST_TOKENS and end - start >= LEAST_CHARACTERS
            if chinese >= LEAST_HAN if 2 * chinese >= end - start else is_long:
                found.append((start, end))
                break
    return found


def _is_han(letter: str) -> bool:
    return "\u3400" <= letter <= "\u9fff" or "\U00020000" <= letter <= "\U0003ffff"
