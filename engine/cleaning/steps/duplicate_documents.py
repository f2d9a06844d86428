"""Remove repeated documents."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from engine.cleaning.record import Record
from engine.cleaning.seen import SeenKeys
from engine.cleaning.step import Example, Keys, Memory, RememberingStep, Result
from engine.corpora.document import Document, Dropped
from engine.corpora.sameness import text_key

_SEEN = "The same text was seen before."


class DuplicateDocuments(RememberingStep, kind="duplicate-documents", title="Remove repeated documents"):
    """Keep the first of documents that have the same letters and digits.

    Case, spaces and punctuation make no difference. A model that reads a text many times learns it by heart.
    Source: Lee et al. 2022 (arXiv:2107.06499); 64-bit xxHash3 of the letters, so that memory stays at most
    24 bytes a document.
    """

    reasons = (_SEEN,)
    examples = (
        Example(("The cat sat.", "A dog ran.", "the cat  sat!"), ("The cat sat.", "A dog ran."), dropped=_SEEN),
        Example(("1 + 1 = 2", "1 + 2 = 3"), ("1 + 1 = 2", "1 + 2 = 3")),
    )

    def prepare(self, documents: Sequence[Document]) -> Keys:
        """The key of each text, (documents,)."""
        return (np.array([text_key(document.text) for document in documents], np.uint64),)

    def remember(self, record: Record) -> Memory:
        """The keys of all texts so far."""
        return SeenKeys(record)

    def carry_out(self, documents: Sequence[Document], decisions: Keys) -> list[Iterable[Result]]:
        """Keep the texts that were new."""
        return [(document if new else Dropped(_SEEN),) for document, new in
                zip(documents, decisions[0].tolist(), strict=True)]
