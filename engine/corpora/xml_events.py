"""XML read as it comes, in bounded memory: no entities, no other files, no tree."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Generic, TypeVar
from xml.sax import SAXException
from xml.sax.handler import ContentHandler, feature_external_ges

from defusedxml import DefusedXmlException, expatreader

from engine.corpora import reasons
from engine.corpora.files import BUFFER_BYTES, WHOLE_BYTES, InputFile
from engine.corpora.reasons import Unreadable

_DEEPEST = 500
T = TypeVar("T")


class Elements(ContentHandler, Generic[T]):
    """Gathers what a format needs while elements open and close; names come without their prefix.

    `opened` and `closed` are for the format; `text` is what was written since `begin_text`, and `give` passes on a
    finished value.
    """

    def __init__(self) -> None:
        super().__init__()
        self.path: list[str] = []
        self.ready: list[T] = []
        self.heard = 0
        self._parts: list[str] | None = None
        self._length = 0

    def opened(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins; `path` ends with it."""

    def closed(self, name: str) -> None:
        """An element ends; `path` still ends with it."""

    def give(self, value: T) -> None:
        """Pass on a finished value."""
        self.ready.append(value)

    def begin_text(self) -> None:
        """From here on gather what is written."""
        self._parts, self._length = [], 0

    def end_text(self) -> str:
        """What was gathered."""
        parts, self._parts = self._parts, None
        return "".join(parts or ())

    @property
    def is_gathering(self) -> bool:
        """Whether text is gathered."""
        return self._parts is not None

    def startElement(self, name: str, attrs: Any) -> None:
        """From the parser."""
        self.heard += 1
        self.path.append(name.rpartition(":")[2])
        if len(self.path) > _DEEPEST:
            raise Unreadable(reasons.DAMAGED)
        self.opened(self.path[-1], {key: attrs.getValue(key) for key in attrs.getNames()})

    def endElement(self, name: str) -> None:
        """From the parser."""
        self.heard += 1
        self.closed(self.path[-1])
        self.path.pop()

    def characters(self, content: str) -> None:
        """From the parser."""
        self.heard += 1
        if self._parts is not None:
            self._parts.append(content)
            self._length += len(content)
            if self._length > WHOLE_BYTES:
                raise Unreadable(reasons.TOO_LARGE)


def values_of(file: InputFile, elements: Elements[T]) -> Iterator[T]:
    """What `elements` gives, as the file is read. Raises Unreadable: DAMAGED, TRUNCATED, UNSAFE_XML, TOO_LARGE."""
    # A document may name the file of its DTD, as every TMX does: it is passed over, and nothing is opened.
    parser = expatreader.create_parser(forbid_dtd=False, forbid_entities=True, forbid_external=False)
    parser.setFeature(feature_external_ges, False)
    parser.setContentHandler(elements)
    stream, silent, heard = file.open(), 0, 0
    while block := stream.read(BUFFER_BYTES):
        _feed(parser, block)
        yield from elements.ready
        elements.ready.clear()
        silent = 0 if elements.heard > heard else silent + len(block)
        heard = elements.heard
        if silent > WHOLE_BYTES:  # one tag or comment that does not end
            raise Unreadable(reasons.DAMAGED)
    if elements.path or not heard:
        raise Unreadable(reasons.TRUNCATED)


def _feed(parser: Any, block: bytes) -> None:
    try:
        parser.feed(block)
    except DefusedXmlException as error:
        raise Unreadable(reasons.UNSAFE_XML) from error
    except SAXException as error:
        raise Unreadable(reasons.DAMAGED) from error


def root_of(head: bytes) -> str:
    """The name of the first element in the first bytes of a file, without its prefix; empty if there is none."""
    if b"<" not in head[:64]:
        return ""
    encoding = "utf-16-le" if b"<\0" in head[:200] else "utf-16-be" if b"\0<" in head[:200] else "utf-8"
    text = head.decode(encoding, "replace").lstrip("\ufeff \r\n\t")
    while text.startswith(("<?", "<!")):
        end = "-->" if text.startswith("<!--") else "]>" if "[" in text.split(">")[0] else ">"
        text = text.partition(end)[2].lstrip()
    name = text[1:].split(">")[0].split() if text.startswith("<") else []
    return name[0].rstrip("/").rpartition(":")[2].lower() if name else ""
