"""Remove repeated documents."""

from __future__ import annotations

from collections.abc import Iterable

from engine.cleaning.step import Action, CleaningStep, Example, Result
from engine.corpora.document import Document, Dropped
from engine.corpora.sameness import KeySet, text_key

_SEEN = "The same text was seen before."


class DuplicateDocuments(CleaningStep, kind="duplicate-documents", title="Remove repeated documents"):
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

    def start(self) -> Action:
        """Begin with no document seen."""
        seen = KeySet()

        def act(document: Document) -> Iterable[Result]:
            return (document if seen.add(text_key(document.text)) else Dropped(_SEEN),)

        return act
