"""Web archives."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from engine.corpora import pieces, reasons
from engine.corpora.document import Document, Skipped
from engine.corpora.encodings import decode, detect, is_binary, is_encoding
from engine.corpora.files import BLOCK_BYTES, WHOLE_BYTES, InputFile, read_up_to
from engine.corpora.reader import Reader
from engine.corpora.readers.html import article, page_text

_LONGEST_LINE = 1 << 16
_MOST_LINES = 1000
_PAGES = ("text/html", "application/xhtml+xml")


class WarcReader(Reader, kind="warc", title="Web archive"):
    """Read the text of every page in an archive of web pages, as Common Crawl and the Internet Archive keep them.

    Pages that were answered with an error and records that are no text are left out. Extracted texts (WET) are read
    as they are.
    Source: the WARC format 1.1 (ISO 28500:2017) and HTTP/1.1 (RFC 9112).
    """

    extensions = (".warc", ".wet")
    magic = (b"WARC/1.", b"WARC/0.")
    is_text = False

    def read(self, file: InputFile) -> Iterator[Document | Skipped]:
        """One document a page, with its address, title and date; how many records were left out is said."""
        left_out = too_large = 0
        for record in _records(file.open()):
            if record.body is None:
                too_large += 1
                continue
            page = _page_of(record, file.options.main_text is not False)
            if page is None or not page[1].strip():
                left_out += 1
                continue
            title, text = page
            kept = {"url": record.headers.get("warc-target-uri", "").strip("<>"), "title": title[:200],
                    "date": record.headers.get("warc-date", "")}
            for part in pieces.cut(text, pieces.LONGEST):
                yield Document("", part, metadata={name: words for name, words in kept.items() if words})
        if left_out:
            yield reasons.NOT_A_PAGE.of(f"{file.name} ({left_out})")
        if too_large:
            yield reasons.TOO_LARGE.of(f"{file.name} ({too_large})")


class _Record(NamedTuple):
    """One record; no body where it is larger than WHOLE_BYTES."""

    headers: dict[str, str]
    body: bytes | None


class _Lines:
    """A stream of which lines and lengths are read in turn."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._waiting = b""

    def line(self) -> bytes:
        """The next line with its end, nothing at the end of the stream; raises Unreadable if it is endless."""
        while (end := self._waiting.find(b"\n")) < 0:
            block = self._stream.read(_LONGEST_LINE)
            if not block or len(self._waiting) > _LONGEST_LINE:
                if block:
                    raise reasons.Unreadable(reasons.DAMAGED)
                end = len(self._waiting) - 1
                break
            self._waiting += block
        line, self._waiting = self._waiting[:end + 1], self._waiting[end + 1:]
        return line

    def take(self, count: int, keep: bool) -> bytes:
        """The next `count` bytes, or none of them if they are not kept; raises Unreadable where there are fewer."""
        kept, self._waiting = self._waiting[:count], self._waiting[count:]
        missing = count - len(kept)
        while missing > 0:
            block = read_up_to(self._stream, min(missing, BLOCK_BYTES if not keep else WHOLE_BYTES))
            if not block:
                raise reasons.Unreadable(reasons.TRUNCATED)
            missing -= len(block)
            kept = kept + block if keep else b""
        return kept


def _records(stream: BinaryIO) -> Iterator[_Record]:
    lines = _Lines(stream)
    while line := lines.line():
        if not line.strip():
            continue
        if not line.startswith(b"WARC/"):
            raise reasons.Unreadable(reasons.DAMAGED)
        headers = _headers(lines)
        length = headers.get("content-length", "")
        if not length.isdecimal():
            raise reasons.Unreadable(reasons.DAMAGED)
        is_small = int(length) <= WHOLE_BYTES
        body = lines.take(int(length), is_small)
        yield _Record(headers, body if is_small else None)


def _headers(lines: _Lines) -> dict[str, str]:
    """Headers by their names in small letters, up to the empty line."""
    found: dict[str, str] = {}
    for _ in range(_MOST_LINES):
        line = lines.line().strip()
        if not line:
            return found
        name, _, value = line.decode("utf-8", "replace").partition(":")
        found[name.strip().lower()] = value.strip()
    raise reasons.Unreadable(reasons.DAMAGED)


def _page_of(record: _Record, main: bool) -> tuple[str, str] | None:
    """Title and text of a record, None if it is no page."""
    kind, body = record.headers.get("warc-type", ""), record.body or b""
    if kind == "conversion" and record.headers.get("content-type", "").startswith("text/plain"):
        return "", decode(body, "utf-8")
    if kind == "resource":
        return _text_of(record.headers.get("content-type", ""), body, main)
    if kind != "response" or not body.startswith(b"HTTP/"):
        return None
    head, _, content = body.partition(b"\r\n\r\n")
    status, _, rest = head.partition(b"\r\n")
    if status.split()[1:2] != [b"200"]:
        return None
    pairs = (line.partition(":") for line in rest.decode("latin-1").split("\r\n"))
    headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
    plain = _unpacked(_joined(content, headers), headers.get("content-encoding", "").lower())
    return None if plain is None else _text_of(headers.get("content-type", ""), plain, main)


def _text_of(kind: str, content: bytes, main: bool) -> tuple[str, str] | None:
    kind, _, rest = kind.lower().partition(";")
    if kind.strip() not in (*_PAGES, "text/plain"):
        return None
    page = decode(content, _charset(rest, content))
    if kind.strip() not in _PAGES:
        return "", page
    return article(page) if main else page_text(page)


def _charset(parameters: str, content: bytes) -> str:
    """The encoding that the server named, if the content is text in it; else the one that is found."""
    named = parameters.partition("charset=")[2].split(";")[0].strip(" \"'")
    named = {"gb2312": "gb18030", "gbk": "gb18030", "iso-8859-1": "windows-1252", "utf8": "utf-8"}.get(named, named)
    if named and not named.startswith(("utf-16", "utf-32")) and is_encoding(named) and not is_binary(content, named):
        return named
    return detect(content).encoding


def _joined(content: bytes, headers: dict[str, str]) -> bytes:
    """Chunks as one; archives may have joined them already and kept the header."""
    if headers.get("transfer-encoding", "").lower() != "chunked":
        return content
    parts: list[bytes] = []
    place = 0
    while (end := content.find(b"\r\n", place)) >= 0:
        try:
            length = int(content[place:end].split(b";")[0], 16)
        except ValueError:
            return content if not parts else b"".join(parts)
        if length <= 0:
            break
        parts.append(content[end + 2:end + 2 + length])
        place = end + 2 + length + 2
    return b"".join(parts)


def _unpacked(content: bytes, encoding: str) -> bytes | None:
    """The content as it was before it was sent; None for a packing that is not known or gives too much."""
    if encoding in ("", "identity") or not content:
        return content
    if encoding not in ("gzip", "x-gzip", "deflate"):
        return None
    for wbits in (47, -15):  # gzip or zlib, told by its head; deflate as some servers send it, without one
        unpacker = zlib.decompressobj(wbits)
        try:
            plain = unpacker.decompress(content, WHOLE_BYTES)
        except zlib.error:
            continue
        return None if unpacker.unconsumed_tail else plain
    return content
