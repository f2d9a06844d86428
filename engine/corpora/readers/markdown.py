"""Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine.corpora import pieces
from engine.corpora.document import Document, Skipped
from engine.corpora.files import TextFile
from engine.corpora.reader import Reader

_FRONT_MATTER = re.compile(r"\A---\n(?:.*\n)*?(?:---|\.\.\.)\n")
_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})(.*)$")
_WHOLE_LINES = re.compile(
    r"^ {0,3}(?:\[[^\]]{1,200}\]:\s+\S.*|(?:[-*_] *){3,}|=+ *|\|?(?: *:?-+:? *\|)+(?: *:?-+:? *)?)$")
_BEGINNINGS = re.compile(r"^ {0,3}(?:#{1,6}\s+|(?:>\s?)+|(\s*)[-*+]\s+(?:\[[ xX]\]\s+)?)")
_INLINE = (
    (re.compile(r"<!--.{0,1000}?-->"), ""),
    (re.compile(r"!\[([^\]\[]{0,300})\]\([^)(]{0,1000}\)"), r"\1"),
    (re.compile(r"\[([^\]\[]{1,300})\]\([^)(]{0,1000}\)"), r"\1"),
    (re.compile(r"\[([^\]\[]{1,300})\]\[[^\]\[]{0,100}\]"), r"\1"),
    (re.compile(r"<((?:https?://|mailto:)[^<>\s]+)>"), r"\1"),
    (re.compile(r"</?[A-Za-z][^<>]*>"), ""),
    (re.compile(r"(\*\*\*|\*\*|\*)(?=[^\s*])([^*]{1,1000})(?<=\S)\1"), r"\2"),
    (re.compile(r"(?<![\w_])(___|__|_)(?=[^\s_])([^*]{1,300}?)(?<=[^\s_])\1(?![\w_])"), r"\2"),
    (re.compile(r"~~(?=\S)([^~]{1,1000})(?<=\S)~~"), r"\1"),
    (re.compile(r"\\([\\`*_{}\[\]()#+\-.!|>~])"), r"\1"),
)
_CODE = re.compile(r"(?<!`)(`{1,3})([^`]{1,1000})\1(?!`)")


class MarkdownReader(Reader, kind="markdown", title="Markdown"):
    """Read Markdown as the text it shows: marks, link addresses and front matter are left out.

    Source: the block and inline marks of CommonMark 0.31 and the tables of GitHub; code stays as it is.
    """

    extensions = (".md", ".markdown", ".mdown", ".mkd")
    in_process = True

    def read(self, file: TextFile) -> Iterator[Document | Skipped]:
        """One document, with the first heading as its title."""
        for text in pieces.whole(file.pieces()):
            heading = re.search(r"^#{1,2}[ \t]+(\S.{0,200})", text, re.MULTILINE)
            yield Document("", plain(text), metadata={"title": _plain_line(heading[1].strip(" #"))} if heading else {})


def plain(markdown: str) -> str:
    """The text that Markdown shows."""
    lines, fence = [], ""
    for line in _FRONT_MATTER.sub("", markdown, count=1).split("\n"):
        mark = _FENCE.match(line)
        if fence:
            if mark and mark[1].startswith(fence) and not mark[2].strip():
                fence = ""
            else:
                lines.append(line)
        elif mark:
            fence = mark[1]
        elif not _WHOLE_LINES.match(line):
            lines.append(_plain_line(line))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n") + "\n"


def _plain_line(line: str) -> str:
    line = _BEGINNINGS.sub(lambda found: found[1] or "", line)
    if line.startswith("|"):
        line = "  ".join(cell.strip() for cell in line.strip().strip("|").split("|"))
    parts = _CODE.split(line)  # text, ticks, code, text, ticks, code, … text
    for place in range(0, len(parts), 3):
        for pattern, replacement in _INLINE:
            parts[place] = pattern.sub(replacement, parts[place])
    return "".join(part for place, part in enumerate(parts) if place % 3 != 1)
