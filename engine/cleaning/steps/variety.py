"""Drop text that uses too few different words."""

from __future__ import annotations

from engine.cleaning.statistics import statistics_of
from engine.cleaning.step import CleaningStep, Example, Measure, Result
from engine.corpora.document import Document, Dropped
from engine.settings import setting

_POOR = "The same few words make up the text."


class Variety(CleaningStep, kind="variety", title="Check variety"):
    """Drop long documents in which a few words or characters make up nearly everything.

    The measure is the entropy of the words: a text of n words used equally often has log2 n bits for each. English
    prose has 8 to 10 bits, Chinese 7 to 9.
    Source: word entropy of RedPajama-v2's signals and of MAP-CC (Du et al. 2024, arXiv:2404.04167), with limits of
    our own.
    """

    least: float = setting(4.0, "Least variety", "Entropy of the words.", unit="bits per word", low=0.0, high=10.0)
    least_chinese: float = setting(4.5, "Least variety in Chinese", "Entropy of the characters.",
                                   unit="bits per character", low=0.0, high=10.0)
    shortest: int = setting(200, "Shortest document looked at", "Shorter documents pass.", unit="words or characters",
                            low=50, high=10_000, level="advanced", scale="log")

    measure = Measure("Variety", ("least", "least_chinese"), unit="bits per word")
    reasons = (_POOR,)
    examples = (
        Example("ha ha ho " * 80, dropped=_POOR),
        Example("哈哈呵呵嘿嘿" * 40, dropped=_POOR),
        Example("ha ha ho " * 20, "ha ha ho " * 20),
    )

    def value_of(self, document: Document) -> float | None:
        """The entropy of the words or characters."""
        if len(document.text) < self.shortest:
            return None
        text = statistics_of(document.text)
        return text.entropy if text.units >= self.shortest else None

    def apply(self, document: Document) -> Result:
        """Measure one document."""
        if len(document.text) < self.shortest:
            return document
        text = statistics_of(document.text)
        if text.units < self.shortest:
            return document
        least = self.least_chinese if text.is_ideographic else self.least
        return Dropped(_POOR, round(text.entropy, 2)) if text.entropy < least else document
