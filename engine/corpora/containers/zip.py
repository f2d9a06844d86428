"""Zip archives."""

from __future__ import annotations

import io
import lzma
import stat
import struct
import zipfile
from collections.abc import Callable, Iterable, Iterator
from typing import BinaryIO, NamedTuple

from engine.corpora import reasons
from engine.corpora.budget import MOST_MEMBERS, Budget
from engine.corpora.container import Container
from engine.corpora.decompression import MOST_MEMORY, Codec, Stored, Zlib, Zstd, bz2_codec, decompressed
from engine.corpora.document import Skipped
from engine.corpora.files import BUFFER_BYTES, InputFile
from engine.corpora.member import Member, is_left_by_a_system, label_of
from engine.corpora.reasons import Unreadable

_DIRECTORY_BYTES = 32 << 20
_CODECS: dict[int, Callable[[], Codec]] = {0: Stored, 8: lambda: Zlib(-15), 12: bz2_codec, 93: Zstd}
_LZMA = 14
_MEMBER_MARKS = (b"PK\x03\x04", b"PK\x01\x02")
_DOCUMENTS = frozenset((b"[Content_Types].xml", b"mimetype", b"META-INF/container.xml"))
"""What office documents and books hold; they are zips, but no archives of files."""


class _Entry(NamedTuple):
    """A member as its archive describes it; sizes and the CRC-32 may be lies, or None where they are not known."""

    name: bytes
    place: int
    packed: int
    method: int
    flags: int
    size: int | None = None
    crc: int | None = None
    mode: int = 0


class ZipContainer(Container, kind="zip", title="Zip archive"):
    """Read the files in a zip archive where they lie.

    An archive whose list of files is lost, because its end is missing, is read from the front.
    Source: APPNOTE.TXT 6.3.10 of PKWARE; the list of files is read by Python's zipfile.
    """

    extensions = (".zip",)
    magic = (b"PK\x03\x04", b"PK\x05\x06")

    def members(self, file: InputFile, budget: Budget) -> Iterator[InputFile | Skipped]:
        """The files inside, in the order of the archive's list."""
        stream = file.seekable()
        entries = _listed(stream)
        if entries is None:
            yield from _members(file, stream, _salvaged(stream), budget)
            raise Unreadable(reasons.TRUNCATED)
        _check(entries)
        yield from _members(file, stream, entries, budget)


def _check(entries: list[_Entry]) -> None:
    """Raise Unreadable for office documents, and for members that share their bytes, as no writer makes them."""
    reached = 0
    if any(entry.name in _DOCUMENTS for entry in entries):
        raise Unreadable(reasons.OTHER_FORMAT)
    for entry in sorted(entries, key=lambda entry: entry.place):
        if entry.place < reached:
            raise Unreadable(reasons.BOMB)
        reached = entry.place + entry.packed


def _members(file: InputFile, stream: BinaryIO, entries: Iterable[_Entry],
             budget: Budget) -> Iterator[InputFile | Skipped]:
    for entry in entries:
        if entry.name in _DOCUMENTS:
            raise Unreadable(reasons.OTHER_FORMAT)
        budget.count_member()
        name = label_of(entry.name)
        label = f"{file.name}/{name}"
        if entry.name.endswith((b"/", b"\\")):
            continue
        if is_left_by_a_system(name):
            yield reasons.JUNK_INSIDE.of(label)
        elif entry.mode and not stat.S_ISREG(entry.mode):
            yield reasons.LINK_INSIDE.of(label)
        elif entry.flags & 0x2041:
            yield reasons.ENCRYPTED.of(label)
        elif entry.method not in _CODECS and entry.method != _LZMA:
            yield reasons.UNKNOWN_PACKING.of(label)
        else:
            yield Member(label, file.options, _opener(stream, entry, budget), entry.size)


def _opener(stream: BinaryIO, entry: _Entry, budget: Budget) -> Callable[[], BinaryIO]:
    def open_member() -> BinaryIO:
        stream.seek(entry.place)
        header = stream.read(30)
        if len(header) < 30 or not header.startswith(b"PK\x03\x04"):
            raise Unreadable(reasons.DAMAGED)
        begin = entry.place + 30 + sum(struct.unpack_from("<HH", header, 26))
        packed = _Part(stream, begin, entry.packed)
        codec = _CODECS[entry.method] if entry.method != _LZMA else lambda: _lzma_codec(packed)
        return decompressed(packed, codec, budget, streams=False, crc=entry.crc)

    return open_member


