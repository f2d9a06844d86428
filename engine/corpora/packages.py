"""Books and papers that are zip packages of XML: opened with limits, parsed piece by piece, never from outside."""

from __future__ import annotations

import errno
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from posixpath import join, normpath
from xml.sax import SAXParseException
from xml.sax.handler import ContentHandler, feature_namespaces
from xml.sax.xmlreader import AttributesNSImpl

from engine.corpora import reasons
from engine.corpora.files import InputFile

MEMBER_BYTES = 512 << 20
"""The most that one part of a package may unfold to."""
LARGEST_RATIO = 200
"""How many times larger than its packed bytes a part may be, beyond the first ten megabytes."""
_FREE_BYTES = 10 << 20
_BLOCK_BYTES = 1 << 16
_MOST_MEMBERS = 100_000
_DEEPEST = 5_000

Name = tuple[str | None, str]
"""Namespace and local name of an element."""


class Package:
    """An open zip package; parts are read as streams. Raises Unreadable for what is locked, damaged or too large."""

    def __init__(self, file: InputFile) -> None:
        try:
            self._zip = zipfile.ZipFile(file.seekable())
        except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError) as error:
            raise _of_damage(error) from error
        found = self._zip.infolist()
        if len(found) > _MOST_MEMBERS:
            raise reasons.Unreadable(reasons.SWOLLEN)
        self._members = {member.filename.lstrip("/"): member for member in found}

    def __contains__(self, name: str) -> bool:
        return name in self._members

    def blocks(self, name: str, limit: int = MEMBER_BYTES) -> Iterator[bytes]:
        """The unpacked bytes of a part in pieces."""
        member = self._members.get(name)
        if member is None:
            raise reasons.Unreadable(reasons.DAMAGED)
        if member.flag_bits & 1:
            raise reasons.Unreadable(reasons.ENCRYPTED)
        allowed = min(limit, max(_FREE_BYTES, LARGEST_RATIO * member.compress_size))
        try:
            with self._zip.open(member) as stream:
                while block := stream.read(_BLOCK_BYTES):
                    allowed -= len(block)
                    if allowed < 0:
                        raise reasons.Unreadable(reasons.SWOLLEN)
                    yield block
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError) as error:
            raise _of_damage(error) from error

    def content(self, name: str, limit: int = MEMBER_BYTES) -> bytes:
        """All bytes of a part."""
        return b"".join(self.blocks(name, limit))

    def parse(self, name: str, handler: ElementHandler) -> Iterator[None]:
        """Give a part's elements to a handler; stops after every piece, so that what it found can be taken out."""
        yield from parse(self.blocks(name), handler)

    def parse_whole(self, name: str, handler: ElementHandler) -> None:
        """Give all of a part's elements to a handler; a part that is not there has none."""
        if name in self:
            for _ in self.parse(name, handler):
                pass


def _of_damage(error: Exception) -> Exception:
    """What to say of an error; a place before the file's beginning is damage, other errors of the disk are its own."""
    return error if isinstance(error, OSError) and error.errno != errno.EINVAL else reasons.Unreadable(reasons.DAMAGED)


@contextmanager
def opened(file: InputFile) -> Iterator[Package]:
    """A package that is closed at the end."""
    package = Package(file)
    try:
        yield package
    finally:
        package._zip.close()


class ElementHandler(ContentHandler):
    """Hears elements by namespace and name. Raises Unreadable where they nest too deeply."""

    _depth = 0

    def begin(self, name: Name, attributes: AttributesNSImpl) -> None:
        """An element begins."""

    def end(self, name: Name) -> None:
        """An element ends."""

    def text(self, content: str) -> None:
        """Characters between elements."""

    def startElementNS(self, name: Name, qname: str | None, attrs: AttributesNSImpl) -> None:
        """As the parser calls `begin`."""
        self._depth += 1
        if self._depth > _DEEPEST:
            raise reasons.Unreadable(reasons.DAMAGED)
        self.begin(name, attrs)

    def endElementNS(self, name: Name, qname: str | None) -> None:
        """As the parser calls `end`."""
        self._depth -= 1
        self.end(name)

    def characters(self, content: str) -> None:
        """As the parser calls `text`."""
        self.text(content)


def parse(blocks: Iterator[bytes], handler: ElementHandler) -> Iterator[None]:
    """Give the elements of an XML text to a handler, stopping after every piece.

    No declaration of entities and nothing outside the text is read. Raises Unreadable where it is no such XML.
    """
    from defusedxml.common import DefusedXmlException
    from defusedxml.sax import make_parser

    parser = make_parser()
    parser.forbid_dtd = False  # an old web page or book may name its DTD; no entity in it is read
    parser.forbid_entities = parser.forbid_external = True
    parser.setFeature(feature_namespaces, True)
    parser.setContentHandler(handler)
    try:
        for block in blocks:
            parser.feed(block)
            yield
        parser.close()
    except DefusedXmlException as error:
        raise reasons.Unreadable(reasons.UNSAFE_XML) from error
    except SAXParseException as error:
        raise reasons.Unreadable(reasons.DAMAGED) from error
    yield


class Facts(ElementHandler):
    """The first text of every element with one of some names, by local name."""

    def __init__(self, *wanted: str) -> None:
        super().__init__()
        self._wanted = frozenset(wanted)
        self._inside = ""
        self.found: dict[str, str] = {}

    def begin(self, name: Name, attributes: AttributesNSImpl) -> None:
        """Listen from here if wanted."""
        self._inside = name[1] if name[1] in self._wanted and not self.found.get(name[1]) else ""

    def end(self, name: Name) -> None:
        """Listen no more."""
        self._inside = ""

    def text(self, content: str) -> None:
        """Gather what is wanted."""
        if self._inside and len(self.found.get(self._inside, "")) < 1000:
            self.found[self._inside] = self.found.get(self._inside, "") + content


def resolved(base: str, reference: str) -> str:
    """The name of a part that another part refers to."""
    from urllib.parse import unquote

    return normpath(join(base.rpartition("/")[0], unquote(reference.partition("#")[0]))).lstrip("/")
