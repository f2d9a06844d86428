"""Which encoding a page is really in, whatever it says of itself."""

from __future__ import annotations

import re

from engine.corpora.encodings import byte_order_mark, decode, detect

_META = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?\s*([\w-]{2,40})", re.IGNORECASE)
_XML = re.compile(rb"^\s*<\?xml[^>]{0,200}encoding\s*=\s*[\"']([\w-]{2,40})", re.IGNORECASE)
_SAME = {"gb2312": "gb18030", "gbk": "gb18030", "gb_2312-80": "gb18030", "x-gbk": "gb18030", "big5-hkscs": "big5",
         "iso-8859-1": "windows-1252", "latin1": "windows-1252", "latin-1": "windows-1252", "ascii": "windows-1252",
         "us-ascii": "windows-1252", "utf8": "utf-8"}
_CARELESS = ("utf-8", "windows-1252")
"""What servers say for everything; anything else was chosen by someone."""
_TEXT = frozenset(("utf-8", "utf-16", "utf-16-le", "utf-16-be", "gb18030", "big5", "windows-1252", "shift_jis",
                   "euc-jp", "iso-2022-jp", "euc-kr", "cp949", "koi8-r", "koi8-u", "tis-620"))


def page_encoding(content: bytes, said: str = "") -> str:
    """The encoding of a page: a mark or proof in its bytes first, then the header, the page's own word, a guess."""
    if marked := byte_order_mark(content):
        return marked[0]
    named = [name for name in (_known(said), *(_known(found[1].decode("ascii")) for found in
                                               (_META.search(content[:4096]), _XML.search(content[:400])) if found))
             if name]
    seven_bit = next((name for name in named if name.startswith("iso-2022")), "")
    if seven_bit and b"\x1b" in content:
        return seven_bit
    guess = detect(content)
    if guess.confidence >= 0.9:
        return guess.encoding
    for name in sorted(named, key=lambda name: name in _CARELESS):
        text = content[:1 << 16].decode(name, "replace")
        if text.count("\ufffd") <= 0.01 * len(text):
            return name
    return guess.encoding


def page_words(content: bytes, said: str = "") -> tuple[str, str]:
    """The text of a page's bytes, tags and all, and the encoding it was in."""
    encoding = page_encoding(content, said)
    return decode(content, encoding), encoding


def charset_of(content_type: str) -> str:
    """The charset that a Content-Type header names; empty without one."""
    found = re.search(r"charset\s*=\s*[\"']?([\w-]{2,40})", content_type, re.IGNORECASE)
    return found[1].lower() if found else ""


def _known(name: str) -> str:
    """An encoding that pages are written in, by Python's name; empty for all others, such as utf-7."""
    plain = _SAME.get(name.lower(), name.lower())
    return plain if plain in _TEXT or re.fullmatch(r"(windows-125\d|iso-8859-\d{1,2})", plain) else ""