def _lzma_codec(packed: _Part) -> Codec:
    """The codec of LZMA in zip: two bytes of version, the size of the properties, the properties."""
    properties = packed.read(9)[4:]
    if len(properties) < 5 or properties[0] >= 225:
        raise Unreadable(reasons.DAMAGED)
    rest, lc = divmod(properties[0], 9)
    pb, lp = divmod(rest, 5)
    window = int.from_bytes(properties[1:], "little")
    if window > MOST_MEMORY:
        raise Unreadable(reasons.TOO_MUCH_MEMORY)
    return lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=[
        {"id": lzma.FILTER_LZMA1, "dict_size": window, "lc": lc, "lp": lp, "pb": pb}])


class _Part:
    """A part of a stream that others read as well."""

    def __init__(self, stream: BinaryIO, begin: int, length: int) -> None:
        self._stream = stream
        self._place = begin
        self._end = begin + length

    def read(self, count: int) -> bytes:
        """At most so many bytes, none at the end."""
        self._stream.seek(self._place)
        block = self._stream.read(max(0, min(count, self._end - self._place)))
        self._place += len(block)
        return block

    def close(self) -> None:
        """The stream stays open for the other members."""


def _listed(stream: BinaryIO) -> list[_Entry] | None:
    """What the list at the archive's end says; None if there is none. Raises Unreadable if it is too long."""
    size = stream.seek(0, io.SEEK_END)
    stream.seek(max(0, size - (1 << 16) - 22))
    tail = stream.read()
    end = tail.rfind(b"PK\x05\x06")
    if end < 0 or len(tail) - end < 22:
        return None
    count, length = struct.unpack_from("<HI", tail, end + 10)
    locator = tail.rfind(b"PK\x06\x06", 0, end)
    if (count == 0xFFFF or length == 0xFFFFFFFF) and 0 <= locator <= len(tail) - 56:
        count, length = struct.unpack_from("<QQ", tail, locator + 32)
    if count > MOST_MEMBERS or length > _DIRECTORY_BYTES:
        raise Unreadable(reasons.TOO_MANY_MEMBERS)
    try:
        with zipfile.ZipFile(stream) as archive:
            return [_entry(info) for info in archive.infolist()]
    except (zipfile.BadZipFile, NotImplementedError, ValueError, struct.error) as error:
        raise Unreadable(reasons.DAMAGED) from error


def _entry(info: zipfile.ZipInfo) -> _Entry:
    name = info.orig_filename.encode("utf-8" if info.flag_bits & 0x800 else "cp437", "replace")
    is_unix = info.create_system == 3
    return _Entry(name, info.header_offset, info.compress_size, info.compress_type, info.flag_bits, info.file_size,
                  info.CRC, info.external_attr >> 16 & 0o170000 if is_unix else 0)


def _salvaged(stream: BinaryIO) -> Iterator[_Entry]:
    """The members that can be found from the front, each up to the mark of the next."""
    place = 0
    while True:
        stream.seek(place)
        header = stream.read(30)
        if len(header) < 30 or not header.startswith(b"PK\x03\x04"):
            return
        _, flags, method, _, crc, packed, size, name, extra = struct.unpack("<HHHIIIIHH", header[4:])
        label = stream.read(name)
        begin = place + 30 + name + extra
        if flags & 8 or packed == 0xFFFFFFFF:
            packed = _next_mark(stream, begin, (b"PK\x07\x08", *_MEMBER_MARKS)) - begin
            yield _Entry(label, place, packed, method, flags)
        else:
            yield _Entry(label, place, packed, method, flags, size, crc)
        place = begin + packed
        if flags & 8:
            place = _next_mark(stream, begin, _MEMBER_MARKS)


def _next_mark(stream: BinaryIO, begin: int, marks: tuple[bytes, ...]) -> int:
    """Where the next of these marks is, else the stream's end."""
    stream.seek(begin)
    before, place = b"", begin
    while block := stream.read(BUFFER_BYTES):
        text = before + block
        found = [at for mark in marks if (at := text.find(mark)) >= 0]
        if found:
            return place - len(before) + min(found)
        place += len(block)
        before = text[-3:]
    return place
