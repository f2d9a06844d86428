"""From the lines of printed pages back to paragraphs, without running heads."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import NamedTuple

HYPHEN = "\ufffe"
"""Stands for a hyphen at the end of a printed line, between the two parts of a word."""

_HAN = "\u2e80-\u30ff\u3400-\u9fff\uf900-\ufaff\uff00-\uffef\u2018-\u201d\u2014\u2026\U00020000-\U0003ffff"
_ENDS_IN_HAN = re.compile(f"[{_HAN}]$")
_BEGINS_IN_HAN = re.compile(f"^[{_HAN}]")
_CJK = re.compile("[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_SENTENCE_END = re.compile("[.!?:;。！？：；…][\"'”’」』）)\\]]*$")
_ITEM = re.compile(r"^(?:[•‣◦▪·*–—-]|\(?\d{1,3}[.)]|[(（][\d一二三四五六七八九十]{1,3}[)）]|"
                   r"[一二三四五六七八九十]{1,3}、)\s?\S")
_CAPTION = re.compile(r"(?:figure|fig\.|table|listing|example|exercise|question|problem|[图圖表例题題])\s*\d",
                      re.IGNORECASE)
_LEADERS = re.compile(r"(?:[.·…]\s?){3,}\s*[\divxlc]+$")
_COMPOUND = re.compile(r"[^\W\d_]+-[^\W\d_]+")
_NUMBER = re.compile(r"\d+")
_LETTERS = re.compile(r"[^\W\d_]")
_ROMAN_AT_AN_END = re.compile("^[ivxlc]{1,6}(?= )|(?<= )[ivxlc]{1,6}$")
_LONE_NUMBER = re.compile(r"^\W*(?:(?:page|seite|p\.|第)\s*)?(\d{1,5}|[ivxlc]{1,8})"
                          r"(?:\s*(?:of|von|/|页|頁)\s*\d{0,5}页?)?\W*$", re.IGNORECASE)

NEIGHBOURS = 4
"""How many pages before and after are looked at to know a running head."""
EDGE_LINES = 3
"""How many rows at the top and at the bottom of a page may be running heads."""


class Line(NamedTuple):
    """A printed line: its text, where it begins and ends across the page, how high it stands, its letters' size."""

    text: str
    left: float
    right: float
    height: float
    size: float


@dataclass(frozen=True)
class Page:
    """The lines of one page in their reading order; `number` counts from 1."""

    number: int
    lines: tuple[Line, ...]


def join(first: str, second: str) -> str:
    """Two lines of one paragraph as one: with a space, or without where Chinese or Japanese goes on."""
    if not first or not second:
        return first + second
    if _ENDS_IN_HAN.search(first) and _BEGINS_IN_HAN.search(second):
        return first + second
    if first.endswith("\u00ad"):
        return first[:-1] + second
    return f"{first} {second}"


def without_heads(pages: Iterable[Page]) -> Iterator[Page]:
    """Pages without the lines at their edges that the pages around them have too, and without page numbers."""
    window: list[tuple[Page, list[_Edge]]] = []
    place = 0
    for page in pages:
        window.append((page, _edges(page)))
        if len(window) > place + NEIGHBOURS:
            yield _without_heads(window, place)
            if place == NEIGHBOURS:
                window.pop(0)
            else:
                place += 1
    for rest in range(place, len(window)):
        yield _without_heads(window, rest)


def paragraphs(pages: Iterable[Page]) -> Iterator[tuple[int, str]]:
    """Number of the page and text of every paragraph; a paragraph that runs over a page is one."""
    gathered, began, ended = "", 0, 0
    last: Line | None = None
    for page in pages:
        known = _compounds(page.lines)
        shape = _Shape.of(page.lines)
        for line in page.lines:
            text = _mended(line.text, known)
            between = "\n\n" if last is None else shape.between(last, line, page.number != ended)
            if between == " ":
                gathered = join(gathered, text)
            elif between == "\n" and gathered:
                gathered += "\n" + text
            else:
                if gathered:
                    yield began, gathered
                gathered, began = text, page.number
            last, ended = line, page.number
    if gathered:
        yield began, gathered


