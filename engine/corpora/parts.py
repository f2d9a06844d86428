"""Chapters, pages and messages as documents, one each or joined, as the source's settings say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from engine.corpora import pieces
from engine.corpora.document import Document
from engine.corpora.files import Documents


class Part(NamedTuple):
    """A chapter, page or message: its text, and what is known of it alone, such as {"page": 3}."""

    text: str
    facts: Mapping[str, Any] = {}


def documents_of(parts: Iterable[Part], way: Documents, facts: Mapping[str, Any]) -> Iterator[Document]:
    """One document a part, or all parts as one text that is cut as `way` says; `facts` go into each."""
    if way == "parts":
        for part in parts:
            for text in pieces.cut(part.text, pieces.LONGEST):
                yield Document("", text, metadata={**facts, **part.facts})
        return
    for text in pieces.CUTTERS[way](_one_flow(parts)):
        yield Document("", text, metadata=dict(facts))


def _one_flow(parts: Iterable[Part]) -> Iterator[str]:
    before = ""
    for part in parts:
        if part.text:
            yield before + part.text
            before = "\n\n"


def known(**facts: Any) -> dict[str, Any]:
    """Only the facts that are there: texts that are not blank, in one line of at most 200 characters, and figures."""
    tidy = {name: " ".join(value.split())[:200] if isinstance(value, str) else value for name, value in facts.items()}
    return {name: value for name, value in tidy.items() if value not in ("", None)}


class Paragraph(NamedTuple):
    """A line of a written document; `level` counts headings from 1 and is 0 for everything else."""

    text: str
    level: int = 0


def chapters(paragraphs: Iterable[Paragraph]) -> Iterator[Part]:
    """Paragraphs as lines, in a part for every heading of the first level; an empty paragraph is a blank line."""
    lines: list[str] = []
    chapter, length = "", 0
    for paragraph in paragraphs:
        text = paragraph.text.rstrip()
        starts = paragraph.level == 1 and text
        if (starts and any(lines)) or length > pieces.LONGEST:
            yield Part(_tidy(lines), known(chapter=chapter))
            lines, length = [], 0
        if starts:
            chapter = text
        lines += ["", text, ""] if paragraph.level and text else [text]
        length += len(text) + 1
    yield Part(_tidy(lines), known(chapter=chapter))


def _tidy(lines: list[str]) -> str:
    """Lines as text, with one blank line where there are several."""
    kept = [line for line, before in zip(lines, ["", *lines], strict=False) if line or before]
    return "\n".join(kept).rstrip("\n")
