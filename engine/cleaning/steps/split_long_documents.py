"""Split long documents."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Iterator

from engine.cleaning.step import CleaningStep, Example, Result
from engine.corpora.document import Document
from engine.corpora.pieces import cut
from engine.settings import setting

_NUMBER = r"(?:\d{1,3}|[IVXLC]{1,8}|[Oo]ne|[Tt]wo|[Tt]hree|ONE|TWO|THREE|the [A-Z]\w+|THE [A-Z]+)"
_HEADING = re.compile(
    rf"^[ \t\u3000]*(?:(?:CHAPTER|Chapter|BOOK|Book|PART|Part|VOLUME|Volume|ACT|Act|CANTO|Canto|LETTER|Letter)[ \t]+"
    rf"{_NUMBER}\b.{{0,80}}"
    r"|(?:PREFACE|PROLOGUE|EPILOGUE|INTRODUCTION)\.?"
    r"|第[0-9０-９〇零一二三四五六七八九十百千两]{1,8}[章回卷节節篇部折出](?:[ \t\u3000:：.、].{0,60}|.{0,30})"
    r"|#{1,3}[ \t]+\S.{0,120})$", re.MULTILINE)
_SHORT_SECTION = 500


class SplitLongDocuments(CleaningStep, kind="split-long-documents", title="Split long documents"):
    """Cut books and other long documents into parts, at chapters where there are any, else between paragraphs.

    Only documents over the limit are cut. Headings such as "CHAPTER I", "第一章" and those of Markdown begin a part
    of their own; parts over the limit are cut into equal ones at ends of paragraphs or sentences.
    Source: own rule; a limit near 20 000 keeps a part longer than what a model can look back on.
    """

    longest: int = setting(20_000, "Longest part", "Longer documents are cut.", unit="characters", low=200,
                           high=1_000_000, scale="log")
    at_headings: bool = setting(True, "Cut at chapters", "Begin a part at every chapter heading.", level="advanced")

    examples = (
        Example("A short tale stays whole.", "A short tale stays whole."),
        Example("CHAPTER I\n" + "One two. " * 70 + "\n\nCHAPTER II\n" + "Three. " * 90,
                ("CHAPTER I\n" + ("One two. " * 70).strip(), "CHAPTER II\n" + ("Three. " * 90).strip()),
                settings={"longest": 1000}),
        Example("A b c. " * 60 + "\n\n" + "D e f. " * 60, (("A b c. " * 60).strip(), ("D e f. " * 60).strip()),
                settings={"longest": 500}),
    )

    def expand(self, document: Document) -> Iterable[Result]:
        """The document itself, or its parts named "name#1", "name#2" …"""
        if len(document.text) <= self.longest:
            return (document,)
        parts = [part for section in self._sections(document.text) for part in _equal_parts(section, self.longest)]
        texts = [text for part in parts if (text := part.strip("\n").rstrip())]
        mark = "." if "#" in document.name else "#"
        return [dataclasses.replace(document, name=f"{document.name}{mark}{number}", text=text)
                for number, text in enumerate(texts, start=1)]

    def _sections(self, text: str) -> Iterator[str]:
        """The text from heading to heading; a section too short to stand alone goes with the next."""
        starts = [found.start() for found in _HEADING.finditer(text)] if self.at_headings else []
        begin = 0
        for start in starts:
            if start - begin >= min(_SHORT_SECTION, self.longest // 2):
                yield text[begin:start]
                begin = start
        yield text[begin:]


def _equal_parts(section: str, longest: int) -> Iterator[str]:
    """A section in as few parts as the limit allows, all of about one length."""
    count = -(-len(section) // longest)
    if count == 1:
        yield section
        return
    size = min(longest, len(section) // count + len(section) // (4 * count))
    yield from cut(section, size)
