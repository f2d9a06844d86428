"""Drop text without the small words of a language."""

from __future__ import annotations

import re

from engine.cleaning.statistics import HAN, KANA, LETTER, TextStatistics, statistics_of
from engine.cleaning.step import CleaningStep, Example, Result
from engine.corpora.document import Document, Dropped
from engine.settings import setting

_FIRST = 1000
"""Nearly every good text shows its small words in so many characters."""
_LATIN = tuple(frozenset(words.split()) for words in (
    "the be to of and that have with a in is it for was on thou thy",
    "der die das und ist nicht ein eine zu den mit von sich auf",
    "le la les et de des un une est que pas dans pour qui",
    "el la los las y de que un una es en no por con",
    "il la di che e un una non per sono del con si le",
    "o a os as de que e um uma não em para com do",
    "de het een en van dat niet is op te zijn ik in met",
    "och att det en som är på av inte den för jag de og er ikke",
    "i w na nie się z do że to jest jak co",
    "ja on ei se että oli hän ett és a az hogy nem egy van",
    "bir ve bu da de için ile ne çok olarak yang dan di ini itu dengan untuk tidak",
    "của và là có không các một người cho trong"))
_CHINESE = re.compile("[的一是在了和有不人這这之也而以其我他為为與与於于上中大就到說说要個个無无所者曰如何兮]")

_NONE = "The small words of a language are missing."
_FEW = "The small words of Chinese are rare."


class FunctionWords(CleaningStep, kind="function-words", title="Check small words"):
    """Drop long documents without small words such as “the” and “of” or 的 and 是, as keyword lists are.

    Texts in Latin letters need two small words of one out of 20 languages, Chinese texts two of about 40 characters
    that stand in nearly all prose and verse. Other scripts pass.
    Source: stop word rule of Gopher (Rae et al. 2021, arXiv:2112.11446, appendix A1.1) and of FineWeb-2
    (arXiv:2506.20920), with lists, lengths and the share of our own.
    """

    least: int = setting(2, "Fewest small words", "How many different ones there must be.", low=1, high=8)
    share_chinese: float = setting(0.01, "Least share of small words in Chinese", "Small words among the Chinese "
                                   "characters; prose and verse have 5 to 30 in 100.", low=0.0, high=0.3,
                                   level="advanced")
    shortest: int = setting(60, "Shortest document looked at", "Shorter documents pass.", unit="words", low=10,
                            high=1000, level="advanced")
    shortest_chinese: int = setting(150, "Shortest Chinese document looked at", "Shorter Chinese documents pass; "
                                    "classical texts and verse need 250.", unit="characters", low=10, high=2000,
                                    level="advanced")

    reasons = (_NONE, _FEW)
    examples = (
        Example("The cat sat on the mat. " * 12, "The cat sat on the mat. " * 12),
        Example("cheap shoes buy online sale discount brand outlet " * 8, dropped=_NONE),
        Example("手机配件批发价格图片厂家品牌" * 12, dropped=_NONE),
        Example("鲁镇的酒店的格局，是和别处不同的。" * 12, "鲁镇的酒店的格局，是和别处不同的。" * 12),
    )

    def apply(self, document: Document) -> Result:
        """Look at one document."""
        text = statistics_of(document.text)
        if text.length < 2 * min(self.shortest, self.shortest_chinese // 2):
            return document
        if text.is_ideographic:
            return self._chinese(text) or document
        if text.units > self.shortest and _is_latin(document.text, text):
            found = self._latin(document.text)
            return Dropped(_NONE, float(found)) if found < self.least else document
        return document

    def _chinese(self, text: TextStatistics) -> Dropped | None:
        if text.counts[HAN] <= self.shortest_chinese or text.counts[KANA] > 0.05 * text.ideographs:
            return None
        middle = max(_FIRST, text.length - _FIRST) // 2
        part = text.text[:_FIRST // 2] + text.text[middle:middle + _FIRST // 2]
        found = _CHINESE.findall(part)
        different = len(set(found))
        if different < self.least and len(part) < text.length:
            different = len(set(_CHINESE.findall(text.text)))
        share = len(found) / len(part) * text.length / text.counts[HAN]
        if different < self.least:
            return Dropped(_NONE, float(different))
        return Dropped(_FEW, round(share, 3)) if share < self.share_chinese else None

    def _latin(self, text: str) -> int:
        most = 0
        for end in (_FIRST, len(text)):
            words = set(text[:end].lower().split())
            most = max(len(words & small) for small in _LATIN)
            if most >= self.least or end >= len(text):
                break
        return most


def _is_latin(text: str, found: TextStatistics) -> bool:
    if text.isascii():
        return True
    beyond = int(((found.codes >= 0x370) & (found.codes < 0x1E00) & (found.classes == LETTER)).sum())
    return 2 * beyond < found.counts[LETTER]
