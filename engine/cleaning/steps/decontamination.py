"""Remove evaluation texts."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from engine.cleaning.step import CleaningStep, Example, Result
from engine.cleaning.trusted import texts_at
from engine.corpora.document import Document, Dropped
from engine.corpora.shingles import U64, Words, runs_of, words_in
from engine.settings import setting

_MANY = "It shares long passages with the evaluation texts."
_ALL = "All of it stands in the evaluation texts."
RUN_OF_WORDS = 13
RUN_OF_CHARACTERS = 25


class Decontamination(CleaningStep, kind="decontamination", title="Remove evaluation texts"):
    """Remove paragraphs that share a long passage with texts the model will be tested on.

    A passage is 13 words, or 25 Chinese characters, in a row; letters and digits only. A document with several such
    paragraphs is dropped. Passages shorter than that cannot be found. What the model has read is no test of it.
    Source: Brown et al. 2020 (arXiv:2005.14165, appendix C: 13-grams); Dolma (Soldaini et al. 2024,
    arXiv:2402.00159) for paragraphs.
    """

    evaluation: tuple[str, ...] = setting((), "Evaluation texts", "Files or folders with the texts that the model "
                                          "will be tested on.", holds="paths")
    paragraphs: int = setting(3, "Documents dropped from", "A document with so many paragraphs found is dropped "
                              "as a whole.", unit="paragraphs", low=1, high=100, level="advanced")

    reasons = (_MANY, _ALL)
    examples = (Example("Nothing is removed while no evaluation text is named.",
                        "Nothing is removed while no evaluation text is named."),)

    @property
    def compares_with(self) -> tuple[str, ...]:
        """The evaluation texts."""
        return self.evaluation

    def apply(self, document: Document) -> Result:
        """Remove the paragraphs with a passage of the evaluation texts."""
        if not self.evaluation:
            return document
        paragraphs = document.text.split("\n")
        words = words_in(paragraphs)
        known = passages_at(self.evaluation)
        hit = np.zeros(len(paragraphs), np.bool_)
        for runs, texts in _runs(words):
            at = np.minimum(np.searchsorted(known, runs), len(known) - 1)
            hit[texts[known[at] == runs]] = True
        found = int(hit.sum())
        if not found:
            return document
        if found >= self.paragraphs:
            return Dropped(_MANY, float(found))
        left = "\n".join(text for text, is_hit in zip(paragraphs, hit.tolist(), strict=True) if not is_hit).strip("\n")
        return document.with_text(left) if left.strip() else Dropped(_ALL, float(found))


def _runs(words: Words) -> Iterator[tuple[U64, npt.NDArray[np.int64]]]:
    """Hashes of all passages with the number of their text: of words alone, and of those with Chinese characters."""
    singles = np.concatenate(([0], np.cumsum(words.is_single)))
    for length, has_single in ((RUN_OF_WORDS, False), (RUN_OF_CHARACTERS, True)):
        runs, is_whole = runs_of(words, length)
        if len(runs):
            counts = singles[length:] - singles[:-length]
            wanted = is_whole & ((counts > 0) == has_single)
            yield runs[wanted], words.text[:len(runs)][wanted]


@lru_cache(maxsize=1)
def passages_at(paths: tuple[str, ...]) -> U64:
    """Hashes of all passages of the evaluation texts, sorted, (passages,); at least one, 8 bytes each."""
    found = [np.full(1, 2**64 - 1, np.uint64)]
    for text in texts_at(paths):
        found += [runs for runs, _ in _runs(words_in([text]))]
    return np.unique(np.concatenate(found))
