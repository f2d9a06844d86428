"""Drop short lines."""

from __future__ import annotations

from engine.cleaning.step import CleaningStep, Example, Result
from engine.corpora.document import Document, Dropped
from engine.corpora.units import count_units
from engine.settings import setting

_NONE_LEFT = "No line is long enough."


class ShortLines(CleaningStep, kind="short-lines", title="Drop short lines"):
    """Remove lines too short to be prose, such as menu entries and page numbers.

    Empty lines stay. A document left with no line is dropped. Harmful to verse and plays.
    Source: the line rule of C4 (Raffel et al. 2020, arXiv:1910.10683, section 2.2).
    """

    min_units: int = setting(5, "Shortest line kept", "Lines with fewer words or Chinese characters are removed.",
                             unit="words or characters", low=1, high=50)

    reasons = (_NONE_LEFT,)
    examples = (
        Example("Home\nThe cat sat on the warm mat.", "The cat sat on the warm mat."),
        Example("首页\n孔乙己是站着喝酒而穿长衫的唯一的人。", "孔乙己是站着喝酒而穿长衫的唯一的人。"),
        Example("Home\nAbout", dropped=_NONE_LEFT),
    )

    def apply(self, document: Document) -> Result:
        """Keep the lines that are empty or long enough."""
        lines = document.text.split("\n")
        kept = [line for line in lines if not line.strip() or count_units(line, self.min_units) >= self.min_units]
        text = "\n".join(kept) if len(kept) < len(lines) else document.text
        return document.with_text(text) if text.strip() else Dropped(_NONE_LEFT)
