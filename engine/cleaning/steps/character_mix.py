"""Drop what is not prose by its characters."""

from __future__ import annotations

import re

from engine.cleaning.statistics import DIGIT, TextStatistics, statistics_of
from engine.cleaning.step import CleaningStep, Example, Measure, Result
from engine.corpora.document import Document, Dropped
from engine.settings import setting

_ADDRESS = re.compile(r"(?:https?://|www\.)[^\s\u3000-\uffef]+")
_ELLIPSIS = re.compile(r"…|\.\.\.+")
_FEW_WORDS = 10
"""Means of fewer words say little."""

_NUMBERS = "Too many numbers among the words."
_SYMBOLS = "Too many symbols."
_DIGITS = "Too many digits."
_ADDRESSES = "Too many web addresses."
_LONG_RUN = "A word is too long to be one."
_WORD_LENGTH = "Words are too short or too long on average."
_HASHES = "Too many hash signs or ellipses."


class CharacterMix(CleaningStep, kind="character-mix", title="Check characters"):
    """Drop documents that are mostly symbols, digits, web addresses or words of impossible length.

    Coded data, number tables, link lists and damaged text look so; prose and verse of any language do not. Each
    Chinese character counts as a word; lengths of words are looked at in other scripts only.
    Source: word and symbol rules of Gopher (Rae et al. 2021, arXiv:2112.11446, appendix A1.1) and the shares of
    NeMo Curator's filters (digits, symbols, addresses), with limits that keep novels, plays and Chinese classics.
    """

    shortest: int = setting(80, "Shortest document looked at", "Shorter documents pass.", unit="characters", low=1,
                            high=10_000, level="advanced", scale="log")
    symbols: float = setting(0.35, "Most symbols", "Share of the visible characters that are punctuation or symbols.",
                             low=0.05, high=1.0)
    symbols_chinese: float = setting(0.40, "Most symbols in Chinese", "The same share, where Chinese or Japanese "
                                     "characters are at least half of the words.", low=0.05, high=1.0)
    digits: float = setting(0.30, "Most digits", "Share of the visible characters that are digits.", low=0.02,
                            high=1.0)
    lettered: float = setting(0.60, "Fewest words with letters", "Share of the words that are not numbers.", low=0.0,
                              high=1.0, level="advanced")
    addresses: float = setting(0.20, "Most web addresses", "Share of the characters that belong to web addresses.",
                               low=0.02, high=1.0, level="advanced")
    hashes: float = setting(0.10, "Most hash signs or ellipses", "How many # or … there may be for each word.",
                            low=0.01, high=1.0, level="advanced")
    longest_word: int = setting(400, "Longest word", "The most characters without a space; coded data has more.",
                                unit="characters", low=30, high=10_000, level="advanced", scale="log")
    mean_from: float = setting(2.5, "Shortest mean word", "Mean length of words, Chinese aside.", unit="characters",
                               low=1.0, high=5.0, level="advanced")
    mean_to: float = setting(12.0, "Longest mean word", "Mean length of words, Chinese aside.", unit="characters",
                             low=5.0, high=50.0, level="advanced")

    measure = Measure("Share of symbols", highs=("symbols", "symbols_chinese"))
    reasons = (_SYMBOLS, _DIGITS, _NUMBERS, _ADDRESSES, _HASHES, _LONG_RUN, _WORD_LENGTH)
    examples = (
        Example("The old kettle's lid began to shake, and the third cup of tea was poured at last; so they sat."
                " “Well?” she asked.", "The old kettle's lid began to shake, and the third cup of tea was poured at "
                "last; so they sat. “Well?” she asked."),
        Example("孔乙己是站着喝酒而穿长衫的唯一的人。" * 6, "孔乙己是站着喝酒而穿长衫的唯一的人。" * 6),
        Example("=== *** +++ --- | | | ### " * 6, dropped=_SYMBOLS),
        Example("★☆◆◇※→←↑↓【】" * 9 + "好文", dropped=_SYMBOLS),
        Example("1984 12.5 13.7 88.1 tons 1985 14.5 16.2 91.0 tons 1986 15.1 17.3 92.4 tons 1987 16.0 18.8 93.5 tons",
                dropped=_DIGITS),
        Example("TWFuIGlzIGRpc3Rpbmd1aXNoZWQ" * 20, dropped=_LONG_RUN),
        Example("See https://example.org/a/rather/long/address and https://example.org/another/one for more of this.",
                dropped=_ADDRESSES),
    )

    def apply(self, document: Document) -> Result:
        """Look at one document."""
        if len(document.text) < self.shortest:
            return document
        text = statistics_of(document.text)
        visible = max(1, text.visible)
        most = self.symbols_chinese if text.is_ideographic else self.symbols
        if (value := text.symbols / visible) > most:
            return Dropped(_SYMBOLS, round(value, 3))
        if (value := text.counts[DIGIT] / visible) > self.digits:
            return Dropped(_DIGITS, round(value, 3))
        return self._words(text) or self._signs(text) or document

    def value_of(self, document: Document) -> float | None:
        """The share of symbols."""
        if len(document.text) < self.shortest:
            return None
        text = statistics_of(document.text)
        return text.symbols / max(1, text.visible)

    def _words(self, text: TextStatistics) -> Dropped | None:
        if text.units and (value := text.units_with_letters / text.units) < self.lettered:
            return Dropped(_NUMBERS, round(value, 3))
        if text.longest_run > self.longest_word:
            return Dropped(_LONG_RUN, float(text.longest_run))
        if text.words >= _FEW_WORDS and not text.is_ideographic:
            mean = text.word_characters / text.words
            if not self.mean_from <= mean <= self.mean_to:
                return Dropped(_WORD_LENGTH, round(mean, 2))
        return None

    def _signs(self, text: TextStatistics) -> Dropped | None:
        whole = text.text
        if "://" in whole or "www." in whole:
            share = sum(map(len, _ADDRESS.findall(whole))) / text.length
            if share > self.addresses:
                return Dropped(_ADDRESSES, round(share, 3))
        hashes = whole.count("#") / max(1, text.units)
        ellipses = len(_ELLIPSIS.findall(whole)) / max(1, text.units) if "…" in whole or "..." in whole else 0.0
        if max(hashes, ellipses) > self.hashes:
            return Dropped(_HASHES, round(max(hashes, ellipses), 3))
        return None
