"""Lower shouting."""

from __future__ import annotations

from engine.cleaning.step import CleaningStep, Example, Result
from engine.corpora.document import Document
from engine.settings import setting


class LowerShouting(CleaningStep, kind="lower-shouting"):
    """Turn lines that are all capitals into small letters.

    Source: own rule.
    """

    min_letters: int = setting(8, "Shortest line", "Shorter lines stay.", unit="characters", low=1, high=80)

    examples = (Example("HELLO OUT THERE\nNASA", "hello out there\nNASA"),)

    def apply(self, document: Document) -> Result:
        """Lower each line that shouts."""
        lines = (line.lower() if line.isupper() and len(line) >= self.min_letters else line
                 for line in document.text.split("\n"))
        return document.with_text("\n".join(lines))
