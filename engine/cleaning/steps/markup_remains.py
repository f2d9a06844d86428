"""Remove what is left of markup."""

from __future__ import annotations

import html
import re

from engine.cleaning.step import CleaningStep, Example, Result
from engine.corpora.document import Document, Dropped
from engine.settings import setting

_SCRIPT = re.compile(r"<(script|style)\b[^>]{0,2000}>.{0,200000}?</\1\s{0,20}>", re.I | re.S)
_COMMENT = re.compile(r"<!--.{0,20000}?-->", re.S)
_BREAK = re.compile(r"<(?:br|/p|/div|/tr|/h[1-6]|/li)\b[^<>]{0,200}>", re.I)
_TAG = re.compile(
    r"</?(?:a|abbr|article|aside|b|big|blockquote|body|br|button|caption|center|cite|code|col|colgroup|dd|del|div|dl|dt|em|"
    r"figure|figcaption|font|footer|form|h[1-6]|head|header|hr|html|i|iframe|img|input|ins|label|li|link|main|meta|nav|ol|"
    r"option|p|pre|q|s|script|section|select|small|source|span|strike|strong|style|sub|sup|svg|table|tbody|td|textarea|"
    r"tfoot|th|thead|title|tr|u|ul|var|video)"
    r"(?:\s+[\w:.\-]{1,60}\s{0,9}=\s{0,9}(?:\"[^\"<>]{0,2000}\"|'[^'<>]{0,2000}'|[^\s\"'<>]{1,2000})"
    r"|\s+(?:checked|disabled|selected|hidden|required|async|defer|controls|autoplay|itemscope)\b){0,40}\s{0,9}/?>"
    r"|<!doctype\s[^<>]{0,200}>", re.I)
_ENTITY = re.compile(r"&(?:[A-Za-z]{2,8}|#\d{2,7}|#x[0-9A-Fa-f]{2,6});")
_PICTURE = re.compile(r"\[img[^\]]{0,200}\].{0,500}?\[/img\]", re.I)
_BBCODE = re.compile(r"\[/?(?:b|i|u|s|url|quote|code|size|color|font|center|list|align|email|float|table|tr|td|hide|\*)"
                     r"(?:=[^\]\n]{0,300})?\]", re.I)
_LINK = re.compile(r"!?\[([^\[\]\n]{0,300})\]\((?=[^()\s]{0,1000}[/.#:])"
                   r"(?:[^()\s]|\([^()\s]{0,100}\)){1,1000}(?:\s\"[^\"\n]{0,200}\")?\)")
_BRACES = "Too many curly brackets."
_NOTHING_LEFT = "Nothing but markup."


class MarkupRemains(CleaningStep, kind="markup-remains", title="Strip markup"):
    """Take tags, HTML codes, forum codes and link targets out of text that was copied from pages.

    Only tags that HTML knows are taken, so that a < b and <EMAIL> stay. Documents with many curly brackets are
    program code or templates, and are dropped.
    Source: own rules; the share of curly brackets after the curly bracket rule of C4 (Raffel et al. 2020,
    arXiv:1910.10683), with a limit that keeps formulas.
    """

    tags: bool = setting(True, "HTML tags", "Such as <b> and <br>; scripts and comments go with all that they hold.")
    entities: bool = setting(True, "HTML codes", "Turn codes such as &amp; into the characters they stand for.")
    forum_codes: bool = setting(True, "Forum codes", "Such as [b] and [url=…].")
    links: bool = setting(True, "Link targets", "Write [text](address) as text.")
    braces: float = setting(0.025, "Most curly brackets", "Share of the characters that are curly brackets.", low=0.001,
                            high=1.0, level="advanced")

    reasons = (_BRACES, _NOTHING_LEFT)
    examples = (
        Example("<p>The <b>old</b> kettle&nbsp;shook.</p><script>x()</script>", "The old kettle\u00a0shook."),
        Example("见[茶馆](https://example.org/tea)，[b]好茶[/b]<br>第二行", "见茶馆，好茶\n第二行"),
        Example("a < b and c > d, x[1], [note] and <EMAIL>", "a < b and c > d, x[1], [note] and <EMAIL>"),
        Example("function f() { if (a) { b(); } }" * 3, dropped=_BRACES),
        Example("<br><hr/>", dropped=_NOTHING_LEFT),
    )

    def apply(self, document: Document) -> Result:
        """Clean one document."""
        text = document.text
        if self.tags and "<" in text and ">" in text:
            text = _without_tags(text)
        if "{" in text or "}" in text:
            share = (text.count("{") + text.count("}")) / len(text)
            if share > self.braces:
                return Dropped(_BRACES, round(share, 4))
        if "[" in text:
            text = self._without_brackets(text)
        if self.entities and "&" in text:
            text = _ENTITY.sub(lambda found: html.unescape(found[0]), text)
        if text == document.text:
            return document
        return document.with_text(text.strip()) if text.strip() else Dropped(_NOTHING_LEFT)

    def _without_brackets(self, text: str) -> str:
        if self.links and "](" in text:
            text = _LINK.sub(r"\1", text)
        if self.forum_codes and "]" in text:
            text = _BBCODE.sub("", _PICTURE.sub("", text) if "[/" in text else text)
        return text


def _without_tags(text: str) -> str:
    if "</" in text:
        text = _SCRIPT.sub("", text)
    if "<!--" in text:
        text = _COMMENT.sub("", text)
    return _TAG.sub("", _BREAK.sub("\n", text))
