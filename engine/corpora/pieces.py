"""Cutting text of any length into documents of bounded size, at places where a reader would pause."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

LONGEST = 1_000_000
"""The most characters a document may have as it is read; longer texts become several documents."""

_PAUSES = (
    re.compile(r"\n[ \t\u3000]*\n+"),
    re.compile(r"\n"),
    re.compile(r"(?<=[。！？…][”’」』）])|(?<=[。！？…])(?![”’」』）。！？…])|(?<=[.!?])[\"'”’)]*\s+"),
    re.compile(r"(?<=[，、；：])|(?<=[,;:])\s+|\s+"),
)


def cut_place(text: str, limit: int) -> int:
    """The best place to cut a text that is longer than `limit` characters.

    The last end of a paragraph in the second half of the limit, else of a line, of a sentence, of a word; else the
    limit itself.
    """
    for pause in _PAUSES:
        last = 0
        for found in pause.finditer(text, limit // 2, limit + 1):
            last = found.end() if found.end() <= limit else last
        if last:
            return last
    return limit


def cut(text: str, limit: int) -> Iterator[str]:
    """The text in parts of at most `limit` characters; together they are the text again."""
    start = 0
    while len(text) - start > limit:
        end = start + cut_place(text[start:start + limit + 1], limit)
        yield text[start:end]
        start = end
    if start < len(text):
        yield text[start:]


def whole(pieces: Iterable[str], limit: int = LONGEST) -> Iterator[str]:
    """Pieces of one text as one document, or as several of bounded size."""
    gathered = ""
    for piece in pieces:
        gathered += piece
        while len(gathered) > limit:
            end = cut_place(gathered[:limit + 1], limit)
            yield gathered[:end]
            gathered = gathered[end:]
    if gathered:
        yield gathered


def lines(pieces: Iterable[str], limit: int = LONGEST) -> Iterator[str]:
    """The lines of a text without their ends; a line longer than `limit` comes as several."""
    rest = ""
    for piece in pieces:
        *complete, rest = (rest + piece).split("\n")
        for line in complete:
            yield from cut(line, limit) if len(line) > limit else (line,)
        while len(rest) > limit:
            end = cut_place(rest[:limit + 1], limit)
            yield rest[:end]
            rest = rest[end:]
    if rest:
        yield rest


def blocks(pieces: Iterable[str], limit: int = LONGEST) -> Iterator[str]:
    """What stands between blank lines; a block longer than `limit` comes as several."""
    gathered: list[str] = []
    length = 0
    for line in lines(pieces, limit):
        if gathered and (not line.strip() or length + len(line) > limit):
            yield "\n".join(gathered)
            gathered, length = [], 0
        if line.strip():
            gathered.append(line)
            length += len(line) + 1
    if gathered:
        yield "\n".join(gathered)


CUTTERS: dict[str, Callable[[Iterable[str]], Iterator[str]]] = {"whole": whole, "parts": whole, "blocks": blocks,
                                                                "lines": lines}
"""How text is cut by what one document is; plain text has no parts, such as chapters."""
