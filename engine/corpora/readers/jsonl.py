"""JSON, one object a line or one list in a file."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from engine.corpora import pieces, reasons
from engine.corpora.columns import found_in
from engine.corpora.document import Document, Skipped
from engine.corpora.encodings import decode
from engine.corpora.files import HEAD_BYTES, WHOLE_BYTES, TextFile
from engine.corpora.reader import Reader
from engine.corpora.rows import documents_of

_BETWEEN = re.compile(r"[\s,]*")


class JsonlReader(Reader, kind="jsonl", title="JSON lines"):
    """Read one document from every line or list entry, from the text field or from fields such as question and answer.

    A line may also be a string. Fields are found by their usual names, else the one with the longest text is taken.
    Source: jsonlines.org; names of fields as public data sets have them.
    """

    extensions = (".jsonl", ".ndjson", ".json")
    in_process = True

    def read(self, file: TextFile) -> Iterator[Document | Skipped]:
        """One document a row; rows that are damaged or have no text are counted and reported once."""
        return documents_of(file, _rows(file))


def _rows(file: TextFile) -> Iterator[tuple[int, Any]]:
    """Line number and value of every row; a Reason in place of a row that cannot be read."""
    start = _start(file)
    if start == "[":
        yield from _list(file)
    elif start == "{" and (value := _one_object(file)) is not None:
        yield from enumerate(_rows_inside(value), start=1)
    elif file.encoding.startswith("utf-16"):
        yield from ((number, parsed(line.encode(), "utf-8"))
                    for number, line in enumerate(pieces.lines(file.pieces(), WHOLE_BYTES), start=1) if line.strip())
    else:
        yield from _lines(file)


def _lines(file: TextFile) -> Iterator[tuple[int, Any]]:
    source = file.lines_of_bytes()
    number = 0
    while line := source.readline(WHOLE_BYTES):
        number += 1
        if len(line) == WHOLE_BYTES and not line.endswith(b"\n"):
            _skip_line(source)
            yield number, reasons.LONG_ROW
        elif not line.isspace():
            yield number, parsed(line, file.encoding)


def _skip_line(source: io.BufferedReader) -> None:
    while (part := source.readline(WHOLE_BYTES)) and not part.endswith(b"\n"):
        pass


def _start(file: TextFile) -> str:
    """The first letter of the file that is not white space."""
    with file.open() as stream:
        return decode(stream.read(HEAD_BYTES), file.encoding).lstrip()[:1]


def _one_object(file: TextFile) -> Any:
    """The file's value if it is one object, however many lines it takes; None if it has one object a line."""
    source = file.lines_of_bytes()
    first = parsed(source.readline(WHOLE_BYTES), file.encoding)
    if not isinstance(first, reasons.Reason):
        return None if source.readline().strip() else first
    return _whole(file)


def _whole(file: TextFile) -> Any:
    """The value of the whole file; None if it is too large or none."""
    try:
        value = parsed(file.content(), file.encoding)
    except reasons.Unreadable:
        return None
    return None if isinstance(value, reasons.Reason) else value


def _list(file: TextFile) -> Iterator[tuple[int, Any]]:
    """The entries of a list; of one that is too large to be held or is cut off, those that can be read."""
    value = _whole(file)
    first = parsed(file.lines_of_bytes().readline(WHOLE_BYTES), file.encoding) if value is None else None
    if value is None and not isinstance(first, reasons.Reason):
        yield from _lines(file)
    else:
        yield from enumerate(_entries(file) if value is None else value, start=1)


def _entries(file: TextFile) -> Iterator[Any]:
    """The entries of a list of any length, one after the other."""
    decoder, buffer, enough, begun = json.JSONDecoder(), "", 0, False
    for piece in file.pieces():
        buffer += piece
        if len(buffer) < enough:
            continue
        place = 0 if begun else buffer.index("[") + 1
        begun = True
        while (place := _after_comma(buffer, place)) < len(buffer):
            if buffer[place] == "]":
                return
            try:
                value, end = decoder.raw_decode(buffer, place)
            except ValueError:  # the entry goes on in the next piece
                break
            except RecursionError:
                yield reasons.BAD_ROW
                return
            if end == len(buffer):
                break
            yield value
            place = end
        buffer = buffer[place:]
        enough = 2 * len(buffer)
        if len(buffer) > WHOLE_BYTES:
            yield reasons.LONG_ROW
            return
    yield reasons.BAD_ROW


def _after_comma(text: str, place: int) -> int:
    found = _BETWEEN.match(text, place)
    return found.end() if found else place


def _rows_inside(value: Any) -> list[Any]:
    """The list of rows that an object holds, as data sets around a version number have it; else the object itself."""
    columns = found_in(value)
    if columns is not None and columns.roles[0][0] in ("chat", "pair"):
        return [value]
    lists = [each for each in value.values() if isinstance(each, list) and each and isinstance(each[0], Mapping)]
    return lists[0] if len(lists) == 1 and len(value) <= 4 else [value]


def parsed(content: bytes, encoding: str) -> Any:
    """A JSON value, or the Reason why it is none. NaN and lone surrogates, which Python writes, are let pass."""
    try:
        return orjson.loads(content if encoding == "utf-8" else decode(content, encoding))
    except ValueError:
        pass
    try:
        return json.loads(decode(content, encoding))
    except (ValueError, RecursionError):
        return reasons.BAD_ROW
