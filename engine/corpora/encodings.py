"""Which encoding a text is in, and how sure that is."""

from __future__ import annotations

import codecs
import io
import re
from typing import Literal, NamedTuple

EncodingName = Literal["utf-8", "utf-16-le", "utf-16-be", "gb18030", "big5", "windows-1252"]

ENCODINGS: dict[str, str] = {
    "utf-8": "UTF-8", "utf-16-le": "UTF-16 (little-endian)", "utf-16-be": "UTF-16 (big-endian)",
    "gb18030": "GB18030 (GBK, GB2312)", "big5": "Big5", "windows-1252": "Windows-1252 (Western)",
}
"""The encodings a user may choose, with their titles."""

_CODECS = {"big5": "big5hkscs", "windows-1252": "cp1252"}
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF32_LE, "utf-32-le"), (codecs.BOM_UTF32_BE, "utf-32-be"),
         (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))

SAMPLE_BYTES = 1 << 16
"""How much of a text is looked at to tell the older encodings apart."""

# The commonest characters of written Chinese, simplified and traditional, and its punctuation. A wrong guess
# among GB18030, Big5 and UTF-16 turns text into rare characters, a right one into these.
_COMMON = frozenset(
    "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里用道行所然家种事成"
    "方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心她本前开但因只从想实日军者意无力它与长把机十民第公此已工"
    "使情明性知全三又关点正业外将两高间由问很最重并物手应战向头文体政美相见被利什二等产或新己制身果加西斯月话合回特代内信表"
    "化老给世位次度门任常先海通教儿原东声提立及比员解水名真论处走义各入几口认条平系气题活尔更别打女变四神总何电数安少报才结"
    "反受目太量再感建务做接必场件计管期市直德资命山金指克许统区保至队形社便空决治展马科司五基眼书非则听白却界达光放强即像难"
    "這個們來為國說時會對過發後裡種經麼學現當沒動還進樣開從實軍無與長機業將兩間問並應戰頭體見產話給門東聲員論處義幾條氣題爾"
    "別變總電數報結務場計資統區隊決馬書則聽達強難花春风風云雲夜秋香江酒归歸红紅曰君夫其故矣乎哉吾"
    "，。！？；：、“”‘’（）《》「」『』—…　·")

_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]")
_ODD = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f\ufffd-\uffff\ue000-\uf8ff\ufdd0-\ufdef]")
_FOREIGN_BYTE = re.compile(rb"[\x80-\xff]")
_NON_ASCII = re.compile(r"[^\x00-\x7f]")
_WESTERN = re.compile(r"[À-ÖØ-öø-ÿŒœŠšŽžŸ‘’“”–—…«»¿¡°§ß€£©®]")


class Guess(NamedTuple):
    """An encoding by its name, and how sure it is from 0 to 1."""

    encoding: str
    confidence: float


def codec_of(encoding: str) -> str:
    """Python's name for an encoding."""
    return _CODECS.get(encoding, encoding)


def is_encoding(name: str) -> bool:
    """Whether text can be read in an encoding of this name, which may be anything that a file says."""
    try:
        codec = codec_of(name)
        return b"a".decode(codec, "replace") != "" and decoder_for(name) is not None
    except (LookupError, ValueError):
        return False


def byte_order_mark(content: bytes) -> tuple[str, int] | None:
    """The encoding that a mark at the very beginning names, and the mark's length in bytes."""
    for mark, encoding in _BOMS:
        if content.startswith(mark):
            return encoding, len(mark)
    return None


def detect(content: bytes) -> Guess:
    """Guess the encoding of a text.

    Asked in this order: byte order mark; UTF-16 by where its zero bytes lie; strict UTF-8; GB18030, Big5 and
    UTF-16 by the share of common Chinese characters that each would give; else Windows-1252.
    """
    if marked := byte_order_mark(content):
        return Guess(marked[0], 1.0)
    if guess := _utf16_by_zeros(content):
        return guess
    if is_utf8(content):
        return Guess("utf-8", 1.0)
    foreign = _from_first_foreign(content)
    if guess := _damaged_utf8(foreign):
        return guess
    return _legacy(foreign, content)


def is_utf8(content: bytes) -> bool:
    """Whether bytes are UTF-8, a character cut at the end allowed."""
    try:
        codecs.getincrementaldecoder("utf-8")("strict").decode(content)
    except UnicodeDecodeError:
        return False
    return True


