"""Drop unusual documents."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from engine.cleaning.fluency import Judge, judges_of
from engine.cleaning.step import CleaningStep, Example, Measure, Result
from engine.cleaning.trusted import texts_at
from engine.corpora.document import Document, Dropped
from engine.corpora.language import guess_language
from engine.settings import Problem, setting

_STRANGE = "Far less usual than the texts you trust."
_UNIFORM = "Far more uniform than the texts you trust."
_SHORTEST = 125
_JUDGED = 20_000
_TRUSTED_CHARACTERS = 4_000_000


class Perplexity(CleaningStep, kind="perplexity", title="Drop unusual documents"):
    """Drop documents whose letters follow each other quite differently than in texts you trust.

    A model of one to four characters learns from your texts, each language by itself, and says how many bits a
    character takes; documents outside of what nearly all of your texts have are dropped. Short documents and
    languages without trusted text are kept. Finds broken text and word salad, not lies.
    Source: CCNet (Wenzek et al. 2020, arXiv:1911.00359, section 3.3), with an own model and bounds for each language.
    """

    trusted: tuple[str, ...] = setting((), "Trusted texts", "Files or folders with text as it should be; the first "
                                       "4 million characters are read.", holds="paths")
    lowest: float = setting(0.5, "Lower bound", "So many percent of trusted text are more uniform than what is kept.",
                            unit="%", low=0.0, high=20.0, level="advanced")
    highest: float = setting(99.5, "Upper bound", "So many percent of trusted text are more usual than what goes.",
                             unit="%", low=50.0, high=100.0, level="advanced")

    measure = Measure("Surprise", unit="bits per character")
    reasons = (_STRANGE, _UNIFORM)
    examples = (Example("Nothing is dropped while no trusted text is named.",
                        "Nothing is dropped while no trusted text is named."),)

    def check(self) -> Iterator[Problem]:
        """The bounds must leave something."""
        if self.lowest >= self.highest:
            yield Problem(("lowest",), "no document can be kept", "make it smaller than the upper bound")

    @property
    def compares_with(self) -> tuple[str, ...]:
        """The trusted texts."""
        return self.trusted

    def apply(self, document: Document) -> Result:
        """Compare one document with the bounds of its language."""
        judge = self._judge(document)
        if judge is None:
            return document
        bits = judge.model.bits_per_character(document.text[:_JUDGED])
        if bits > judge.highest:
            return Dropped(_STRANGE, round(bits, 3))
        return Dropped(_UNIFORM, round(bits, 3)) if bits < judge.lowest else document

    def value_of(self, document: Document) -> float | None:
        """The bits that a character takes."""
        judge = self._judge(document)
        return judge.model.bits_per_character(document.text[:_JUDGED]) if judge is not None else None

    def _judge(self, document: Document) -> Judge | None:
        if not self.trusted or len(document.text) < _SHORTEST:
            return None
        return _judges(self.trusted, self.lowest, self.highest).get(guess_language(document.text))


@lru_cache(maxsize=1)
def _judges(paths: tuple[str, ...], lowest: float, highest: float) -> dict[str, Judge]:
    return judges_of(texts_at(paths, _TRUSTED_CHARACTERS), lowest, highest)
