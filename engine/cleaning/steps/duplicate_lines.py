"""Remove repeated lines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

import numpy as np

from engine.cleaning.counted import CountedKeys
from engine.cleaning.record import Record
from engine.cleaning.step import Example, Keys, Memory, RememberingStep, Result
from engine.corpora.document import Document, Dropped
from engine.corpora.sameness import text_key
from engine.settings import setting

_NOTHING_NEW = "Every line was seen before."


class DuplicateLines(RememberingStep, kind="duplicate-lines", title="Remove repeated lines"):
    """Remove lines that were seen before, such as menus and notices that stand on every page.

    The first of equal lines stays, or the first few. Lines are compared by their letters and digits; short ones are
    left alone.
    Source: paragraph deduplication of CCNet (Wenzek et al. 2020, arXiv:1911.00359, section 3.1), on exact hashes.
    """

    within: Literal["document", "corpus"] = setting(
        "corpus", "Compare with", "Where a line must have been seen before.",
        choices={"document": "The same document", "corpus": "The whole corpus"})
    shortest: int = setting(25, "Shortest line compared", "Shorter lines may repeat, as refrains and answers do.",
                            unit="characters", low=1, high=500)

    times: int = setting(1, "Copies kept", "How often the same may come before it is removed.", low=1, high=20,
                         level="advanced")

    reasons = (_NOTHING_NEW,)
    examples = (
        Example("Subscribe to our newsletter now!\nTea\nSubscribe to our newsletter now!\nTea",
                "Subscribe to our newsletter now!\nTea\nTea"),
        Example(("All rights reserved by the publisher.", "All rights reserved by the publisher."),
                "All rights reserved by the publisher.", dropped=_NOTHING_NEW),
        Example(("All rights reserved by the publisher.",) * 2, ("All rights reserved by the publisher.",) * 2,
                settings={"within": "document"}),
    )

    @property
    def remembers(self) -> bool:
        """Whether lines are looked for in the whole corpus."""
        return self.within == "corpus"

    def prepare(self, documents: Sequence[Document]) -> Keys:
        """The keys of all lines that are compared, document after document, (lines,)."""
        return (np.array([text_key(line) for document in documents for line in document.text.split("\n")
                          if self._is_compared(line)], np.uint64),)

    def remember(self, record: Record) -> Memory:
        """The keys of all lines so far."""
        return CountedKeys(record, self.times)

    def carry_out(self, documents: Sequence[Document], decisions: Keys) -> list[Iterable[Result]]:
        """Keep the lines that were new, and those that are not compared."""
        is_new = iter(decisions[0].tolist())
        return [(self._without_repeated(document, is_new),) for document in documents]

    def apply(self, document: Document) -> Result:
        """Remove the lines that stand in the document before."""
        keys = self.prepare([document])
        return self._without_repeated(document, iter(CountedKeys(Record(), self.times).decide(keys)[0].tolist()))

    def _is_compared(self, line: str) -> bool:
        return len(line.strip()) >= self.shortest

    def _without_repeated(self, document: Document, is_new: Iterator[bool]) -> Result:
        lines = document.text.split("\n")
        kept = [line for line in lines if not self._is_compared(line) or next(is_new)]
        if len(kept) == len(lines):
            return document
        text = "\n".join(kept)
        return document.with_text(text) if text.strip() else Dropped(_NOTHING_NEW, float(len(lines)))
