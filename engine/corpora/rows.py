"""Rows of tables and lists of objects as documents."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from engine.corpora import pieces, reasons
from engine.corpora.columns import Columns, chosen, found_in, joined
from engine.corpora.document import Document, Skipped
from engine.corpora.files import InputFile, ReadOptions

KEPT = ("title", "author", "url", "date", "license", "licence", "language", "id")
"""Columns that say something about a document."""
_NAMES_SHOWN = 20


def chosen_columns(options: ReadOptions) -> Columns | None:
    """The columns that the user chose for the source, None if Wenlu finds them."""
    words = options.columns or options.text_field
    return chosen(words) if words and words.strip(" ,，") else None


def documents_of(file: InputFile, rows: Iterable[tuple[int, Any]]) -> Iterator[Document | Skipped]:
    """One document a row, with its line; `rows` are numbers with a value, or with a Reason where it cannot be read.

    Rows that give no document are counted and reported once a reason. Names that no row has are reported with those
    that exist.
    """
    failed: dict[reasons.Reason, int] = {}
    wanted = columns = chosen_columns(file.options)
    names: list[str] = []
    had_any = False
    for line, row in rows:
        if isinstance(row, reasons.Reason):
            failed[row] = failed.get(row, 0) + 1
            continue
        if not names and isinstance(row, Mapping):
            names = [str(name) for name in row]
        roles = columns.of(row) if columns else None
        if wanted is None and not (roles and (len(roles) > 1 or any(text.strip() for text in roles.values()))):
            columns = found_in(row)
            roles = columns.of(row) if columns else None
        if roles is None or columns is None:
            failed[reasons.NO_FIELD] = failed.get(reasons.NO_FIELD, 0) + 1
            continue
        had_any = True
        yield from _documents(roles, columns, row, line)
    if wanted is not None and not had_any and any(name not in names for name in wanted.names) and names:
        failed.pop(reasons.NO_FIELD, None)
        yield reasons.NO_COLUMN.of(f"{file.name} ({', '.join(names[:_NAMES_SHOWN])})")
    for reason, count in failed.items():
        yield reason.of(f"{file.name} ({count})")


def _documents(roles: dict[str, str], columns: Columns, row: Any, line: int) -> Iterator[Document]:
    about: dict[str, Any] = {"line": line}
    if isinstance(row, Mapping):
        about["field"] = columns.words
        for name in KEPT:
            if name in row and name not in columns.names and isinstance(row[name], (str, int)):
                about[name] = row[name]
    text = joined(roles)
    is_plain = len(roles) == 1 and "text" in roles
    if len(text) <= pieces.LONGEST:
        yield Document("", text, metadata=about if is_plain else {**about, "roles": roles})
        return
    for part in pieces.cut(text, pieces.LONGEST):  # too long to be one document, so no longer one task either
        yield Document("", part, metadata=about)
