"""XLIFF."""

from __future__ import annotations

from collections.abc import Iterator

from engine.corpora import reasons, xml_events
from engine.corpora.document import Document, Skipped
from engine.corpora.files import InputFile
from engine.corpora.reader import Reader
from engine.corpora.rows import documents_of

_CODES = frozenset(("bpt", "ept", "it", "ph", "x", "bx", "ex"))
_UNITS = frozenset(("trans-unit", "segment"))


class XliffReader(Reader, kind="xliff", title="XLIFF pairs"):
    """Read one pair of source and target from every unit of a translation file.

    Units without a translation are left out, and so are codes inside the text.
    Source: XLIFF 1.2 (OASIS, 2008) and 2.1 (OASIS, 2018).
    """

    extensions = (".xlf", ".xliff")
    is_text = False

    def recognises(self, head: bytes, file: InputFile) -> bool:
        """Told by its first element."""
        return xml_events.root_of(head) == "xliff"

    def read(self, file: InputFile) -> Iterator[Document | Skipped]:
        """One document a unit; those without a translation are counted and reported once."""
        return documents_of(file, enumerate(xml_events.values_of(file, _Units()), start=1))


class _Units(xml_events.Elements["dict[str, str] | reasons.Reason"]):
    """A row for every unit; proposals of other tools, `alt-trans`, are no translations."""

    def __init__(self) -> None:
        super().__init__()
        self._texts: dict[str, str] = {}
        self._held: list[str] = []
        self._is_inside = False

    def opened(self, name: str, attributes: dict[str, str]) -> None:
        if name in _UNITS:
            self._texts = {}
        elif name in ("source", "target") and len(self.path) > 1 and self.path[-2] in _UNITS:
            self._held, self._is_inside = [], True
            self.begin_text()
        elif name in _CODES and self.is_gathering:
            self._held.append(self.end_text())

    def closed(self, name: str) -> None:
        if name in ("source", "target") and self._is_inside:
            self._is_inside = False
            self._texts[name] = "".join(self._held) + self.end_text()
        elif name in _CODES and self._is_inside and not _CODES & set(self.path[:-1]):
            self.begin_text()
        elif name in _UNITS:
            is_whole = all(self._texts.get(role, "").strip() for role in ("source", "target"))
            self.give(self._texts if is_whole else reasons.NOT_TRANSLATED)
