"""Notebooks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from engine.corpora import reasons
from engine.corpora.document import Document, Skipped
from engine.corpora.encodings import decode
from engine.corpora.files import TextFile
from engine.corpora.parts import Part, documents_of, known
from engine.corpora.reader import Reader
from engine.corpora.readers.markdown import plain


class NotebookReader(Reader, kind="notebook", title="Notebook"):
    """Read the cells of a Jupyter notebook: prose as the text it shows, code as it is. Results are left out.

    Source: nbformat 4, and the cells of nbformat 3.
    """

    extensions = (".ipynb",)
    in_process = True

    def read(self, file: TextFile) -> Iterator[Document | Skipped]:
        """One document, or one a cell."""
        try:
            notebook = json.loads(decode(file.content(), file.encoding))
        except (ValueError, RecursionError) as error:
            raise reasons.Unreadable(reasons.DAMAGED) from error
        if not isinstance(notebook, dict):
            raise reasons.Unreadable(reasons.DAMAGED)
        about = notebook.get("metadata")
        yield from documents_of(_cells(notebook), file.options.documents,
                                known(title=_word(about, "title"), programming_language=_language(about)))


def _cells(notebook: dict[str, Any]) -> Iterator[Part]:
    sheets = notebook.get("worksheets")
    holders = [notebook, *(sheets if isinstance(sheets, list) else [])]
    cells = (cell for holder in holders if isinstance(holder, dict) and isinstance(holder.get("cells"), list)
             for cell in holder["cells"] if isinstance(cell, dict))
    for number, cell in enumerate(cells, start=1):
        source = cell.get("source", cell.get("input", ""))
        text = "".join(map(str, source)) if isinstance(source, list) else str(source)
        kind = str(cell.get("cell_type", "code"))
        if text.strip():
            yield Part((plain(text) if kind == "markdown" else text).strip("\n"), {"cell": number, "cell_kind": kind})


def _language(about: Any) -> str | None:
    if not isinstance(about, dict):
        return None
    return _word(about.get("language_info"), "name") or _word(about.get("kernelspec"), "language")


def _word(table: Any, name: str) -> str | None:
    value = table.get(name) if isinstance(table, dict) else None
    return value if isinstance(value, str) else None
