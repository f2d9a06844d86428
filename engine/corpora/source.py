"""Where text comes from."""

from __future__ import annotations

import os
import stat
from abc import abstractmethod
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

from engine import storage
from engine.corpora.document import Document, Skipped
from engine.corpora.encodings import ENCODINGS, EncodingName
from engine.corpora.files import Documents, ReadOptions
from engine.errors import EngineError
from engine.settings import Family, setting, to_plain
from engine.work import Work

S = TypeVar("S", bound="Source")


class Source(Family, folder="engine.corpora.sources"):
    """A place that text is read from."""

    documents: Documents = setting(
        "whole", "One document is", "What counts as one document in texts, books and papers.",
        choices={"whole": "A whole file", "parts": "A chapter or page, where it has them",
                 "blocks": "What stands between blank lines", "lines": "A line"})
    licence: str = setting("", "Licence", "What the rights holder allows; exports carry it along.")

    @property
    def id(self) -> str:
        """A short name that stays the same while the source is in the project, whatever its settings."""
        return storage.fingerprint([self.kind, self._place()])[:8]

    @abstractmethod
    def _place(self) -> str:
        """What tells this source from another of its kind."""

    @abstractmethod
    def label(self) -> str:
        """A name to show, such as the file's."""

    @abstractmethod
    def read(self, work: Work) -> Iterator[Document | Skipped]:
        """All documents in a fixed order, and what could not be read, with reasons. Raises nothing for bad files.

        Names are unique within the source.
        """

    def in_project(self: S, folder: Path) -> S:
        """The same source as one of the project in `folder`, which may keep text for it."""
        return self

    def identity(self) -> Any:
        """Plain data that changes whenever reading again might give another text: settings, sizes, times."""
        return self.reading()

    def reading(self) -> Any:
        """The settings that decide the text: all but the licence, which is a note on it."""
        return to_plain(self.model_copy(update={"licence": ""}))

    def problem(self) -> str:
        """What stands in the way of reading, as a sentence; empty when nothing does."""
        return ""


class SourceOnDisk(Source):
    """A source that lies at a path."""

    path: str = setting("", "Path", "Where it lies on this machine.")
    encoding: EncodingName | None = setting(
        None, "Encoding", "How letters are stored as bytes; choose one if the text looks wrong.", level="advanced",
        auto="Found out for every file", choices=ENCODINGS)
    text_field: str | None = setting(
        None, "Text field", "The field or column that holds the text, in JSON data and tables.", level="advanced",
        auto="Found by its name")
    columns: str | None = setting(
        None, "Columns", "Which columns make a document and what each is, such as source=en, target=zh.",
        level="advanced", auto="Found by their names")
    main_text: bool | None = setting(
        None, "Main text only", "Take the article of a web page alone, without the lists, notes and comments around "
        "it.", level="advanced", auto="In web archives, not in saved pages")

    def _place(self) -> str:
        return self.path

    def label(self) -> str:
        """The last part of the path."""
        return Path(self.path).name or self.path

    def options(self) -> ReadOptions:
        """How files are read."""
        return ReadOptions(self.encoding, self.documents, self.text_field, self.columns, self.main_text)

    def problem(self) -> str:
        """Says when nothing is there any more."""
        return "" if os.path.exists(self.path) else "Moved or deleted"


def source_of(path: Path) -> Source:
    """The source for a file or folder; raises EngineError when there is none or it is something else."""
    from engine.corpora.sources.file import FileSource
    from engine.corpora.sources.folder import FolderSource

    place = Path(os.path.abspath(os.path.expanduser(path)))
    try:
        mode = place.stat().st_mode
    except (OSError, ValueError) as error:
        raise EngineError(f"{place} cannot be found.", "A file or folder was expected.", "Check the path.") from error
    if stat.S_ISDIR(mode):
        return FolderSource(path=str(place))
    if stat.S_ISREG(mode):
        return FileSource(path=str(place))
    raise EngineError(f"{place} is a device, a pipe or a socket.", "A file or folder was expected.",
                      "Copy its content to a file and add that.")


def pasted(text: str, title: str = "") -> Source:
    """The source for text that was typed or pasted; raises EngineError when there is none."""
    from engine.corpora.sources.pasted import PastedSource

    if not text.strip():
        raise EngineError("The pasted text is empty.", "At least one letter was expected.", "Copy the text again.")
    return PastedSource(text=text.replace("\r\n", "\n").replace("\r", "\n"), name=title)
