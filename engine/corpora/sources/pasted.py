"""Pasted text."""

from __future__ import annotations

from collections.abc import Iterator

from engine.corpora import pieces
from engine.corpora.document import Document, Skipped
from engine.corpora.encodings import well_formed
from engine.corpora.source import Source
from engine.settings import setting
from engine.work import Work


class PastedSource(Source, kind="pasted", title="Pasted text"):
    """Text that was typed or pasted; it is kept in the project.

    Source: the clipboard or keyboard of the user.
    """

    name: str = setting("", "Title", "A name for the text; its first words if left empty.")
    text: str = setting("", "Text", "The text itself.")

    def _place(self) -> str:
        return self.text

    def label(self) -> str:
        """The title, or the first words."""
        words = " ".join(self.text[:200].split())
        return self.name or (words if len(words) <= 32 else words[:31] + "…")

    def read(self, work: Work) -> Iterator[Document | Skipped]:
        """The text, as one document or cut as the settings say."""
        found = [part for part in pieces.CUTTERS[self.documents]([well_formed(self.text)]) if part.strip()]
        for number, part in enumerate(found, start=1):
            work.check()
            name = self.label() if len(found) == 1 else f"{self.label()}#{number}"
            yield Document(name, part, metadata={"format": "pasted"})
