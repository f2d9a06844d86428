"""OpenDocument text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.sax.xmlreader import AttributesNSImpl

from engine.corpora import reasons
from engine.corpora.document import Document, Skipped
from engine.corpora.files import InputFile
from engine.corpora.packages import ElementHandler, Facts, Name, Package, opened
from engine.corpora.parts import Paragraph, chapters, documents_of, known
from engine.corpora.reader import Reader

_PREFIX = "urn:oasis:names:tc:opendocument:xmlns:"
_TEXT, _TABLE, _OFFICE = f"{_PREFIX}text:1.0", f"{_PREFIX}table:1.0", f"{_PREFIX}office:1.0"
_UNSEEN = frozenset(((_TEXT, "tracked-changes"), (_OFFICE, "annotation"), (_TEXT, "note-citation"),
                     (_TEXT, "sequence-decls"), (_TEXT, "variable-decls"), (_OFFICE, "forms"),
                     (_TEXT, "ruby-text"), (f"{_PREFIX}drawing:1.0", "desc"), (f"{_PREFIX}drawing:1.0", "title"),
                     (f"{_PREFIX}svg-compatible:1.0", "desc"),
                     (f"{_PREFIX}svg-compatible:1.0", "title")))
# White space counts once, as in a web page. Codes that Unicode keeps for a program's own use stand for what is meant.
_SPACE, _TAB, _BREAK = "\ufdd1", "\ufdd2", "\ufdd0"
_MEANT = str.maketrans({_SPACE: " ", _TAB: "\t", _BREAK: "\n"})
_WHITE = re.compile(r"[ \t\r\n]+")
_KIND = b"mimetypeapplication/vnd.oasis.opendocument.text"


class OdtReader(Reader, kind="odt", title="OpenDocument text"):
    """Read a text of LibreOffice and others: paragraphs and rows of tables a line each, notes at the end.

    Source: OpenDocument 1.3 part 3 (OASIS). Headers, footers, comments and deleted text are left out.
    """

    extensions = (".odt", ".ott", ".odm")
    magic = (b"PK\x03\x04",)
    is_text = False

    def recognises(self, head: bytes, file: InputFile) -> bool:
        """Whether its first part names the format, as the standard asks for."""
        return head[30:].startswith(_KIND)

    def read(self, file: InputFile) -> Iterator[Document | Skipped]:
        """One document, or one a chapter, with title, author and date."""
        with opened(file) as package:
            if _is_locked(package):
                raise reasons.Unreadable(reasons.ENCRYPTED)
            facts = Facts("title", "creator", "initial-creator", "creation-date", "date", "language")
            package.parse_whole("meta.xml", facts)
            found = facts.found
            yield from documents_of(chapters(_paragraphs(package)), file.options.documents, known(
                title=found.get("title"), author=found.get("initial-creator") or found.get("creator"),
                date=(found.get("creation-date") or found.get("date", ""))[:10],
                declared_language=found.get("language")))


def _is_locked(package: Package) -> bool:
    name = "META-INF/manifest.xml"
    return name in package and b"encryption-data" in package.content(name, 10 << 20)


def _paragraphs(package: Package) -> Iterator[Paragraph]:
    text = _Text()
    for _ in package.parse("content.xml", text):
        yield from text.taken()
    yield from text.notes


class _Text(ElementHandler):
    """Gathers paragraphs; those inside a cell become the cell, cells become a line, notes wait for the end."""

    def __init__(self) -> None:
        super().__init__()
        self._found: list[Paragraph] = []
        self.notes: list[Paragraph] = []
        self._open: list[tuple[list[str], int]] = []
        self._rows: list[list[list[str]]] = []
        self._unseen = self._notes_open = 0

    def taken(self) -> list[Paragraph]:
        """The paragraphs that are complete, once."""
        found, self._found = self._found, []
        return found

    def begin(self, name: Name, attributes: AttributesNSImpl) -> None:
        space, local = name
        if self._unseen or name in _UNSEEN:
            self._unseen += 1
        elif space == _TABLE:
            if local == "table-row":
                self._rows.append([])
            elif local in ("table-cell", "covered-table-cell") and self._rows:
                self._rows[-1].append([])
        elif space == _TEXT:
            self._begin_text(local, attributes)

    def _begin_text(self, local: str, attributes: AttributesNSImpl) -> None:
        if local in ("p", "h"):
            level = attributes.get((_TEXT, "outline-level"), "1") if local == "h" else "0"
            self._open.append(([], int(level) if level.isdigit() else 1))
        elif local == "note":
            self._notes_open += 1
        elif self._open:
            count = attributes.get((_TEXT, "c"), "1")
            # Runs of spaces are counted by an attribute; no line has more than these.
            spaces = min(int(count), 1000) if count.isdigit() else 1
            self._open[-1][0].append({"s": _SPACE * spaces, "tab": _TAB, "line-break": _BREAK}.get(local, ""))

    def end(self, name: Name) -> None:
        space, local = name
        if self._unseen:
            self._unseen -= 1
        elif space == _TEXT and local in ("p", "h") and self._open:
            content, level = self._open.pop()
            text = _WHITE.sub(" ", "".join(content)).strip(" ")
            self._add(Paragraph(text.translate(_MEANT), level))
        elif space == _TEXT and local == "note":
            self._notes_open -= 1
        elif space == _TABLE and local == "table-row" and self._rows:
            cells = [" ".join(cell) for cell in self._rows.pop()]
            self._add(Paragraph("\t".join(cells).rstrip()))

    def text(self, content: str) -> None:
        if self._open and not self._unseen:
            self._open[-1][0].append(content)

    def _add(self, paragraph: Paragraph) -> None:
        if self._notes_open:
            self.notes.append(paragraph)
        elif self._rows and self._rows[-1]:
            if paragraph.text.strip():
                self._rows[-1][-1].append(" ".join(paragraph.text.split()))
        else:
            self._found.append(paragraph)
