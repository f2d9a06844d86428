"""Drop documents by length."""

from __future__ import annotations

from collections.abc import Iterator

from engine.cleaning.statistics import statistics_of
from engine.cleaning.step import CleaningStep, Example, Measure, Result
from engine.corpora.document import Document, Dropped
from engine.corpora.units import count_units
from engine.settings import Problem, setting

_TOO_SHORT = "Too short."
_TOO_LONG = "Too long."


class DocumentLength(CleaningStep, kind="document-length", title="Drop short documents"):
    """Drop documents with too few words to learn from, and too long ones if you say so.

    A word counts as one, and so does each Chinese, Japanese or Korean character.
    Source: the length rules of Gopher (Rae et al. 2021, arXiv:2112.11446, appendix A1.1), with a far lower limit
    because poems and answers are short, and none above because novels are long.
    """

    shortest: int = setting(5, "Shortest document kept", "Shorter documents are dropped.", unit="words or characters",
                            low=1, high=1000, scale="log")
    shortest_chinese: int | None = setting(
        None, "Shortest Chinese document kept", "The same where half of the words are Chinese or Japanese characters.",
        unit="characters", low=1, high=1000, level="advanced", scale="log", auto="As for other languages")
    longest: int | None = setting(None, "Longest document kept", "Longer documents are dropped; splitting them is "
                                  "nearly always better.", unit="words or characters", low=10, level="advanced",
                                  scale="log", auto="No limit")

    measure = Measure("Length", ("shortest", "shortest_chinese"), ("longest",), "words or characters", "log")
    reasons = (_TOO_SHORT, _TOO_LONG)
    examples = (
        Example("Read more", dropped=_TOO_SHORT),
        Example("床前明月光", "床前明月光"),
        Example("床前明月光，疑是地上霜。", dropped=_TOO_SHORT, settings={"shortest_chinese": 30}),
        Example("one two three four five six seven eight nine ten eleven", dropped=_TOO_LONG, settings={"longest": 10}),
    )

    def check(self) -> Iterator[Problem]:
        """The limits must leave something."""
        if self.longest is not None and self.longest < self.shortest:
            yield Problem(("longest",), "no document can be kept", "make it larger than the shortest")

    def apply(self, document: Document) -> Result:
        """Measure one document."""
        enough = max(self.shortest, self.shortest_chinese or 0, (self.longest or 0) + 1)
        units = count_units(document.text, enough)
        if units < self._shortest(document.text):
            return Dropped(_TOO_SHORT, float(units))
        if self.longest is not None and units > self.longest:
            return Dropped(_TOO_LONG, float(units))
        return document

    def value_of(self, document: Document) -> float:
        """How many words and Chinese characters there are."""
        return float(count_units(document.text))

    def _shortest(self, text: str) -> int:
        if self.shortest_chinese is None or text.isascii():
            return self.shortest
        return self.shortest_chinese if statistics_of(text).is_ideographic else self.shortest
