"""Web pages."""

from __future__ import annotations

import re
from collections.abc import Iterator

from selectolax.lexbor import LexborHTMLParser

from engine.corpora import pieces, reasons
from engine.corpora.document import Document, Skipped
from engine.corpora.encodings import decode
from engine.corpora.files import TextFile
from engine.corpora.main_text import main_text
from engine.corpora.reader import Reader

_DROPPED_IN_BOOKS = "script,style,nav,noscript,template,svg,iframe,object,button,select,textarea,head,[hidden]"
_DROPPED = f"{_DROPPED_IN_BOOKS},form,footer,aside,[aria-hidden=true]"
_BLOCKS = ("p,div,section,article,main,header,h1,h2,h3,h4,h5,h6,ul,ol,li,dl,dt,dd,table,tr,blockquote,pre,figure,"
           "figcaption,address,hr,td,th,caption,details,summary,title,aside,footer,form")
# Two codes that Unicode keeps for a program's own use stand for line ends and spaces that must stay.
_BREAK, _SPACE = "\ufdd0", "\ufdd1"
_CHARSET = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?\s*([\w-]{2,40})", re.IGNORECASE)
_NESTING = re.compile(
    r"<(/?)(?!(?:p|li|td|tr|th|dt|dd|option|br|img|input|meta|link|hr|area|base|col|embed|source|track|wbr)\b)[a-z]",
    re.IGNORECASE)
_UNSEEN = re.compile(r"<(/?)(?:script|style)\b[^<>]{0,1000}>", re.IGNORECASE)
_DEEPEST = 2000


class HtmlReader(Reader, kind="html", title="Web page"):
    """Read the text of a web page, without scripts, styles, menus, forms and footers.

    Source: element names of the HTML standard; parsed by lexbor through selectolax.
    """

    extensions = (".html", ".htm", ".xhtml")

    def read(self, file: TextFile) -> Iterator[Document | Skipped]:
        """One document, with the page's title; a page that gives nothing is reported."""
        content = file.content()
        page = decode(content, _declared(content) if _is_guessed(file) else file.encoding)
        title, text = article(page) if file.options.main_text else page_text(page)
        if not text:
            yield reasons.HTML_EMPTY.of(file.name)
        for part in pieces.cut(text, pieces.LONGEST):
            yield Document("", part, metadata={"title": title[:200]} if title else {})


def _is_guessed(file: TextFile) -> bool:
    return file.options.encoding is None and file.confidence < 1


def _declared(content: bytes) -> str | None:
    """The encoding that the page names itself, where its bytes did not settle it."""
    found = _CHARSET.search(content[:4096])
    if found is None:
        return None
    name = found[1].decode("ascii").lower()
    name = {"gb2312": "gb18030", "gbk": "gb18030", "big5": "big5", "iso-8859-1": "windows-1252"}.get(name, name)
    try:
        b"a".decode(name)  # nothing can be decoded in a name that is none
    except (LookupError, UnicodeError):
        return None
    return name


def article(page: str) -> tuple[str, str]:
    """The title of a page and its main text, without what stands around it."""
    title, text = page_text(page)
    return title, text if nests_too_deep(page) else main_text(page, text)


def page_text(page: str, book: bool = False) -> tuple[str, str]:
    """The title and the text of a page, one line for every block; the text is empty where there is none.

    In a book, what stands at the side or foot of a page belongs to it, such as its notes.
    """
    if nests_too_deep(page):
        return "", _without_tags(page)
    tree = LexborHTMLParser(page.replace(_BREAK, "").replace(_SPACE, ""))
    heading = tree.css_first("title")
    title = " ".join(heading.text().split()) if heading else ""
    for node in tree.css(_DROPPED_IN_BOOKS if book else _DROPPED):
        node.decompose()
    if tree.body is None:
        return title, ""
    for node in tree.css("pre"):
        node.replace_with(_BREAK + node.text().replace("\n", _BREAK).replace(" ", _SPACE) + _BREAK)
    for node in tree.css("br"):
        node.replace_with(_BREAK)
    for node in tree.css(_BLOCKS):
        node.insert_before(_BREAK)
        node.insert_after(_BREAK)
    return title, _tidy(tree.body.text())


def _tidy(text: str) -> str:
    lines = (" ".join(line.split()).replace(_SPACE, " ").rstrip() for line in text.split(_BREAK))
    return "\n".join(line for line in lines if line)


def nests_too_deep(page: str) -> bool:
    """Whether tags nest deeper than a parser should be given; tags that need no closing are left out."""
    depth = deepest = 0
    for tag in _NESTING.finditer(page):
        depth = max(0, depth + (-1 if tag[1] else 1))
        deepest = max(deepest, depth)
    return deepest > _DEEPEST


def _without_tags(page: str) -> str:
    """The text of a page too deeply nested for a parser: everything that is not a tag."""
    seen, begin = [], 0
    for tag in _UNSEEN.finditer(page):
        if not tag[1]:
            seen.append(page[begin:tag.start()])
        begin = tag.end()
    seen.append(page[begin:])
    return _tidy(re.sub(r"<[^<>]*>", _BREAK, _BREAK.join(seen)))