def _utf16_by_zeros(content: bytes) -> Guess | None:
    """Western letters, spaces and line ends have one zero byte each in UTF-16, always on the same side."""
    sample = content[:SAMPLE_BYTES & ~1]
    units = len(sample) // 2
    zeros = {"utf-16-be": sample[0:2 * units:2].count(0), "utf-16-le": sample[1:2 * units:2].count(0)}
    encoding = max(zeros, key=lambda name: zeros[name])
    most, least = zeros[encoding], min(zeros.values())
    if not most or most < 10 * least or most < 0.002 * units:
        return None
    shares = {name: _common_share(sample, name) for name in zeros}
    if max(shares.values()) >= 0.2:  # Chinese, where 一 (4E 00) has a zero byte on the other side
        encoding = max(shares, key=lambda name: shares[name])
    text = sample[:2 * units].decode(encoding, "replace")
    return Guess(encoding, 0.95) if len(_ODD.findall(text)) <= 0.02 * len(text) else None


def _from_first_foreign(content: bytes) -> bytes:
    """The text from the line on that has the first byte beyond ASCII: a long beginning in English tells nothing."""
    found = _FOREIGN_BYTE.search(content)
    return content[content.rfind(b"\n", 0, found.start()) + 1:] if found else content


def _damaged_utf8(content: bytes) -> Guess | None:
    """UTF-8 with a few wrong bytes: far more whole characters than broken ones."""
    text = content[:SAMPLE_BYTES * 4].decode("utf-8", "replace")
    broken = text.count("\ufffd")
    whole = len(_NON_ASCII.findall(text)) - broken
    return Guess("utf-8", 0.9) if whole >= 10 * broken else None


def _legacy(foreign: bytes, content: bytes) -> Guess:
    sample = foreign[:SAMPLE_BYTES]
    scores = {name: _common_share(sample, name) for name in ("gb18030", "big5")}
    scores |= {name: _common_share(content[:SAMPLE_BYTES], name) for name in ("utf-16-le", "utf-16-be")}
    best = max(scores, key=lambda name: scores[name])
    if scores[best] >= 0.15:
        return Guess(best, min(0.99, 0.5 + scores[best]))
    text = sample.decode("cp1252", "replace")
    letters = _NON_ASCII.findall(text)
    western = sum(1 for letter in letters if _WESTERN.match(letter)) / max(1, len(letters))
    return Guess("windows-1252", round(0.3 + 0.6 * western, 2))


def _common_share(sample: bytes, encoding: str) -> float:
    """Share of the characters beyond ASCII that are common, less five times the share of impossible ones."""
    if encoding.startswith("utf-16"):
        sample = sample[:len(sample) & ~1]
    text = sample.decode(codec_of(encoding), "replace")
    foreign = _NON_ASCII.findall(text)
    if not foreign:
        return 0.0
    common = sum(1 for character in foreign if character in _COMMON)
    odd = max(0, len(_ODD.findall(text)) - 1)  # the sample's end may cut one character
    return (common - 5 * odd) / len(foreign)


def is_binary(content: bytes, encoding: str) -> bool:
    """Whether bytes make no text in this encoding: zero bytes, control characters or over 5 % undecodable."""
    sample = content[:SAMPLE_BYTES * 4]
    if encoding.startswith("utf-16"):
        sample = sample[:len(sample) & ~1]
    text = sample.decode(codec_of(encoding), "replace")
    if not text:
        return False
    wrong = text.count("\ufffd") - (1 if text.endswith("\ufffd") else 0)
    controls = len(_CONTROL.findall(text))
    return text.count("\0") > 0.005 * len(text) or wrong > 0.05 * len(text) or controls > 0.05 * len(text)


def decoder_for(encoding: str) -> io.IncrementalNewlineDecoder:
    """A decoder for pieces of a file: wrong bytes become U+FFFD, all line ends become newlines."""
    inner = codecs.getincrementaldecoder(codec_of(encoding))("replace")
    return io.IncrementalNewlineDecoder(inner, translate=True)


def decode(content: bytes, encoding: str | None = None) -> str:
    """Bytes as text, in the encoding given or guessed; without mark, line ends as newlines."""
    chosen = encoding or detect(content).encoding
    text = decoder_for(chosen).decode(content, final=True)
    return text.removeprefix("\ufeff")


def well_formed(text: str) -> str:
    """The text with lone surrogates, which no file can hold, replaced by U+FFFD."""
    if text.isascii() or not _SURROGATE.search(text):
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


_SURROGATE = re.compile("[\ud800-\udfff]")
