"""Word documents."""

from __future__ import annotations

from collections.abc import Iterator
from xml.sax.xmlreader import AttributesNSImpl

from engine.corpora import reasons
from engine.corpora.document import Document, Skipped
from engine.corpora.files import InputFile
from engine.corpora.packages import ElementHandler, Facts, Name, Package, opened
from engine.corpora.parts import Paragraph, chapters, documents_of, known
from engine.corpora.reader import Reader

_MAIN = "word/document.xml"
_OLD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_LOCKED = "EncryptedPackage".encode("utf-16-le")
_WORD = frozenset(("http://schemas.openxmlformats.org/wordprocessingml/2006/main",
                   "http://purl.oclc.org/ooxml/wordprocessingml/main"))
_COMPATIBLE = "http://schemas.openxmlformats.org/markup-compatibility/2006"
_MATH = frozenset(("http://schemas.openxmlformats.org/officeDocument/2006/math",
                   "http://purl.oclc.org/ooxml/officeDocument/math"))
_BREAKS = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}
_UNSEEN = frozenset(("del", "moveFrom", "instrText", "delText", "pPrChange", "rPrChange"))
_HEADINGS = {"title": 1} | {f"heading {level}": level for level in range(1, 10)}


class DocxReader(Reader, kind="docx", title="Word document"):
    """Read a Word document: paragraphs and rows of tables a line each, notes at the end.

    Source: WordprocessingML (ECMA-376 part 1, chapter 17). Headers, footers, comments and deleted text are left out.
    """

    extensions = (".docx", ".docm", ".dotx", ".doc")
    magic = (_OLD, b"PK\x03\x04")
    is_text = False

    def recognises(self, head: bytes, file: InputFile) -> bool:
        """Whether it is a package with Word's main part, or an old or locked file of Office."""
        if head.startswith(_OLD):
            return True
        if not head.startswith(b"PK\x03\x04"):
            return False
        return has_part(file, _MAIN)

    def read(self, file: InputFile) -> Iterator[Document | Skipped]:
        """One document, or one a chapter, with title, author and date."""
        if file.head().startswith(_OLD):
            raise reasons.Unreadable(reasons.ENCRYPTED if _is_locked(file) else reasons.OLD_OFFICE)
        with opened(file) as package:
            facts = Facts("title", "creator", "created", "language")
            package.parse_whole("docProps/core.xml", facts)
            styles = _Styles()
            package.parse_whole("word/styles.xml", styles)
            yield from documents_of(chapters(_paragraphs(package, styles.levels)), file.options.documents, known(
                title=facts.found.get("title"), author=facts.found.get("creator"),
                date=facts.found.get("created", "")[:10], declared_language=facts.found.get("language")))


def has_part(file: InputFile, name: str) -> bool:
    """Whether a zip package holds a part; False for anything that cannot be opened."""
    try:
        with opened(file) as package:
            return name in package
    except (reasons.Unreadable, OSError):
        return False


def _is_locked(file: InputFile) -> bool:
    """Whether an old container holds a locked new document: its folder names the part, in UTF-16."""
    stream, before = file.open(), b""
    while block := stream.read(1 << 20):
        if _LOCKED in before + block:
            return True
        before = block[-len(_LOCKED):]
    return False


def _paragraphs(package: Package, levels: dict[str, int]) -> Iterator[Paragraph]:
    for name in (_MAIN, "word/footnotes.xml", "word/endnotes.xml"):
        if name == _MAIN or name in package:
            text = _Text(levels)
            for _ in package.parse(name, text):
                yield from text.taken()


def _value(attributes: AttributesNSImpl, name: str) -> str:
    return next((value for (_, local), value in attributes.items() if local == name), "")


class _Styles(ElementHandler):
    """Which styles are headings, and of which level: their ids differ by language, their names do not."""

    def __init__(self) -> None:
        super().__init__()
        self.levels: dict[str, int] = {}
        self._style = ""

    def begin(self, name: Name, attributes: AttributesNSImpl) -> None:
        if name[1] == "style":
            self._style = _value(attributes, "styleId")
        elif name[1] == "name" and (level := _HEADINGS.get(_value(attributes, "val").lower())):
            self.levels[self._style] = level
        elif name[1] == "outlineLvl" and self._style not in self.levels and _value(attributes, "val").isdigit():
            level = int(_value(attributes, "val")) + 1
            if level < 10:  # ten means running text
                self.levels[self._style] = level


class _Text(ElementHandler):
    """Gathers the paragraphs of a part; those inside a cell become the cell, cells become a line."""

    def __init__(self, levels: dict[str, int]) -> None:
        super().__init__()
        self._levels = levels
        self._found: list[Paragraph] = []
        self._open: list[list[str]] = []
        self._level = 0
        self._rows: list[list[list[str]]] = []
        self._unseen = 0
        self._heard = False

    def taken(self) -> list[Paragraph]:
        """The paragraphs that are complete, once."""
        found, self._found = self._found, []
        return found

    def begin(self, name: Name, attributes: AttributesNSImpl) -> None:
        space, local = name
        if self._unseen or (space in _WORD and local in _UNSEEN) or (space == _COMPATIBLE and local == "Fallback"):
            self._unseen += 1
        elif space in _WORD:
            self._begin_word(local, attributes)
        elif space in _MATH and local == "t":
            self._heard = True

    def _begin_word(self, local: str, attributes: AttributesNSImpl) -> None:
        if local == "t":
            self._heard = True
        elif local == "p":
            self._open.append([])
            self._level = 0
        elif local in _BREAKS and self._open and not (local == "tab" and attributes.getLength()):
            self._open[-1].append(_BREAKS[local])  # a tab with attributes is a stop of the ruler, not a character
        elif local == "pStyle":
            self._level = self._levels.get(_value(attributes, "val"), 0)
        elif local == "tr":
            self._rows.append([])
        elif local == "tc" and self._rows:
            self._rows[-1].append([])

    def end(self, name: Name) -> None:
        self._heard = False
        if self._unseen:
            self._unseen -= 1
        elif name[0] not in _WORD:
            return
        elif name[1] == "p" and self._open:
            self._add(Paragraph("".join(self._open.pop()), self._level))
            self._level = 0
        elif name[1] == "tr" and self._rows:
            cells = [" ".join(cell) for cell in self._rows.pop()]
            self._add(Paragraph("\t".join(cells).rstrip()))

    def text(self, content: str) -> None:
        if self._heard and self._open and not self._unseen:
            self._open[-1].append(content)

    def _add(self, paragraph: Paragraph) -> None:
        if self._rows and self._rows[-1]:
            if paragraph.text.strip():
                self._rows[-1][-1].append(" ".join(paragraph.text.split()))
        else:
            self._found.append(paragraph)
