"""Tidy white space."""

from __future__ import annotations

import re

from engine.cleaning.step import CleaningStep, Example, Result
from engine.corpora.document import Document, Dropped
from engine.settings import setting

_EMPTY = "Nothing but white space."
_HAN = "[\u3007\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff\u3001\u3002\uff01-\uff1f]"
_ODD_SPACES = re.compile("[\u00a0\u1680\u2000-\u200a\u202f\u205f]")
_LINE_ENDS = re.compile("(?<![ \t\u3000])[ \t\u3000]+$", re.MULTILINE)
_INDENTS = re.compile("^[ \t]+", re.MULTILINE)
_RUNS = re.compile("(?<=[^\\s])(?:[ \t\u3000]{2,}|[\t\u3000])")
_BETWEEN_HAN = re.compile(f"(?<={_HAN}) +(?={_HAN})")
_WRAPPED = range(55, 86)
_ENDS = (".", "!", "?", ":", ";", "\"", "”", "’", "'", "。", "！", "？")


class Whitespace(CleaningStep, kind="whitespace", title="Tidy white space"):
    """Remove spaces and empty lines that carry no meaning, and join lines that were broken at a fixed width.

    Source: own rules; lines are joined only in paragraphs of prose where nearly all lines are 55 to 85 characters
    long, so verse and tables keep their lines.
    """

    blank_lines: int = setting(1, "Empty lines kept", "The most empty lines that may follow each other.",
                               unit="lines", low=0, high=3)
    join_lines: bool = setting(True, "Join broken lines",
                               "Join lines of prose that were broken at a fixed width, as in old text files.")
    keep_indents: bool = setting(True, "Keep indents", "Keep spaces at the beginning of lines, as code and verse "
                                 "need them.", level="advanced")
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
        Example(" \n\t\n", dropped=_EMPTY),
    )

    def apply(self, document: Document) -> Result:
        """Tidy one document."""
        text = _LINE_ENDS.sub("", _ODD_SPACES.sub(" ", document.text))
        if not self.keep_indents:
            text = _INDENTS.sub("", text)
        text = _RUNS.sub(" ", text)
        if self.close_han:
            text = _BETWEEN_HAN.sub("", text)
        if self.join_lines:
            text = "\n\n".join(map(_joined, text.split("\n\n")))
        most = "\n" * (self.blank_lines + 1)
        text = re.sub(most + "\n+", most, text).strip("\n")
        return document.with_text(text) if text and not text.isspace() else Dropped(_EMPTY)


def _joined(paragraph: str) -> str:
    """A paragraph on one line if it is prose that was broken at a fixed width."""
    lines = paragraph.strip("\n").split("\n")
    broken = [line for line in lines[:-1] if len(line) in _WRAPPED and not line[0].isspace()]
    if len(lines) < 2 or len(broken) < 0.8 * (len(lines) - 1) or len(lines[-1]) > _WRAPPED[-1]:
        return paragraph
    if sum(line.endswith(_ENDS) for line in lines[:-1]) > 0.4 * len(lines):
        return paragraph
    return " ".join(line.strip() for line in lines)
