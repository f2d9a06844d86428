"""Text before and after cleaning, cut into passages around its changes; long documents cost no more than short ones."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

SpanKind = Literal["same", "removed", "added"]
Span = tuple[str, SpanKind]
Pair = tuple[bool, str, str]
"""Whether two pieces are equal, the piece before, the piece after."""

WHOLE = 4000
"""Documents up to so many characters are shown whole."""
WINDOW = 4000
"""So many characters of both texts are compared at once."""
LEAD = 140
"""Unchanged characters shown before a change and after it."""
SHOWN = 2600
"""A passage ends soon after so many characters."""
MOST = 12
"""The most passages of one document."""

_PIECES = re.compile(r"\s+|[\u2e80-\u9fff]|\w+|[^\w\s]")


@dataclass(frozen=True)
class Passage:
    """A stretch of a document, before and after."""

    before: tuple[Span, ...]
    after: tuple[Span, ...]


def compare(before: str, after: str, most: int = MOST) -> list[Passage]:
    """The passages in which two texts differ, in order; the beginning of the text where they are equal."""
    if max(len(before), len(after)) <= WHOLE:
        same = _same(before, 0, after, 0)
        return [_passage([(True, before[:same], after[:same]), *_pairs(before[same:], after[same:])], "", "")]
    passages: list[Passage] = []
    here, there = 0, 0
    while len(passages) < most:
        same = _same(before, here, after, there)
        here, there = here + same, there + same
        if here >= len(before) and there >= len(after):
            break
        lead = _line_start(before, here - min(same, LEAD), here)
        chosen, used_here, used_there = _next_pairs(before, here, after, there)
        dots = ("… " if lead > 0 else "", " …" if here + used_here < len(before) else "")
        passages.append(_passage([(True, before[lead:here], before[lead:here]), *chosen], *dots))
        here, there = here + used_here, there + used_there
    return passages or [_passage([(True, before[:SHOWN], after[:SHOWN])], "", " …")]


def _same(a: str, i: int, b: str, j: int) -> int:
    """How many characters are equal from here on."""
    size, count = 4096, 0
    while i + count < len(a) and a[i + count:i + count + size] == b[j + count:j + count + size]:
        count += min(size, len(a) - i - count)
    pairs = zip(a[i + count:i + count + size], b[j + count:j + count + size], strict=False)
    return count + sum(1 for _ in itertools.takewhile(lambda pair: pair[0] == pair[1], pairs))


def _line_start(text: str, wanted: int, most: int) -> int:
    """The beginning of a line soon after a place, or of a word, or the place itself."""
    for mark, last in (("\n", most - 40), (" ", most)):
        found = text.find(mark, wanted, last)
        if wanted > 0 and found >= 0:
            return found + 1
    return max(0, wanted)


def _next_pairs(before: str, i: int, after: str, j: int) -> tuple[list[Pair], int, int]:
    """Compare from two places that differ; returns what to show and how far both texts are used up."""
    pairs = list(_pairs(before[i:i + WINDOW], after[j:j + WINDOW]))
    ends_here = i + WINDOW >= len(before) and j + WINDOW >= len(after)
    if not ends_here and len(pairs) > 1 and not pairs[-1][0]:
        pairs.pop()  # the windows end at different places
    elif not ends_here and not any(equal for equal, _, _ in pairs):
        return _far_apart(before, i, after, j)
    chosen: list[Pair] = []
    shown = used_i = used_j = 0
    for equal, old, new in pairs:
        if equal and (len(old) > 2 * LEAD or shown > SHOWN):
            chosen.append((True, old[:LEAD], new[:LEAD]))
            return chosen, used_i + min(len(old), LEAD), used_j + min(len(new), LEAD)
        chosen.append((equal, old, new))
        shown, used_i, used_j = shown + max(len(old), len(new)), used_i + len(old), used_j + len(new)
    return chosen, used_i, used_j


def _far_apart(before: str, i: int, after: str, j: int) -> tuple[list[Pair], int, int]:
    """Two windows without anything in common: find where one text meets the other again."""
    for text, place, other, start, is_cut in ((after, j, before, i, True), (before, i, after, j, False)):
        line = next((line for line in text[place:place + WINDOW].splitlines() if len(line.strip()) > 12), "")
        found = other.find(line, start) if line else -1
        skipped = text.find(line, place) - place
        if found >= 0:
            piece, rest = _shortened(other[start:found]), _shortened(text[place:place + skipped])
            if is_cut:
                return [(False, piece, rest)], found - start, skipped
            return [(False, rest, piece)], skipped, found - start
    old, new = before[i:], after[j:]
    return [(False, _shortened(old), _shortened(new))], len(old), len(new)


def _shortened(text: str) -> str:
    return text if len(text) <= SHOWN else text[:SHOWN] + " …"


def _pairs(before: str, after: str) -> Iterator[Pair]:
    """Equal and different pieces: by lines first, then inside different lines by words and marks."""
    for equal, old, new in _matched(before.splitlines(True), after.splitlines(True), None):
        if equal:
            yield True, old, new
        else:
            yield from _matched(_PIECES.findall(old), _PIECES.findall(new), str.isspace)


def _matched(old: Sequence[str], new: Sequence[str], junk: Callable[[str], bool] | None) -> Iterator[Pair]:
    for verb, a, b, c, d in SequenceMatcher(junk, old, new).get_opcodes():
        yield verb == "equal", "".join(old[a:b]), "".join(new[c:d])


def _passage(pairs: Sequence[Pair], begin: str, end: str) -> Passage:
    before: list[Span] = [(begin, "same")]
    after: list[Span] = [(begin, "same")]
    for equal, old, new in pairs:
        before.append((old, "same" if equal else "removed"))
        after.append((new, "same" if equal else "added"))
    before.append((end, "same"))
    after.append((end, "same"))
    return Passage(tuple(span for span in before if span[0]), tuple(span for span in after if span[0]))
