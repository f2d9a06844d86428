"""Tables as text."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, Literal, NamedTuple

from engine.corpora import reasons
from engine.corpora.columns import FIELDS, found_in
from engine.corpora.document import Document, Skipped
from engine.corpora.files import WHOLE_BYTES, TextFile
from engine.corpora.reader import Reader
from engine.corpora.rows import KEPT, documents_of

_LOOKED_AT = 200
_DELIMITERS = (",", "\t", ";", "|")
_NUMBER = re.compile(r"[-+]?[\d.,]*\d[\d.,eE+-]*%?")
_HEADINGS = frozenset((*FIELDS, *KEPT, "name", "label", "labels", "split", "index", "topic", "source", "target"))


class _Dialect(NamedTuple):
    delimiter: str
    quoting: Literal[0, 3]


class CsvReader(Reader, kind="csv", title="Table"):
    """Read one document from every row of a table, from the text column or from columns such as question and answer.

    Delimiter, quoting and headings are found from the first rows.
    Source: RFC 4180, and the tab-separated text of IANA, with or without quotes; parsed by Python's csv.
    """

    extensions = (".csv", ".tsv", ".tab")
    in_process = True

    def read(self, file: TextFile) -> Iterator[Document | Skipped]:
        """One document a row; rows that do not fit are counted and reported once."""
        csv.field_size_limit(WHOLE_BYTES)
        return documents_of(file, _rows(file))


def _rows(file: TextFile) -> Iterator[tuple[int, Any]]:
    """Line number and row by column; a Reason in place of a row that does not fit."""
    lines = _lines(file.pieces())
    first = [line for _, line in zip(range(_LOOKED_AT), lines, strict=False)]
    dialect = _dialect_of(first, file.suffix)
    reader = csv.reader(_chained(first, lines), delimiter=dialect.delimiter, quoting=dialect.quoting)
    head = next(_parsed(first, dialect), [])
    if has_headings(list(_parsed(first, dialect))):
        names = _unique(head)
        next(reader, None)
    else:
        names = [f"column {number}" for number in range(1, len(head) + 1)]
    width = len(names)
    while True:
        try:
            for cells in reader:
                if len(cells) == width:
                    yield reader.line_num, dict(zip(names, cells, strict=True))
                elif cells:
                    fits = len(cells) < width or not any(cells[width:])
                    yield reader.line_num, dict(zip(names, cells, strict=False)) if fits else reasons.BAD_RECORD
            return
        except csv.Error as error:
            yield reader.line_num, reasons.LONG_RECORD if "limit" in str(error) else reasons.BAD_RECORD


def _lines(pieces: Iterable[str]) -> Iterator[str]:
    """Lines with their ends, none longer than what a row may be; zero bytes, which stop the parser, are left out."""
    rest = ""
    for piece in pieces:
        *complete, rest = (rest + piece.replace("\0", "")).split("\n")
        for line in complete:
            yield line + "\n"
        if len(rest) > WHOLE_BYTES:
            yield rest
            rest = ""
    if rest:
        yield rest


def _chained(first: Iterable[str], lines: Iterable[str]) -> Iterator[str]:
    yield from first
    yield from lines


def _parsed(lines: list[str], dialect: _Dialect) -> Iterator[list[str]]:
    """The first rows that can be parsed."""
    try:
        yield from (row for row in csv.reader(lines, delimiter=dialect.delimiter, quoting=dialect.quoting) if row)
    except csv.Error:
        return


def _dialect_of(lines: list[str], suffix: str) -> _Dialect:
    """The delimiter and quoting that give the most rows of the same width; commas or tabs if none does."""
    preferred = "\t" if suffix in (".tsv", ".tab") else ","
    best, most = _Dialect(preferred, csv.QUOTE_MINIMAL), 0.0
    for delimiter in (preferred, *(each for each in _DELIMITERS if each != preferred)):
        quoted, plain = _Dialect(delimiter, csv.QUOTE_MINIMAL), _Dialect(delimiter, csv.QUOTE_NONE)
        for dialect in (quoted, plain) if delimiter == "\t" else (quoted,):
            score = _evenness(lines, dialect)
            if score > most + 0.01:
                best, most = dialect, score
    return best


def _evenness(lines: list[str], dialect: _Dialect) -> float:
    """The share of lines in rows of the commonest width, if that is at least two."""
    rows = list(_parsed(lines, dialect))
    widths = Counter(map(len, rows))
    width, count = widths.most_common(1)[0] if widths else (0, 0)
    swallowed = sum("\n" in cell and dialect.delimiter in cell for row in rows for cell in row)
    return (count - swallowed) / len(rows) if width >= 2 else 0.0


def has_headings(rows: list[list[str]]) -> bool:
    """Whether the first row names the columns: by known names, or because what is below looks otherwise."""
    if not rows:
        return False
    head, below = rows[0], rows[1:]
    names = [cell.strip().lower() for cell in head]
    if len(set(names)) < len(names) or any(_NUMBER.fullmatch(name) for name in names) or max(map(len, names)) > 60:
        return False
    known = found_in(dict.fromkeys(names, "x"))
    if _HEADINGS & set(names) or (known is not None and len(known.roles) > 1):
        return True
    if not below or not all(names):
        return False
    columns = [[row[place] for row in below if place < len(row)] for place in range(len(head))]
    return any(cells and (all(_NUMBER.fullmatch(cell.strip()) for cell in cells)
                          or sum(map(len, cells)) > 3 * len(cells) * max(2, len(name)))
               for name, cells in zip(names, columns, strict=True))


def _unique(names: list[str]) -> list[str]:
    """Headings without white space around them; one that is empty is named after its place."""
    return [name.strip() or f"column {place}" for place, name in enumerate(names, start=1)]