@dataclass(frozen=True)
class _Shape:
    """What is usual on a page: the distance of lines, and where full lines begin and end."""

    leading: float
    left: float
    right: float

    @classmethod
    def of(cls, lines: Sequence[Line]) -> _Shape:
        if not lines:
            return cls(0.0, 0.0, 0.0)
        steps = [above.height - below.height for above, below in pairwise(lines)]
        down = [step for step in steps if step > 1]
        longest = sorted(lines, key=lambda line: line.left - line.right)[:max(1, len(lines) // 3)]
        size = median(line.size for line in lines)
        leading = min(median(down), 2 * size) if down else 1.2 * size
        return cls(leading, median(line.left for line in longest), median(line.right for line in longest))

    def between(self, above: Line, below: Line, new_page: bool) -> str:
        """What stands between two lines: a space if one goes on in the other, else a line or a paragraph end."""
        size = max(above.size, below.size, 1.0)
        step = above.height - below.height
        if not new_page and abs(step) < 0.4 * size and below.left >= above.right - size:
            return " "  # one row with a wide gap in it, as in a table
        if min(above.size, below.size) < 0.87 * size:
            return "\n\n"
        if new_page or step < -0.4 * size:  # the next page or column
            goes_on = not _SENTENCE_END.search(above.text) and not self._is_short(above)
            return " " if goes_on and not _ITEM.match(below.text) else "\n\n"
        if step > 1.35 * max(self.leading, 0.9 * size):
            return "\n\n"
        if _LEADERS.search(above.text):
            return "\n"
        indented = below.left > above.left + 0.9 * size and below.left > self.left + 0.9 * size
        if indented and self._reaches_left(above) and not _ITEM.match(above.text):  # an item goes on indented
            return "\n\n"
        if _ITEM.match(below.text) and (self._is_short(above) or _SENTENCE_END.search(above.text)):
            return "\n"
        if self._is_short(above):
            return "\n\n" if _SENTENCE_END.search(above.text) and not self._is_short(above, 0.55) else "\n"
        return " "

    def _is_short(self, line: Line, share: float = 0.8) -> bool:
        """Whether a line ends before the right edge, so that the next word would still have fitted."""
        room = 2.2 if _CJK.search(line.text[-4:]) else 6.0
        width = self.right - self.left
        return line.right < self.right - max(room * line.size, 0.0) and line.right < self.left + share * width

    def _reaches_left(self, line: Line) -> bool:
        return line.left < self.left + 0.9 * line.size


def _compounds(lines: Sequence[Line]) -> set[str]:
    """Words with a hyphen inside, which keep it when a line ends there."""
    return {found.lower() for line in lines if "-" in line.text for found in _COMPOUND.findall(line.text)}


def _mended(text: str, known: set[str]) -> str:
    """A line with the words whole that were cut at a hyphen."""
    if HYPHEN not in text:
        return text
    *parts, last = text.split(HYPHEN)
    mended = ""
    for part, following in zip(parts, [*parts[1:], last], strict=True):
        before = re.search(r"[^\W\d_]*$", mended + part)
        after = re.match(r"[^\W\d_]*", following)
        word = f"{before[0] if before else ''}-{after[0] if after else ''}"
        keeps = word.lower() in known or not after or not after[0] or after[0][0].isupper()
        mended += part + ("-" if keeps else "")
    return mended + last


class _Edge(NamedTuple):
    """A line at the edge of a page: at which side, what it says without its numbers, and its numbers."""

    side: str
    line: Line
    form: str
    numbers: tuple[int, ...]


def _edges(page: Page) -> list[_Edge]:
    """The rows at the edges of a page that stand apart from the rest and are not large."""
    shape = _Shape.of(page.lines)
    rows = sorted((line for line in page.lines if line.text.strip()), key=lambda line: -line.height)
    large = 1.15 * median(line.size for line in rows) if rows else 0.0
    found: list[_Edge] = []
    for side, ordered in (("top", rows), ("bottom", rows[::-1])):
        for place in range(min(EDGE_LINES, len(ordered) - 1), 0, -1):
            if abs(ordered[place - 1].height - ordered[place].height) > 1.3 * shape.leading:
                found += [_edge(side, line) for line in ordered[:place] if line.size <= large]
                break
    return found or [_edge("alone", line) for line in rows if len(rows) == 1]


def _edge(side: str, line: Line) -> _Edge:
    return _Edge(side, line, _form(line.text), tuple(_numbers(line.text)))


def _without_heads(window: Sequence[tuple[Page, list[_Edge]]], place: int) -> Page:
    page, edges = window[place]
    if not edges:
        return page
    others = [each for number, each in enumerate(window[:place + NEIGHBOURS + 1])
              if number != place and number >= place - NEIGHBOURS]
    heads = {id(edge.line) for edge in edges if _is_head(edge, page.number, others)}
    return Page(page.number, tuple(line for line in page.lines if id(line) not in heads)) if heads else page


def _is_head(edge: _Edge, number: int, others: Sequence[tuple[Page, list[_Edge]]]) -> bool:
    """Whether pages around have such a line at the same side, or its number counts the pages."""
    alike = counted = 0
    speaks = len(edge.line.text) < 200 and _LETTERS.search(edge.form) and not _CAPTION.match(edge.line.text)
    for page, edges in others:
        same = [other for other in edges if other.side == edge.side]
        alike += bool(speaks) and any(_are_alike(edge.form, other.form) for other in same)
        counted += any(own + page.number - number in other.numbers for own in edge.numbers for other in same)
    if len(others) >= 2 and alike >= min(2, len(others) // 2):
        return True
    return counted >= min(2, len(others)) > 0 and (alike > 0 or bool(_LONE_NUMBER.match(edge.line.text)))


def _are_alike(form: str, other: str) -> bool:
    """Whether two heads are the same, or begin the same, as where a section's name stands after the chapter's."""
    shared = max(12, len(form) // 2)
    return form == other or (form[:shared] == other[:shared] and len(form) >= shared)


def _form(text: str) -> str:
    return _ROMAN_AT_AN_END.sub("#", " ".join(_NUMBER.sub("#", text).split()).lower())


_ROMAN = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100}


def _numbers(text: str) -> list[int]:
    """The numbers in a line that may be the page's, small Roman ones alone on a line too."""
    lone = _LONE_NUMBER.match(text)
    if lone and not lone[1].isdigit():
        values = [_ROMAN[letter] for letter in lone[1].lower()]
        return [sum(-value if value < following else value
                    for value, following in zip(values, [*values[1:], 0], strict=True))]
    return [int(found) for found in _NUMBER.findall(text)[:4] if len(found) < 6] if len(text) < 120 else []
