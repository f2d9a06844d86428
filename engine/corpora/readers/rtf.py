"""Rich Text Format."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from engine.corpora import pieces, reasons
from engine.corpora.document import Document, Skipped
from engine.corpora.files import InputFile, blocks_of
from engine.corpora.parts import Part, documents_of, known
from engine.corpora.reader import Reader

_TOKEN = re.compile(rb"\\([a-z]{1,32})(-?\d{1,10})?[ ]?|\\'([0-9a-f]{2})|\\([^a-z'])|([{}])|[\r\n]+|([^\\{}\r\n]+)",
                    re.IGNORECASE)
_LONGEST_TOKEN = 200
_DEEPEST = 2000
_UNSEEN = frozenset(b"""fonttbl colortbl stylesheet info pict object objdata header headerl headerr headerf footer
    footerl footerr footerf ftnsep ftnsepc themedata colorschememapping datastore latentstyles listtable
    listoverridetable rsidtbl generator xmlnstbl mmathPr fldinst filetbl revtbl pgptbl bkmkstart bkmkend template
    annotation atnid atnauthor atnref atndate atntime xe tc txe shpinst do nonshppict listtext pntext pnseclvl
    pgdsctbl userprops operator creatim revtim printim buptim comment doccomm""".split())
_SEEN_AFTER_STAR = frozenset(b"shppict shptxt".split())
_CHARACTERS = {b"par": "\n", b"line": "\n", b"sect": "\n\n", b"page": "\n\n", b"tab": "\t", b"cell": "\t", b"row": "\n",
               b"nestcell": "\t", b"nestrow": "\n", b"emdash": "—", b"endash": "–", b"bullet": "•", b"lquote": "‘",
               b"rquote": "’", b"ldblquote": "“", b"rdblquote": "”", b"emspace": "\u2003", b"enspace": "\u2002",
               b"zwj": "\u200d", b"zwnj": "\u200c", b"footnote": " "}
_SYMBOLS = {b"~": "\xa0", b"_": "-", b"-": "", b"\n": "\n", b"\r": "\n", b"\\": "\\", b"{": "{", b"}": "}"}
# Character sets of fonts, as in the table of \fcharset in the specification.
_CHARSETS = {0: "cp1252", 77: "mac_roman", 128: "cp932", 129: "cp949", 130: "johab", 134: "gb18030", 136: "big5hkscs",
             161: "cp1253", 162: "cp1254", 163: "cp1258", 177: "cp1255", 178: "cp1256", 186: "cp1257", 204: "cp1251",
             222: "cp874", 238: "cp1250", 255: "cp437"}
_CODE_PAGES = {936: "gb18030", 950: "big5hkscs", 65001: "utf-8", 10000: "mac_roman"}


class RtfReader(Reader, kind="rtf", title="Rich text"):
    """Read the text of an RTF file in the encodings of its fonts; pictures, headers and comments are left out.

    Source: Rich Text Format specification 1.9.1 (Microsoft).
    """

    extensions = (".rtf",)
    magic = (b"{\\rtf",)
    is_text = False

    def read(self, file: InputFile) -> Iterator[Document | Skipped]:
        """One document with a line a paragraph, with title and author."""
        if not file.head().startswith(self.magic):
            raise reasons.Unreadable(reasons.DAMAGED)
        parser = RtfParser()
        flow = (Part(text) for text in pieces.whole(_text(file, parser)))
        yield from documents_of(flow, file.options.documents, known(**info_of(file.head())))


def _text(file: InputFile, parser: RtfParser) -> Iterator[str]:
    for block in blocks_of(file.open()):
        yield parser.feed(block)
    yield parser.close()


def info_of(head: bytes) -> dict[str, str]:
    """Title and author, where they stand in the first bytes."""
    found = {}
    for name in ("title", "author"):
        group = re.search(rb"\{\\" + name.encode() + rb" ([^{}]{1,500})\}", head)
        if group:
            parser = RtfParser()
            page = re.search(rb"\\ansicpg\d+", head)
            found[name] = (parser.feed((page[0] if page else b"") + b" " + group[1]) + parser.close()).strip()
    return found


@dataclass
class _State:
    """What holds inside one group."""

    unseen: bool = False
    font: int = 0
    skip: int = 1
    hidden: bool = False


class RtfParser:
    """Takes bytes as they come and gives the text that is complete."""

    def __init__(self) -> None:
        self._rest = b""
        self._states = [_State()]
        self._out: list[str] = []
        self._bytes = bytearray()
        self._page = "cp1252"
        self._fonts: dict[int, str] = {}
        self._font_told = 0
        self._starred = self._at_start = False
        self._to_skip = self._raw = 0
        self._high = 0

    def feed(self, block: bytes) -> str:
        """Take more bytes; raises Unreadable where groups nest too deeply."""
        content = self._rest + block
        end = self._whole_until(content)
        self._read(content[:end])
        self._rest = content[end:]
        return self._taken()

    def close(self) -> str:
        """The last text."""
        self._read(self._rest)
        self._rest = b""
        self._flush()
        return self._taken()

    def _whole_until(self, content: bytes) -> int:
        """Where the last mark begins that may be cut by the end of the bytes."""
        last = content.rfind(b"\\", max(0, len(content) - _LONGEST_TOKEN))
        if last < 0:
            return len(content)
        run = last + 1 - len(content[:last + 1].rstrip(b"\\"))
        return last if run % 2 else len(content)  # two of them are a character of the text

    def _taken(self) -> str:
        text = "".join(self._out)
        self._out.clear()
        return text

    def _read(self, content: bytes) -> None:
        place = 0
        while place < len(content):
            if self._raw:
                taken = min(self._raw, len(content) - place)
                self._raw -= taken
                place += taken
                continue
            token = _TOKEN.match(content, place)
            if token is None:
                place += 1
                continue
            place = token.end()
            self._take(token)

    def _take(self, token: re.Match[bytes]) -> None:
        word, number, code, symbol, brace, plain = token.groups()
        if brace:
            self._flush()
            self._brace(brace)
        elif word:
            self._flush()
            self._word(word, int(number) if number else None)
        elif code:
            self._byte(bytes((int(code, 16),)))
        elif symbol == b"*":
            self._starred = True
        elif symbol:
            self._flush()
            self._say(_SYMBOLS.get(symbol, ""))
        elif plain:
            self._byte(plain)

    def _brace(self, brace: bytes) -> None:
        self._to_skip = 0
        if brace == b"{":
            if len(self._states) > _DEEPEST:
                raise reasons.Unreadable(reasons.DAMAGED)
            self._states.append(replace(self._states[-1]))
            self._at_start = True
        elif len(self._states) > 1:
            self._states.pop()

    def _word(self, word: bytes, number: int | None) -> None:
        state = self._states[-1]
        starred, self._starred = self._starred, False
        if word in _UNSEEN or (starred and word not in _SEEN_AFTER_STAR):
            state.unseen = True
            if word == b"fonttbl":
                self._font_told = 0
        elif word == b"bin":
            self._raw = max(0, number or 0)
        elif word == b"u" and number is not None:
            self._unicode(number & 0xFFFF)
        elif word == b"uc":
            state.skip = max(0, min(number or 0, 100))
        elif word == b"v":
            state.hidden = number != 0
        elif word == b"plain":
            state.hidden, state.font = False, -1
        elif word == b"ansicpg" and number:
            self._page = _known_codec(_CODE_PAGES.get(number, f"cp{number}"))
        elif word == b"mac":
            self._page = "mac_roman"
        elif word == b"f":
            state.font = self._font_told = number or 0
        elif word == b"fcharset" and number in _CHARSETS:
            if number:
                self._fonts[self._font_told] = _CHARSETS[number]
        elif text := _CHARACTERS.get(word):
            self._say(text)

    def _unicode(self, unit: int) -> None:
        if 0xD800 <= unit < 0xDC00:
            self._high = unit
        elif 0xDC00 <= unit < 0xE000 and self._high:
            self._say(chr(0x10000 + ((self._high - 0xD800) << 10) + unit - 0xDC00))
        else:
            self._say(chr(unit))
        self._to_skip = self._states[-1].skip

    def _byte(self, content: bytes) -> None:
        """Bytes in the font's encoding, less those that stand in for a Unicode character before them."""
        skipped = min(self._to_skip, len(content))
        self._to_skip -= skipped
        if not self._states[-1].unseen and not self._states[-1].hidden:
            self._bytes += content[skipped:]

    def _flush(self) -> None:
        if self._bytes:
            codec = self._fonts.get(self._states[-1].font, self._page)
            self._out.append(self._bytes.decode(codec, "replace"))
            self._bytes.clear()

    def _say(self, text: str) -> None:
        state = self._states[-1]
        if self._to_skip and text:
            self._to_skip -= 1
        elif not state.unseen and not state.hidden:
            self._out.append(text)


def _known_codec(name: str) -> str:
    try:
        return codecs.lookup(name).name
    except LookupError:
        return "cp1252"
