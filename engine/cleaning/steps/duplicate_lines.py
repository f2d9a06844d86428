"""Remove repeated lines."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from engine.cleaning.step import Action, CleaningStep, Example, Result
from engine.corpora.document import Document, Dropped
from engine.corpora.sameness import KeySet, text_key
from engine.settings import setting

_NOTHING_NEW = "Every line was seen before."


class DuplicateLines(CleaningStep, kind="duplicate-lines", title="Remove repeated lines"):
    """Remove lines that were seen before, such as menus and notices that stand on every page.

    The first of equal lines stays. Lines are compared by their letters and digits; short ones are left alone.
    Source: paragraph deduplication of CCNet (Wenzek et al. 2020, arXiv:1911.00359, section 3.1), on exact hashes.
    """

    within: Literal["document", "corpus"] = setting(
        "corpus", "Compare with", "Where a line must have been seen before.",
        choices={"document": "The same document", "corpus": "The whole corpus"})
    shortest: int = setting(25, "Shortest line compared", "Shorter lines may repeat, as refrains and answers do.",
                            unit="characters", low=1, high=500)

    reasons = (_NOTHING_NEW,)
    examples = (
        Example("Subscribe to our newsletter now!\nTea\nSubscribe to our newsletter now!\nTea",
                "Subscribe to our newsletter now!\nTea\nTea"),
        Example(("All rights reserved by the publisher.", "All rights reserved by the publisher."),
                "All rights reserved by the publisher.", dropped=_NOTHING_NEW),
        Example(("All rights reserved by the publisher.",) * 2, ("All rights reserved by the publisher.",) * 2,
                settings={"within": "document"}),
    )

    def start(self) -> Action:
        """Begin with no line seen."""
        seen = KeySet()

        def act(document: Document) -> Iterable[Result]:
            known = seen if self.within == "corpus" else KeySet()
            lines = document.text.split("\n")
            kept = [line for line in lines if len(line.strip()) < self.shortest or known.add(text_key(line))]
            if len(kept) == len(lines):
                return (document,)
            text = "\n".join(kept)
            return (document.with_text(text) if text.strip() else Dropped(_NOTHING_NEW, float(len(lines))),)

        return act
