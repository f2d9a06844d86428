"""Reading files by their format."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

from engine.corpora import reasons
from engine.corpora.document import Document, Skipped
from engine.corpora.encodings import well_formed
from engine.corpora.files import ReadOptions, TextFile, as_skipped, open_text
from engine.settings import Family, members_of


class Reader(Family, folder="engine.corpora.readers"):
    """Turns a file of one format into documents."""

    extensions: ClassVar[tuple[str, ...]] = ()
    """Endings of file names, in small letters with the dot; a file that no reader claims is read as text."""

    @abstractmethod
    def read(self, file: TextFile) -> Iterator[Document | Skipped]:
        """The documents in a file, and what could not be read, in order and in bounded memory.

        Documents need no name: they are numbered afterwards. Their metadata may say more, such as a title or line.
        """


class Readers:
    """All readers as they are now, by the endings that they claim. Looking for them costs more than a small file."""

    def __init__(self) -> None:
        readers = [kind() for kind in members_of(Reader)]  # type: ignore[type-abstract]
        self._by_ending = {ending: reader for reader in readers for ending in reader.extensions}
        self._text = next(reader for reader in readers if reader.kind == "text")

    def reader_for(self, path: Path) -> Reader:
        """The reader that claims a file's ending, else the one for text."""
        return self._by_ending.get(path.suffix.lower(), self._text)


def read_file(path: Path, name: str, options: ReadOptions,
              readers: Readers | None = None) -> Iterator[Document | Skipped]:
    """The documents of one file, named "name" if there is one and "name#1", "name#2" … if there are more.

    Whatever is wrong with the file comes as Skipped; nothing is raised. Give `readers` when reading many files.
    """
    opened = open_text(path, name, options)
    if isinstance(opened, Skipped):
        yield opened
        return
    with opened as file:
        reader = (readers or Readers()).reader_for(path)
        facts = {"format": reader.kind, "encoding": file.encoding, "confidence": round(file.confidence, 2)}
        had_any = False
        try:
            for found in _numbered(reader.read(file), name, facts):
                had_any = True
                yield found
        except OSError as error:
            yield as_skipped(error, name)
            return
        if file.has_changed(path):
            yield reasons.CHANGED.of(name)
        elif not had_any:
            yield reasons.NO_TEXT.of(name)


def _numbered(found: Iterator[Document | Skipped], name: str, facts: dict[str, object]) -> Iterator[Document | Skipped]:
    """Documents that have text, with names; the first waits until it is known whether there is a second."""
    waiting: Document | None = None
    number = 0
    for each in found:
        if isinstance(each, Skipped):
            yield each
            continue
        if not each.text.strip():
            continue
        number += 1
        if waiting is not None:
            yield _named(waiting, f"{name}#{number - 1}", facts)
        waiting = each
    if waiting is not None:
        yield _named(waiting, name if number == 1 else f"{name}#{number}", facts)


def _named(document: Document, name: str, facts: dict[str, object]) -> Document:
    return Document(name, well_formed(document.text), metadata={**facts, **document.metadata})
