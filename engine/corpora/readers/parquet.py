"""Parquet."""

from __future__ import annotations

from collections.abc import Iterator

from engine.corpora import arrow
from engine.corpora.document import Document, Skipped
from engine.corpora.files import InputFile
from engine.corpora.reader import Reader
from engine.corpora.rows import documents_of


class ParquetReader(Reader, kind="parquet", title="Parquet"):
    """Read one document from every row of a Parquet file, as public data sets come.

    Source: the Apache Parquet format; read by pyarrow, which is installed on wish.
    """

    extensions = (".parquet",)
    magic = (b"PAR1",)
    is_text = False

    def read(self, file: InputFile) -> Iterator[Document | Skipped]:
        """One document a row; rows without text are counted and reported once."""
        table = arrow.library("pyarrow.parquet").ParquetFile(file.seekable())
        return documents_of(file, arrow.rows_of(file, table.iter_batches(batch_size=arrow.BATCH_ROWS)))
