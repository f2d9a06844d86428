"""Translation memories."""

from __future__ import annotations

from collections.abc import Iterator

from engine.corpora import reasons, xml_events
from engine.corpora.document import Document, Skipped
from engine.corpora.files import InputFile
from engine.corpora.reader import Reader
from engine.corpora.rows import documents_of

_CODES = frozenset(("bpt", "ept", "it", "ph", "ut"))


class TmxReader(Reader, kind="tmx", title="TMX pairs"):
    """Read one pair of source and target from every unit of a translation memory.

    The language of the source stands first. Codes inside the text, such as marks for bold, are left out.
    Source: TMX 1.4b (LISA OSCAR, 2005).
    """

    extensions = (".tmx",)
    is_text = False

    def recognises(self, head: bytes, file: InputFile) -> bool:
        """Told by its first element."""
        return xml_events.root_of(head) == "tmx"

    def read(self, file: InputFile) -> Iterator[Document | Skipped]:
        """One document a unit; units in one language alone are counted and reported once."""
        return documents_of(file, enumerate(xml_events.values_of(file, _Units()), start=1))


class _Units(xml_events.Elements["dict[str, str] | reasons.Reason"]):
    """A row for every unit: its text by language, the source's first."""

    def __init__(self) -> None:
        super().__init__()
        self._source = ""
        self._language = ""
        self._texts: dict[str, str] = {}
        self._held: list[str] = []

    def opened(self, name: str, attributes: dict[str, str]) -> None:
        if name == "header":
            self._source = attributes.get("srclang", "").lower()
        elif name == "tu":
            self._texts = {}
        elif name == "tuv":
            self._language = (attributes.get("xml:lang") or attributes.get("lang") or "").lower()
        elif name == "seg":
            self._held = []
            self.begin_text()
        elif name in _CODES and self.is_gathering:
            self._held.append(self.end_text())

    def closed(self, name: str) -> None:
        if name == "seg":
            self._texts[self._language or f"language {len(self._texts) + 1}"] = "".join(self._held) + self.end_text()
        elif name in _CODES and "seg" in self.path and not _CODES & set(self.path[:-1]):
            self.begin_text()
        elif name == "tu":
            texts = sorted(self._texts.items(), key=lambda each: each[0] != self._source)
            self.give(_row(dict(texts)))


def _row(texts: dict[str, str]) -> dict[str, str] | reasons.Reason:
    return texts if sum(bool(text.strip()) for text in texts.values()) > 1 else reasons.NOT_TRANSLATED
