"""Remove nearly equal documents."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

import numpy as np

from engine.cleaning.record import Record
from engine.cleaning.similar import KeptDocuments
from engine.cleaning.step import Example, Keys, Memory, RememberingStep, Result
from engine.corpora.document import Document, Dropped
from engine.corpora.minhash import band_keys
from engine.corpora.shingles import shingles_of
from engine.settings import setting

_SIMILAR = "Nearly the same text was seen before."
_TALE = ("It was a bright cold day in April, and the clocks were striking thirteen, when the old baker opened his shop "
         "at the corner of the square and found that somebody had eaten every loaf but one.")
_VERSE = "塞草烟光阔渭水波声咽春朝雨霁轻尘歇征鞍发指青青杨柳又是轻攀折动黯然知有后会甚时节"


class NearDuplicates(RememberingStep, kind="near-duplicates", title="Remove nearly equal documents"):
    """Keep the first of documents that have most of their word sequences in common.

    Compared are all sequences of five words or Chinese characters, letters and digits only; documents under 40
    letters are left to the step for repeated documents. Candidates are found by MinHash and then compared in full.
    Source: Broder 1997; Lee et al. 2022 (arXiv:2107.06499); 128 permutations in 16 bands of 8, as DataTrove and
    FineWeb use with other numbers (14 of 8).
    """

    threshold: float = setting(0.7, "Alike from", "Share of word sequences in common from which a document is dropped.",
                               low=0.3, high=1.0)
    search: Literal["16x8", "32x4"] = setting(
        "16x8", "Search", "How thoroughly similar documents are looked for.", level="advanced",
        choices={"16x8": "Normal", "32x4": "Thorough, slower"})

    reasons = (_SIMILAR,)
    examples = (
        Example((_TALE, _TALE.replace("April", "May").upper()), _TALE, dropped=_SIMILAR),
        Example((_VERSE, _VERSE.replace("指青青", "，指青青，"), _VERSE[:20] + _VERSE[25:]),
                (_VERSE, _VERSE[:20] + _VERSE[25:]), dropped=_SIMILAR),
        Example(("Too short to say.", "Too short to say!"), ("Too short to say.", "Too short to say!")),
    )

    def prepare(self, documents: Sequence[Document]) -> Keys:
        """Band keys, (documents, bands), how many shingles each document has, and all shingles."""
        shingles = shingles_of([document.text for document in documents])
        sizes = np.diff(shingles.bounds).astype(np.uint32)
        return band_keys(shingles, self._bands), sizes, shingles.hashes

    @property
    def _bands(self) -> int:
        return int(self.search.partition("x")[0])

    def remember(self, record: Record) -> Memory:
        """All documents that were kept."""
        return KeptDocuments(record, self._bands, self.threshold)

    def carry_out(self, documents: Sequence[Document], decisions: Keys) -> list[Iterable[Result]]:
        """Drop the documents that are similar to one that is kept."""
        return [(Dropped(_SIMILAR, round(similar, 3)) if similar else document,)
                for document, similar in zip(documents, decisions[0].tolist(), strict=True)]
