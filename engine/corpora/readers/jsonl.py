"""JSON, one object a line."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any

from engine.corpora import pieces, reasons
from engine.corpora.document import Document, Skipped
from engine.corpora.encodings import decode
from engine.corpora.files import WHOLE_BYTES, TextFile
from engine.corpora.reader import Reader

FIELDS = ("text", "content", "body", "document", "article", "passage", "story", "paragraphs", "output", "completion",
          "answer", "response", "sentence", "raw_content", "markdown", "description", "summary")
"""Names under which text is usually kept, the surest first."""

_KEPT = ("title", "author", "url", "date", "license", "licence", "language", "id")


class JsonlReader(Reader, kind="jsonl", title="JSON lines"):
    """Read one document from the text field of every line or list entry.

    A line may also be a string. The field is found by its usual names, else the one with the longest text is taken.
    Source: jsonlines.org; names of fields as public data sets have them.
    """

    extensions = (".jsonl", ".ndjson", ".json")
    in_process = True

    def read(self, file: TextFile) -> Iterator[Document | Skipped]:
        """One document a row; rows that are damaged or have no text are counted and reported once."""
        failed: dict[reasons.Reason, int] = {}
        field = chosen = file.options.text_field
        for line, row in _rows(file):
            if isinstance(row, reasons.Reason):
                failed[row] = failed.get(row, 0) + 1
                continue
            if chosen is None and not _text_in(row, field):
                field = _field_of(row)
            text = _text_in(row, field)
            if text is None:
                failed[reasons.NO_FIELD] = failed.get(reasons.NO_FIELD, 0) + 1
                continue
            kept = {key: row[key] for key in _KEPT if isinstance(row, dict) and isinstance(row.get(key), str | int)}
            about = {"line": line, **({"field": field} if field and isinstance(row, dict) else {}), **kept}
            for part in pieces.cut(text, pieces.LONGEST):
                yield Document("", part, metadata=about)
        for reason, count in failed.items():
            yield reason.of(f"{file.name} ({count})")


def _rows(file: TextFile) -> Iterator[tuple[int, Any]]:
    """Line number and value of every row; a Reason in place of a row that cannot be read."""
    value = _one_value(file)
    if value is not None:
        yield from enumerate(value if isinstance(value, list) else [value], start=1)
        return
    if file.encoding.startswith("utf-16"):
        yield from ((number, _parsed(line.encode(), "utf-8"))
                    for number, line in enumerate(pieces.lines(file.pieces()), start=1) if line.strip())
        return
    source = file.lines_of_bytes()
    number = 0
    while line := source.readline(WHOLE_BYTES):
        number += 1
        if len(line) == WHOLE_BYTES and not line.endswith(b"\n"):
            _skip_line(source)
            yield number, reasons.LONG_ROW
        elif not line.isspace():
            yield number, _parsed(line, file.encoding)


def _skip_line(source: io.BufferedReader) -> None:
    while (part := source.readline(WHOLE_BYTES)) and not part.endswith(b"\n"):
        pass


def _one_value(file: TextFile) -> Any:
    """The file's value if it is one list or object over several lines; None if it has one object a line."""
    if file.size_bytes is None or file.size_bytes > WHOLE_BYTES:
        return None
    first = next((line for line in pieces.lines(file.pieces()) if line.strip()), "")
    if not first.lstrip().startswith("[") and not isinstance(_parsed(first.encode(), "utf-8"), reasons.Reason):
        return None
    value = _parsed(file.content(), file.encoding)
    return None if isinstance(value, reasons.Reason) else value


def _parsed(content: bytes, encoding: str) -> Any:
    try:
        return json.loads(content if encoding == "utf-8" else decode(content, encoding))
    except (ValueError, RecursionError):
        return reasons.BAD_ROW


def _field_of(row: Any) -> str | None:
    """The field that holds the text: one of the usual names, else the longest text."""
    if not isinstance(row, dict):
        return None
    for name in FIELDS:
        if _text_in(row, name):
            return name
    lengths = {name: len(text) for name in row if (text := _text_in(row, name))}
    return max(lengths, key=lambda name: lengths[name]) if lengths else None


def _text_in(row: Any, field: str | None) -> str | None:
    """The row's text; a list of strings counts as lines."""
    value = row.get(field) if isinstance(row, dict) else row
    if isinstance(value, list) and value and all(isinstance(line, str) for line in value):
        value = "\n".join(value)
    return value if isinstance(value, str) else None
