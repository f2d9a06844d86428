"""Tidy white space."""

from __future__ import annotations

import re

from engine.cleaning.step import CleaningStep, Example, Result
from engine.cleaning.steps.control_characters import is_plain
from engine.corpora.document import Document, Dropped
from engine.settings import setting

_EMPTY = "Nothing but white space."
_HAN = "[\u3007\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff\u3001\u3002\uff01-\uff1f]"
_ODD_SPACES = re.compile("[\u00a0\u1680\u2000-\u200a\u202f\u205f]")
_LINE_ENDS = re.compile("(?<![ \t\u3000])[ \t\u3000]+$", re.MULTILINE)
_INDENTS = re.compile("^[ \t]+", re.MULTILINE)
_RUNS = re.compile("(?<=[^\\s])(?:[ \t\u3000]{2,}|[\t\u3000])")
_BETWEEN_HAN = re.compile(f"(?<={_HAN}) +(?={_HAN})")
_WIDE = re.compile("[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60"
                   "\U00020000-\U0003ffff]")
_SPACES = " \t\u3000"
_SPACES_AT_END = tuple(f"{space}\n" for space in _SPACES)
_WRAPPED, _LENGTHS = range(55, 86), range(28, 86)
_ENDS = (".", "!", "?", ":", ";", "\"", "”", "’", "'", "。", "！", "？")


class Whitespace(CleaningStep, kind="whitespace", title="Tidy white space"):
    """Remove spaces and empty lines that carry no meaning, and join lines that were broken at a fixed width.

    Source: own rules; lines are joined only in paragraphs of prose where nearly all lines are 55 to 85 columns wide
    (a Chinese character is two), so verse and tables keep their lines.
    """

    blank_lines: int = setting(1, "Empty lines kept", "The most empty lines that may follow each other.",
                               unit="lines", low=0, high=3)
    join_lines: bool = setting(True, "Join broken lines",
                               "Join lines of prose that were broken at a fixed width, as in old text files.")
    keep_indents: bool = setting(True, "Keep indents", "Keep spaces at the beginning of lines, as code and verse "
                                 "need them.", level="advanced")
    close_runs: bool = setting(True, "Close up runs of spaces", "Make one space of several inside a line; tables and "
                               "code need them.", level="advanced")
    close_han: bool = setting(False, "Close up Chinese", "Remove single spaces between Chinese characters.",
                              level="advanced")

    reasons = (_EMPTY,)
    examples = (
        Example("  One   two \t three  \n\n\n\n\nFour\u00a0five", "  One two three\n\nFour five"),
        Example("    x = 1\n", "x = 1", settings={"keep_indents": False}),
        Example("天 地 玄 黄 ， 宇 宙 ABC 洪荒", "天地玄黄，宇宙 ABC 洪荒", settings={"close_han": True}),
        Example("It was the best of times, it was the worst of times, it\nwas the age of wisdom, it was the age of "
                "foolishness, it\nwas the epoch of belief.",
                "It was the best of times, it was the worst of times, it was the age of wisdom, it was the age of "
                "foolishness, it was the epoch of belief."),
        Example("那时候，我的父亲正在村口的老槐树底下和几个邻居说着今年收成的事情，\n忽然看见一个陌生人从远处慢慢地走过来，手里还提着一只旧得发白的皮箱\n子。",
                "那时候，我的父亲正在村口的老槐树底下和几个邻居说着今年收成的事情，忽然看见一个陌生人从远处慢慢地走过来，手里还提着一只旧得发白的皮箱子。"),
        Example("x = 1   # one", "x = 1   # one", settings={"close_runs": False}),
        Example(" \n\t\n", dropped=_EMPTY),
    )

    def apply(self, document: Document) -> Result:
        """Tidy one document."""
        text = document.text if is_plain(document.text) else _ODD_SPACES.sub(" ", document.text)
        if text[-1:] in _SPACES or any(end in text for end in _SPACES_AT_END):
            text = _LINE_ENDS.sub("", text)
        if not self.keep_indents:
            text = _INDENTS.sub("", text)
        if self.close_runs and ("  " in text or "\t" in text or "\u3000" in text):
            text = _RUNS.sub(" ", text)
        if self.close_han:
            text = _BETWEEN_HAN.sub("", text)
        if self.join_lines:
            text = "\n\n".join(map(_joined, text.split("\n\n")))
        most = "\n" * (self.blank_lines + 1)
        text = (re.sub(most + "\n+", most, text) if most + "\n" in text else text).strip("\n")
        return document.with_text(text) if text and not text.isspace() else Dropped(_EMPTY)


def _joined(paragraph: str) -> str:
    """A paragraph on one line if it is prose that was broken at a fixed width."""
    lines = paragraph.strip("\n").split("\n")
    if len(lines) < 2 or sum(len(line) in _LENGTHS for line in lines[:-1]) < 0.8 * (len(lines) - 1):
        return paragraph
    widths = list(map(_columns, lines))
    broken = [line for line, width in zip(lines[:-1], widths, strict=False) if width in _WRAPPED and _goes_on(line)]
    if len(broken) < 0.8 * (len(lines) - 1) or widths[-1] > _WRAPPED[-1]:
        return paragraph
    if sum(line.endswith(_ENDS) for line in lines[:-1]) > 0.4 * len(lines):
        return paragraph
    joined = lines[0].rstrip() if lines[0].startswith("\u3000") else lines[0].strip()
    for line in map(str.strip, lines[1:]):
        joined += line if _WIDE.match(joined[-1:]) and _WIDE.match(line) else " " + line
    return joined


def _goes_on(line: str) -> bool:
    """Whether a line is no beginning: Chinese paragraphs begin with two wide spaces, and those may."""
    return not line[0].isspace() or line[0] == "\u3000"


def _columns(line: str) -> int:
    return len(line) if line.isascii() else len(line) + len(_WIDE.findall(line))
