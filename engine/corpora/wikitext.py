"""Wikitext as prose: templates, tables, references, files and marks are left out, links give their words."""

from __future__ import annotations

import html
import re
from collections.abc import Callable

_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_NOT_PROSE = "ref|gallery|math|chem|timeline|score|syntaxhighlight|source|imagemap|templatestyles|graph|mapframe|hiero"
_EMPTY_TAG = re.compile(rf"<(?:{_NOT_PROSE}|references|br|hr|wbr|section|nowiki)\b[^<>]{{0,500}}/>", re.IGNORECASE)
_HELD_TAG = re.compile(rf"<({_NOT_PROSE})\b[^<>]{{0,500}}>", re.IGNORECASE)
_BREAK = re.compile(r"<(?:br|p|/p|/div|/li)\b[^<>]{0,200}>", re.IGNORECASE)
_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,500}>")
_PAIR = {"{{": "}}", "{|": "|}", "[[": "]]", "-{": "}-"}
_TOKEN = re.compile(r"\{\{+|\}\}+|(?<![^\n])[ :]*\{\||(?<![^\n])[ ]*\|\}(?!\}(?!\}))|\[\[|\]\]|-\{(?!\{)|\}-")
_OUTSIDE = re.compile(r"\[(?:(?:https?:|ftp:)?//|mailto:)[^\s\[\]]{1,1000}(?:[ \t]+([^\[\]\n]{1,1000}))?\]")
_QUOTES = re.compile(r"'{2,5}")
_HEADING = re.compile(r"^(={1,6})[ \t]*(.+?)[ \t]*\1[ \t]*$")
_LIST = re.compile(r"^[*#:;]+[ \t]*")
_MAGIC = re.compile(r"__[A-Z]{3,30}__")
_LEFT_OUT = frozenset(
    "file image media category 文件 檔案 档案 图像 圖像 图片 圖片 媒体 媒體 分类 分類 fichier catégorie datei bild "
    "kategorie archivo categoría immagine categoria ficheiro imagem файл категория ファイル 画像 カテゴリ 파일 "
    "분류".split())
_VARIANTS = ("zh-hans", "zh-cn", "zh", "zh-hant", "zh-tw", "zh-hk")
_DEEPEST = 100


def prose(wikitext: str) -> str:
    """The text that a reader of the article would read, a line for every paragraph, heading and entry of a list."""
    text = _COMMENT.sub("", wikitext)
    text = _without_held(_EMPTY_TAG.sub("", text))
    text = _resolved(text)
    text = _OUTSIDE.sub(lambda found: found[1] or "", text)
    text = html.unescape(_MAGIC.sub("", _QUOTES.sub("", _TAG.sub("", _BREAK.sub("\n", text)))))
    return _tidy(text.split("\n"))


def _without_held(text: str) -> str:
    """Without elements whose content is no prose; one that does not end is taken as ended at once."""
    kept, place, low = [], 0, text.lower()
    never_closed: set[str] = set()
    while found := _HELD_TAG.search(text, place):
        name = found[1].lower()
        kept.append(text[place:found.start()])
        end = -1 if name in never_closed else low.find(f"</{name}", found.end())
        if end < 0:
            never_closed.add(name)
            place = found.end()
        else:
            close = text.find(">", end)
            place = len(text) if close < 0 else close + 1
    kept.append(text[place:])
    return "".join(kept)


def _resolved(text: str) -> str:
    """With templates and tables left out and links and variants replaced by their words, in one pass.

    What opens and never closes stays as it is, but for its mark.
    """
    stack: list[tuple[str, list[str]]] = [("", [])]
    place = 0
    for token in _TOKEN.finditer(text):
        stack[-1][1].append(text[place:token.start()])
        place = token.end()
        mark = token[0].strip(" :") if "|" in token[0] else token[0]
        for each in _split(mark):
            if each in _PAIR:
                if len(stack) < _DEEPEST:
                    stack.append((each, []))
            else:
                _close(stack, each)
    stack[-1][1].append(text[place:])
    while len(stack) > 1:
        _, parts = stack.pop()
        stack[-1][1].extend(parts)
    return "".join(stack[0][1])


def _split(mark: str) -> list[str]:
    """Runs of braces as pairs: "{{{{" opens two templates; the odd one of "{{{" goes with a parameter's name."""
    if mark[:2] in ("{{", "}}") and len(mark) > 2:
        return [mark[:2]] * (len(mark) // 2)
    return [mark]


def _close(stack: list[tuple[str, list[str]]], mark: str) -> None:
    """Close the nearest that fits; what was opened inside it and not closed is part of it."""
    for depth in range(len(stack) - 1, 0, -1):
        if _PAIR[stack[depth][0]] == mark:
            inner = "".join("".join(parts) for _, parts in stack[depth:])
            opened = stack[depth][0]
            del stack[depth:]
            stack[-1][1].append(_CLOSED[opened](inner))
            return


def _link(inner: str) -> str:
    """The words of a link; none for files, categories and articles in other languages."""
    target, bar, words = inner.partition("|")
    space, colon, _ = target.partition(":")
    low = space.strip().lower()
    if colon and (low in _LEFT_OUT or (low.replace("-", "").isalpha() and low.isascii() and 2 <= len(low) <= 3)):
        return ""
    if bar and "|" in words:
        words = words.rpartition("|")[2]
    return words if bar and words.strip() else target.lstrip(":").partition("#")[0] or target.lstrip(":#")


def _variant(inner: str) -> str:
    """One of the spellings that Chinese articles give, -{zh-hans:软件;zh-hant:軟體}-, simplified first."""
    body = inner.rpartition("|")[2] if "|" in inner else inner
    if inner.partition("|")[0].strip() in ("A", "T", "H") and inner[:1] in "TH":
        return ""
    spellings = {name.strip().lower(): words.strip() for name, colon, words in
                 (part.partition(":") for part in body.split(";")) if colon}
    return next((spellings[name] for name in _VARIANTS if name in spellings), body if not spellings else "")


_CLOSED: dict[str, Callable[[str], str]] = {
    "{{": lambda inner: "", "{|": lambda inner: "", "[[": _link, "-{": _variant}


def _tidy(lines: list[str]) -> str:
    """Lines without their marks; headings with nothing below them are left out."""
    kept: list[tuple[int, str]] = []  # level of a heading or 7, words
    for line in lines:
        heading = _HEADING.match(line.strip())
        words = " ".join((heading[2] if heading else _LIST.sub("", line)).split())
        level = len(heading[1]) if heading else 7
        if not words or not any(letter.isalnum() for letter in words):
            continue
        while heading and kept and kept[-1][0] >= level and kept[-1][0] < 7:
            kept.pop()
        kept.append((level, words))
    while kept and kept[-1][0] < 7:
        kept.pop()
    return "\n".join(words for _, words in kept)
