"""Find the words of your own list."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Literal

from engine.cleaning.statistics import statistics_of
from engine.cleaning.step import CleaningStep, Example, Measure, Result
from engine.corpora.document import Document, Dropped
from engine.settings import Problem, setting

NOTED = "listed-words"
"""Under this name a document's metadata says how many words of the list it has."""
_LISTED = "Too many words of your list."
_WIDE = range(0x2E80, 0x100000)


class WordLists(CleaningStep, kind="word-lists", title="Find listed words"):
    """Note, mask or drop by a list of words of your own; Wenlu brings none.

    Capitals make no difference. Words in letters must stand alone, so that a name inside a longer word is no hit;
    Chinese words are found anywhere, and must have two characters at least.
    Source: Aho and Corasick 1975 (doi:10.1145/360825.360855) with pyahocorasick; a limit of hits for each 1 000 words
    as the flagged words filter of ROOTS has (Laurençon et al. 2022, arXiv:2303.03915).
    """

    words: tuple[str, ...] = setting((), "Listed words", "The list, one word or phrase a line.")
    action: Literal["note", "mask", "drop"] = setting(
        "drop", "Action", "What happens to documents with such words.",
        choices={"note": "Only note how many", "mask": "Mask the words", "drop": "Drop the document"})
    most: float = setting(2.0, "Most hits", "Documents with more for each 1 000 words or characters are dropped.",
                          unit="per 1 000", low=0.0, high=1000.0)
    mask: str = setting("***", "Mask", "What stands in place of a word.", level="advanced")

    measure = Measure("Hits", highs=("most",), unit="per 1 000")
    notes = NOTED
    reasons = (_LISTED,)
    examples = (
        Example("A bad word, badly put; BAD!", dropped=_LISTED, settings={"words": ["bad"]}),
        Example("A bad word, badly put; BAD!", "A ___ word, badly put; ___!",
                settings={"words": ["bad"], "action": "mask", "mask": "___"}),
        Example("茶馆里的坏话很多。", "茶馆里的***很多。", settings={"words": ["坏话"], "action": "mask"}),
        Example("One bad word among others.", "One bad word among others.",
                settings={"words": ["bad"], "action": "note"}),
        Example("All is well.", "All is well."),
    )

    def check(self) -> Iterator[Problem]:
        """A single Chinese character stands in too many good words."""
        for place, word in enumerate(self.words):
            if len(word.strip()) == 1 and ord(word.strip()) in _WIDE:
                yield Problem(("words", str(place)), f"{word!r} is a single character", "write a word of at least two")

    def apply(self, document: Document) -> Result:
        """Look through one document."""
        if not self.words:
            return document
        spans = list(_hits(_automaton(self.words), document.text))
        if not spans:
            return document
        if self.action == "drop":
            rate = _rate(len(spans), document.text)
            return Dropped(_LISTED, round(rate, 2)) if rate > self.most else document
        text = _masked(document.text, spans, self.mask) if self.action == "mask" else document.text
        return dataclasses.replace(document, text=text, metadata={**document.metadata, NOTED: len(spans)})

    def value_of(self, document: Document) -> float | None:
        """Hits for each 1 000 words, where documents are dropped for them."""
        if not self.words or self.action != "drop":
            return None
        return _rate(sum(1 for _ in _hits(_automaton(self.words), document.text)), document.text)


def _rate(hits: int, text: str) -> float:
    return 1000 * hits / max(1, statistics_of(text).units)


def _masked(text: str, spans: list[tuple[int, int]], mask: str) -> str:
    parts, place = [], 0
    for start, end in spans:
        parts += [text[place:start], mask]
        place = end
    return "".join((*parts, text[place:]))


@lru_cache(maxsize=8)
def _automaton(words: tuple[str, ...]) -> Any:
    import ahocorasick

    made = ahocorasick.Automaton()
    for word in words:
        if plain := _small(word.strip()):
            made.add_word(plain, len(plain))
    made.make_automaton()
    return made


def _small(text: str) -> str:
    """The text in small letters, each in its place."""
    small = text.lower()
    return small if len(small) == len(text) else "".join(c.lower() if len(c.lower()) == 1 else c for c in text)


def _hits(automaton: Any, text: str) -> Iterator[tuple[int, int]]:
    if not len(automaton):
        return
    small = _small(text)
    for last, length in automaton.iter_long(small):
        start, end = last + 1 - length, last + 1
        if not (_joins(small[start - 1:start], small[start]) or _joins(small[end:end + 1], small[last])):
            yield start, end


def _joins(outside: str, inside: str) -> bool:
    """Whether two neighbours belong to one word: letters or digits, but no Chinese characters."""
    return outside.isalnum() and inside.isalnum() and ord(outside) not in _WIDE and ord(inside) not in _WIDE
