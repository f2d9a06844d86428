"""Tar archives."""

from __future__ import annotations

import io
import os
import tarfile
from collections.abc import Iterator
from typing import Any, BinaryIO, cast

from engine.corpora import reasons
from engine.corpora.budget import Budget
from engine.corpora.container import Container
from engine.corpora.document import Skipped
from engine.corpora.files import BLOCK_BYTES, InputFile
from engine.corpora.member import Member, is_left_by_a_system, label_of
from engine.corpora.reasons import Unreadable

_MARK = slice(257, 262)
_EMPTY_READS = 3


class TarContainer(Container, kind="tar", title="Tar archive"):
    """Read the files in a tar archive from front to end.

    Source: POSIX.1-2017 pax and the GNU and old formats; headers are read by Python's tarfile.
    """

    extensions = (".tar",)

    def recognises(self, head: bytes, file: InputFile) -> bool:
        """Told by the mark in the first header; the old format has none and is told by its ending."""
        return head[_MARK] == b"ustar" or (file.suffix == ".tar" and _has_old_header(head))

    def members(self, file: InputFile, budget: Budget) -> Iterator[InputFile | Skipped]:
        """The files inside, in their order, read as they come."""
        for number, (archive, info) in enumerate(_headers(file.open())):
            budget.count_member()
            name = label_of(os.fsencode(info.name))
            label = f"{file.name}/{name}"
            if info.isdir():
                continue
            if is_left_by_a_system(name):
                yield reasons.JUNK_INSIDE.of(label)
            elif not info.isreg() or info.issparse():
                yield reasons.LINK_INSIDE.of(label)
            else:
                yield Member(label, file.options, _Opener(file, number, _Content(archive, info)), info.size)


class _Opener:
    """Gives the content of a member: the first time where the archive is now, then by reading it from its front."""

    def __init__(self, file: InputFile, number: int, content: BinaryIO) -> None:
        self._file = file
        self._number = number
        self._content: BinaryIO | None = content

    def __call__(self) -> BinaryIO:
        content, self._content = self._content, None
        if content is not None:
            return content
        for number, (archive, info) in enumerate(_headers(self._file.open())):
            if number == self._number:
                return _Content(archive, info)
        raise Unreadable(reasons.CHANGED)


def _headers(stream: BinaryIO) -> Iterator[tuple[_Forward, tarfile.TarInfo]]:
    """All members with the stream to take their content from; raises Unreadable where the archive breaks off."""
    forward = _Forward(stream)
    try:
        archive = tarfile.TarFile(fileobj=cast(Any, forward), mode="r", errors="surrogateescape", encoding="utf-8")
        while (info := archive.next()) is not None:
            archive.members = []  # type: ignore[attr-defined]  # tarfile keeps every header it has seen
            yield forward, info
    except tarfile.TarError as error:
        raise Unreadable(reasons.TRUNCATED if forward.has_ended else reasons.DAMAGED) from error
    if forward.last.strip(b"\0"):
        raise Unreadable(reasons.DAMAGED)
    if len(forward.last) < tarfile.BLOCKSIZE:
        raise Unreadable(reasons.TRUNCATED)


class _Forward:
    """A stream as tarfile wants it, that goes forward only and gives at most BLOCK_BYTES at once.

    So no header, whatever size it claims, fills the memory, and none leads back to what was read.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._place = 0
        self._again = b""
        self._empty_reads = 0
        self.last = b""
        self.has_ended = False

    def tell(self) -> int:
        """How many bytes were read."""
        return self._place

    def seek(self, place: int, whence: int = io.SEEK_SET) -> int:
        """Go forward, or back by the one byte that tarfile likes to see twice; raises Unreadable(DAMAGED)."""
        if place == self._place - 1 and self.last:
            self._again, self._place = self.last[-1:], place
        elif place < self._place:
            raise Unreadable(reasons.DAMAGED)
        while self._place < place and self.read(min(BLOCK_BYTES, place - self._place)):
            pass
        return self._place

    def read(self, count: int) -> bytes:
        """At most `count` bytes; raises Unreadable where that is more than any header needs, or where no end is."""
        if count > BLOCK_BYTES or count < 0:
            raise Unreadable(reasons.DAMAGED)
        block, self._again = self._again[:count], b""
        try:
            while len(block) < count and (more := self._stream.read(count - len(block))):
                block += more
        except Unreadable:
            if not block:
                raise
        self._place += len(block)
        self.last = block
        if len(block) < count:
            self.has_ended = True
            self._empty_reads += 1
            if self._empty_reads > _EMPTY_READS:
                raise Unreadable(reasons.TRUNCATED)
        return block


class _Content(io.RawIOBase, BinaryIO):
    """A member's content."""

    def __init__(self, archive: _Forward, info: tarfile.TarInfo) -> None:
        self._archive = archive
        self._place = info.offset_data
        self._end = info.offset_data + info.size

    def read(self, count: int = -1) -> bytes:
        """At most `count` bytes, none at the end; raises Unreadable(TRUNCATED) where the archive ends before."""
        left = self._end - self._place
        if left <= 0:
            return b""
        self._archive.seek(self._place)
        block = self._archive.read(min(left, BLOCK_BYTES, count if count >= 0 else left))
        self._place += len(block)
        if not block:
            raise Unreadable(reasons.TRUNCATED)
        return block


def _has_old_header(head: bytes) -> bool:
    """Whether the first block has the checksum of a tar header."""
    if len(head) < tarfile.BLOCKSIZE:
        return False
    try:
        told = int(head[148:156].strip(b" \0") or b"-1", 8)
    except ValueError:
        return False
    return told == 256 + sum(head[:148]) + sum(head[156:512])
