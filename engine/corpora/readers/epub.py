"""Electronic books."""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.sax.xmlreader import AttributesNSImpl

from selectolax.lexbor import LexborHTMLParser

from engine.corpora import reasons
from engine.corpora.document import Document, Skipped
from engine.corpora.encodings import byte_order_mark, decode
from engine.corpora.files import WHOLE_BYTES, InputFile
from engine.corpora.packages import ElementHandler, Name, Package, opened, resolved
from engine.corpora.parts import Part, documents_of, known
from engine.corpora.reader import Reader
from engine.corpora.readers.docx import has_part
from engine.corpora.readers.html import page_text

_CONTAINER = "META-INF/container.xml"
_PAGES = frozenset(("application/xhtml+xml", "text/html", "application/x-dtbook+xml", "text/x-oeb1-document"))
_FONT_LOCKS = ("http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC")
_DECLARED = re.compile(rb"^\s*<\?xml[^>]{0,100}encoding\s*=\s*[\"']([\w-]{2,40})")


class EpubReader(Reader, kind="epub", title="Electronic book"):
    """Read an electronic book in the order of its pages, with title, author, language and date.

    Source: EPUB 3.3 and Open Packaging Format 2.0.1; its pages are read as web pages are.
    """

    extensions = (".epub",)
    magic = (b"PK\x03\x04",)
    is_text = False

    def recognises(self, head: bytes, file: InputFile) -> bool:
        """Whether it is a package that says where its book is."""
        return head.startswith(b"PK\x03\x04") and (head[30:].startswith(b"mimetypeapplication/epub+zip")
                                                   or has_part(file, _CONTAINER))

    def read(self, file: InputFile) -> Iterator[Document | Skipped]:
        """One document, or one a chapter; raises Unreadable for books that are locked or damaged."""
        with opened(file) as package:
            _refuse_locked(package)
            book = _Book(package)
            yield from documents_of(book.parts(), file.options.documents, book.facts())
            if book.missing:
                yield reasons.BAD_PAGES.of(f"{file.name} ({book.missing})")


def _refuse_locked(package: Package) -> None:
    """Raise Unreadable if pages are locked; locked fonts alone do no harm."""
    if "META-INF/rights.xml" in package or "META-INF/sinf.xml" in package:
        raise reasons.Unreadable(reasons.PROTECTED)
    locks = _Locks()
    package.parse_whole("META-INF/encryption.xml", locks)
    if locks.found:
        raise reasons.Unreadable(reasons.PROTECTED)


class _Locks(ElementHandler):
    """Whether anything but fonts is locked."""

    def __init__(self) -> None:
        super().__init__()
        self.found = False

    def begin(self, name: Name, attributes: AttributesNSImpl) -> None:
        if name[1] == "EncryptionMethod":
            self.found = self.found or attributes.get((None, "Algorithm"), "") not in _FONT_LOCKS


class _Opf(ElementHandler):
    """The package document: facts, the parts with their kinds, and the order to read them in."""

    def __init__(self) -> None:
        super().__init__()
        self.facts: dict[str, list[str]] = {}
        self.items: dict[str, tuple[str, str, str]] = {}
        self.spine: list[str] = []
        self.contents = ""
        self._inside = ""

    def begin(self, name: Name, attributes: AttributesNSImpl) -> None:
        local = name[1]
        value = {key[1]: text for key, text in attributes.items()}
        if local == "item":
            self.items[value.get("id", "")] = (value.get("href", ""), value.get("media-type", ""),
                                               value.get("properties", ""))
        elif local == "itemref":
            self.spine.append(value.get("idref", ""))
        elif local == "spine":
            self.contents = value.get("toc", "")
        elif local in ("title", "creator", "language", "date"):
            self._inside = local
            self.facts.setdefault(local, []).append("")

    def end(self, name: Name) -> None:
        self._inside = ""

    def text(self, content: str) -> None:
        if self._inside:
            self.facts[self._inside][-1] += content


class _Ncx(ElementHandler):
    """The contents of older books: the title of every page."""

    def __init__(self) -> None:
        super().__init__()
        self.titles: list[tuple[str, str]] = []
        self._label = ""
        self._heard = False

    def begin(self, name: Name, attributes: AttributesNSImpl) -> None:
        if name[1] == "navPoint":
            self._label = ""
        elif name[1] == "content":
            self.titles.append((attributes.get((None, "src"), ""), self._label))
        self._heard = name[1] == "text"

    def end(self, name: Name) -> None:
        self._heard = False

    def text(self, content: str) -> None:
        if self._heard:
            self._label += content


class _Book:
    """An open book: its facts, and its pages in order."""

    def __init__(self, package: Package) -> None:
        self._package = package
        self._place = _place_of_book(package)
        self._opf = _Opf()
        self.missing = 0
        for _ in package.parse(self._place, self._opf):
            pass

    def facts(self) -> dict[str, object]:
        """What the book says of itself."""
        first = {name: next((text for text in texts if text.strip()), "") for name, texts in self._opf.facts.items()}
        return known(title=first.get("title"), author=", ".join(self._opf.facts.get("creator", [])),
                     declared_language=first.get("language"), date=first.get("date", "")[:10])

    def parts(self) -> Iterator[Part]:
        """Every page once, in the order of reading; the list of contents is left out."""
        titles, seen = self._titles(), set()
        for id in self._opf.spine:
            href, kind, properties = self._opf.items.get(id, ("", "", ""))
            place = resolved(self._place, href)
            if place in seen or kind not in _PAGES or "nav" in properties.split():
                continue
            seen.add(place)
            if place not in self._package:
                self.missing += 1
                continue
            title, text = page_text(_decoded(self._package.content(place, WHOLE_BYTES)), book=True)
            yield Part(text, known(chapter=titles.get(place) or title))

    def _titles(self) -> dict[str, str]:
        """The name in the list of contents of every page that has one."""
        found: dict[str, str] = {}
        ncx = resolved(self._place, self._opf.items.get(self._opf.contents, ("", "", ""))[0])
        if ncx in self._package:
            handler = _Ncx()
            self._package.parse_whole(ncx, handler)
            for reference, label in handler.titles:
                found.setdefault(resolved(ncx, reference), label)
        for href, _, properties in self._opf.items.values():
            place = resolved(self._place, href)
            if "nav" in properties.split() and place in self._package:
                tree = LexborHTMLParser(_decoded(self._package.content(place, WHOLE_BYTES)))
                for link in tree.css("nav a[href]"):
                    found.setdefault(resolved(place, link.attributes["href"] or ""), link.text())
        return found


def _place_of_book(package: Package) -> str:
    class Places(ElementHandler):
        found = ""

        def begin(self, name: Name, attributes: AttributesNSImpl) -> None:
            if name[1] == "rootfile":
                self.found = self.found or attributes.get((None, "full-path"), "")

    places = Places()
    package.parse_whole(_CONTAINER, places)
    if places.found not in package:
        raise reasons.Unreadable(reasons.DAMAGED)
    return places.found


def _decoded(page: bytes) -> str:
    """A page as text: UTF-8 as the standard asks for, else what it declares or looks like."""
    declared = _DECLARED.match(page[:200])
    if byte_order_mark(page) is None and declared:
        try:
            return page.decode(declared[1].decode("ascii"))
        except (LookupError, UnicodeDecodeError):
            pass
    return decode(page)
