"""Arrow."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from engine.corpora import arrow
from engine.corpora.document import Document, Skipped
from engine.corpora.files import InputFile
from engine.corpora.reader import Reader
from engine.corpora.rows import documents_of

_FILE = b"ARROW1"


class ArrowReader(Reader, kind="arrow", title="Arrow"):
    """Read one document from every row of an Arrow file, as the datasets library keeps them on the disk.

    Source: the IPC formats of Apache Arrow, stream and file; read by pyarrow, which is installed on wish.
    """

    extensions = (".arrow", ".feather")
    magic = (_FILE, b"\xff\xff\xff\xff")
    is_text = False

    def recognises(self, head: bytes, file: InputFile) -> bool:
        """A file by its mark, a stream by the length of the schema that it begins with."""
        length = int.from_bytes(head[4:8], "little")
        return head.startswith(_FILE) or (head[:4] == self.magic[1] and 0 < length < 1 << 24 and length % 8 == 0)

    def read(self, file: InputFile) -> Iterator[Document | Skipped]:
        """One document a row; rows without text are counted and reported once."""
        ipc = arrow.library("pyarrow.ipc")
        is_file = file.head().startswith(_FILE)
        batches = _batches(ipc.open_file(file.seekable())) if is_file else ipc.open_stream(file.open())
        return documents_of(file, arrow.rows_of(file, batches))


def _batches(table: Any) -> Iterator[Any]:
    for number in range(table.num_record_batches):
        yield table.get_batch(number)
