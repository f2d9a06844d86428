"""Message catalogues of gettext."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from engine.corpora import pieces, reasons
from engine.corpora.document import Document, Skipped
from engine.corpora.files import TextFile
from engine.corpora.reader import Reader
from engine.corpora.rows import documents_of

_KEYWORD = re.compile(r'(msgctxt|msgid_plural|msgid|msgstr(?:\[\d{1,3}\])?)\s*(".*")\s*$')
_ESCAPE = re.compile(r"\\([abfnrtv\\\"']|x[0-9a-fA-F]{1,2}|[0-7]{1,3})")
_ESCAPED = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}


class PoReader(Reader, kind="po", title="PO messages"):
    """Read one pair of source and target from every message of a program's catalogue.

    Messages without a translation or with one marked as doubtful are left out; of plural forms the first and last are
    taken.
    Source: the PO format of GNU gettext 0.22.
    """

    extensions = (".po", ".pot")
    in_process = True

    def read(self, file: TextFile) -> Iterator[Document | Skipped]:
        """One document a message; those without a translation are counted and reported once."""
        return documents_of(file, _rows(file))


def _rows(file: TextFile) -> Iterator[tuple[int, Any]]:
    """The line where a message ends, with its texts; a Reason where it has no translation."""
    entry: dict[str, str] = {}
    is_doubtful, last, number = False, "", 0
    for number, line in enumerate(pieces.lines(file.pieces()), start=1):
        line = line.strip()
        if line.startswith('"') and line.endswith('"') and last and len(line) > 1:
            entry[last] += line[1:-1]
            continue
        found = _KEYWORD.match(line)
        begins = line.startswith("#") or not line or (found is not None and found[1] in ("msgctxt", "msgid"))
        if begins and any(key.startswith("msgstr") for key in entry):
            yield from ((number - 1, row) for row in _pairs(entry, is_doubtful))
            entry, is_doubtful, last = {}, False, ""
        if line.startswith("#,") and "fuzzy" in line:
            is_doubtful = True
        elif found is not None:
            last = found[1]
            entry[last] = found[2][1:-1]
    yield from ((number, row) for row in _pairs(entry, is_doubtful))


def _pairs(entry: dict[str, str], is_doubtful: bool) -> Iterator[Any]:
    """The rows of a message; none for the heading, whose source is empty."""
    source = entry.get("msgid", "")
    if not source:
        return
    forms = [text for key, text in entry.items() if key.startswith("msgstr")]
    if is_doubtful or not forms or not all(forms):
        yield reasons.NOT_TRANSLATED
        return
    yield {"source": _plain(source), "target": _plain(forms[0])}
    if "msgid_plural" in entry:
        yield {"source": _plain(entry["msgid_plural"]), "target": _plain(forms[-1])}


def _plain(text: str) -> str:
    return _ESCAPE.sub(_unescaped, text) if "\\" in text else text


def _unescaped(found: re.Match[str]) -> str:
    code = found[1]
    if code[0] == "x":
        return chr(int(code[1:], 16))
    return chr(int(code, 8) & 0xFF) if code[0].isdigit() else _ESCAPED.get(code, code)
