"""Plain text."""

from __future__ import annotations

from collections.abc import Iterator

from engine.corpora import pieces
from engine.corpora.document import Document, Skipped
from engine.corpora.files import TextFile
from engine.corpora.reader import Reader


class TextReader(Reader, kind="text", title="Text"):
    """Read plain text, whole or cut at blank lines or at every line.

    Source: own rule; a text of over a million characters is cut at the ends of paragraphs or sentences.
    """

    extensions = (".txt", ".text", ".log", ".tex", ".rst")
    in_process = True

    def read(self, file: TextFile) -> Iterator[Document | Skipped]:
        """One document, or one for every block or line."""
        for text in pieces.CUTTERS[file.options.documents](file.pieces()):
            yield Document("", text)
