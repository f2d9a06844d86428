"""Drop text that repeats itself."""

from __future__ import annotations

from engine.cleaning.statistics import TextStatistics, statistics_of
from engine.cleaning.step import CleaningStep, Example, Measure, Result
from engine.corpora.document import Document, Dropped
from engine.settings import setting

_LINES = "Too many lines are repeated."
_PHRASE = "One phrase makes up too much of the text."
_PASSAGES = "Too much of the text is repeated."


class Repetition(CleaningStep, kind="repetition", title="Check repetition"):
    """Drop documents that say the same again and again, as spam and broken downloads do.

    Looks at repeated lines, at the commonest phrase, and at all repeated passages. Words are counted in most
    languages, characters in Chinese and Japanese. Only copies after the first count for lines and passages.
    Source: repetition rules of Gopher (Rae et al. 2021, arXiv:2112.11446, table A1); two lengths of passages in
    place of six, with limits that keep plays, refrains and the Chinese classics.
    """

    shortest: int = setting(100, "Shortest document looked at", "Shorter documents pass.", unit="words or characters",
                            low=10, high=10_000, level="advanced", scale="log")
    lines: float = setting(0.30, "Most repeated lines", "Share of the lines that stood there before.", low=0.01,
                           high=1.0)
    line_characters: float = setting(0.25, "Most characters in repeated lines", "Share of the characters in lines that "
                                     "stood there before.", low=0.01, high=1.0, level="advanced")
    top_2: float = setting(0.20, "Commonest two words", "Share of the characters in the commonest pair of words.",
                           low=0.01, high=1.0, level="advanced")
    top_3: float = setting(0.18, "Commonest three words", "Share of the characters in the commonest three words.",
                           low=0.01, high=1.0, level="advanced")
    top_4: float = setting(0.16, "Commonest four words", "Share of the characters in the commonest four words.",
                           low=0.01, high=1.0, level="advanced")
    passages_5: float = setting(0.33, "Passages of five words", "Share of the characters in passages of five words "
                                "that stood there before.", low=0.01, high=1.0)
    passages_10: float = setting(0.22, "Passages of ten words", "Share of the characters in passages of ten words "
                                 "that stood there before.", low=0.01, high=1.0, level="advanced")
    top_3_chinese: float = setting(0.21, "Commonest three characters", "Share of the commonest three Chinese "
                                   "characters in a row.", low=0.01, high=1.0, level="advanced")
    top_5_chinese: float = setting(0.20, "Commonest five characters", "Share of the commonest five Chinese characters "
                                   "in a row.", low=0.01, high=1.0, level="advanced")
    top_7_chinese: float = setting(0.18, "Commonest seven characters", "Share of the commonest seven Chinese "
                                   "characters in a row.", low=0.01, high=1.0, level="advanced")
    passages_8_chinese: float = setting(0.33, "Passages of eight characters", "Share of the Chinese text in passages "
                                        "of eight characters that stood there before.", low=0.01, high=1.0)
    passages_16_chinese: float = setting(0.22, "Passages of sixteen characters", "Share of the Chinese text in "
                                         "passages of sixteen characters that stood there before.", low=0.01, high=1.0,
                                         level="advanced")

    measure = Measure("Share of repeated passages", highs=("passages_5", "passages_8_chinese"))
    reasons = (_LINES, _PHRASE, _PASSAGES)
    examples = (
        Example("Buy now and save.\n" * 30, dropped=_LINES),
        Example("点击下载最新版本安装包，" * 20, dropped=_PHRASE),
        Example(" ".join(f"left{number} right{number * 7}" for number in range(60)) * 2, dropped=_PASSAGES),
        Example("Ding dong bell.\n" * 5, "Ding dong bell.\n" * 5),
    )

    def apply(self, document: Document) -> Result:
        """Look at one document."""
        if len(document.text) < self.shortest:
            return document
        text = statistics_of(document.text)
        if text.units < self.shortest:
            return document
        return self._lines(text) or self._phrases(text) or document

    def value_of(self, document: Document) -> float | None:
        """The share of passages of five words, or of eight characters, that stood there before."""
        if len(document.text) < self.shortest:
            return None
        text = statistics_of(document.text)
        if text.units < self.shortest:
            return None
        top, passages = self._limits(text.is_ideographic)
        return text.repeated_shares(tuple(top), tuple(passages))[min(passages)]

    def _lines(self, text: TextStatistics) -> Dropped | None:
        count, different = len(text.lines), set(text.lines)
        if (share := (count - len(different)) / count) > self.lines:
            return Dropped(_LINES, round(share, 3))
        if share and (share := 1 - sum(map(len, different)) / sum(map(len, text.lines))) > self.line_characters:
            return Dropped(_LINES, round(share, 3))
        return None

    def _phrases(self, text: TextStatistics) -> Dropped | None:
        top, passages = self._limits(text.is_ideographic)
        shares = text.repeated_shares(tuple(top), tuple(passages))
        for limits, reason in ((top, _PHRASE), (passages, _PASSAGES)):
            for n, most in limits.items():
                if shares[n] > most:
                    return Dropped(reason, round(shares[n], 3))
        return None

    def _limits(self, is_ideographic: bool) -> tuple[dict[int, float], dict[int, float]]:
        if is_ideographic:
            return ({3: self.top_3_chinese, 5: self.top_5_chinese, 7: self.top_7_chinese},
                    {8: self.passages_8_chinese, 16: self.passages_16_chinese})
        return {2: self.top_2, 3: self.top_3, 4: self.top_4}, {5: self.passages_5, 10: self.passages_10}
