"""A file."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from engine.corpora.document import Document, Skipped
from engine.corpora.isolated import FileToRead, read_files
from engine.corpora.source import SourceOnDisk
from engine.work import Work


class FileSource(SourceOnDisk, kind="file", title="File"):
    """Text from one file of any format that Wenlu reads, or from all files in an archive.

    Source: the file itself; it is read where it lies and never changed.
    """

    def read(self, work: Work) -> Iterator[Document | Skipped]:
        """The file's documents, named after it."""
        yield from read_files([FileToRead(Path(self.path), self.label())], self.options(), work)

    def identity(self) -> Any:
        """Settings with the file's size and time of change."""
        try:
            found = os.stat(self.path)
        except OSError:
            return [self.reading(), None]
        return [self.reading(), found.st_size, found.st_mtime_ns]
