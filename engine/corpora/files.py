"""Opening files that may be anything: nothing here hangs, fills the memory or believes a name.

Every reader gets an `InputFile`: a file on the disk (`DiskFile`), bytes in memory (`MemoryFile`), or a member of an
archive, which has the same face. Readers of text get a `TextFile`, which is an `InputFile` whose encoding is known.
"""

from __future__ import annotations

import errno
import io
import os
import stat
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import Any, BinaryIO, ClassVar, Literal, TypeVar

from engine.corpora import reasons
from engine.corpora.budget import Budget
from engine.corpora.document import Skipped
from engine.corpora.encodings import Guess, byte_order_mark, decoder_for, detect, is_binary

BLOCK_BYTES = 1 << 20
BUFFER_BYTES = 1 << 16
HEAD_BYTES = 1 << 12
WHOLE_BYTES = 32 << 20
"""The largest file that is read at once, where a format cannot be read in pieces."""

Documents = Literal["whole", "parts", "blocks", "lines"]
F = TypeVar("F", bound="InputFile")

_MAGIC = (b"%PDF", b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b", b"BZh", b"\xfd7zXZ\0", b"\x28\xb5\x2f\xfd", b"7z\xbc\xaf",
          b"Rar!", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"\x7fELF", b"MZ\x90\0", b"\xd0\xcf\x11\xe0", b"{\\rtf",
          b"SQLite format 3\0", b"ID3", b"OggS", b"fLaC", b"wOFF", b"wOF2", b"\x93NUMPY", b"PAR1", b"%!PS", b"GGUF")
"""First bytes of formats that can look like text to a simple test but are none."""


class Watcher:
    """Hears how the reading of a file goes on. This one does nothing; that of a reading process tells its job."""

    def alive(self) -> None:
        """Called by readers that may work for long without giving a document."""

    def enters(self, name: str) -> reasons.Reason | None:
        """Called before a file inside another is opened; a reason leaves it out."""
        return None


@dataclass(frozen=True)
class ReadOptions:
    """What the user chose for a source; None leaves it to Wenlu."""

    encoding: str | None = None
    documents: Documents = "whole"
    text_field: str | None = None
    columns: str | None = None
    main_text: bool | None = None
    watcher: Watcher = field(default_factory=Watcher, compare=False, repr=False)


class InputFile(ABC):
    """A file to read, wherever it lies. Use as a context, so that all its streams are closed.

    `name` is what the user sees, such as "books.zip/chapter-1.txt". `suffix` is the ending that says the format, in
    small letters with the dot: that of the file itself, so ".jsonl" for "data.jsonl.gz". `size_bytes` is None where
    only reading to the end would tell. `path` is None for what does not lie on the disk by itself.
    """

    path: Path | None = None
    surveyed_bytes: ClassVar[int | None] = None
    """How far into the file its encoding may be looked for; None is as far as it goes."""

    def __init__(self, name: str, options: ReadOptions, size_bytes: int | None = None,
                 suffix: str | None = None) -> None:
        self.name = name
        self.options = options
        self.size_bytes = size_bytes
        self.suffix = PurePosixPath(name).suffix.lower() if suffix is None else suffix
        self.budget: Budget | None = None
        self.archives = self.layers = 0  # how many archives, and layers of any kind, it lies in
        self._streams: list[BinaryIO] = []
        self._head: bytes | None = None

    @abstractmethod
    def _open(self) -> BinaryIO:
        """A new stream from the first byte."""

    def open(self) -> BinaryIO:
        """A stream from the first byte; may be called again for another. Raises OSError and Unreadable."""
        stream = self._open()
        self._streams.append(stream)
        return stream

    def seekable(self) -> BinaryIO:
        """A stream that can go to any place: the file on the disk, else a copy in memory.

        Raises Unreadable(TOO_LARGE) where the copy would be larger than WHOLE_BYTES.
        """
        return io.BytesIO(self.content())

    def content(self, limit: int = WHOLE_BYTES) -> bytes:
        """All bytes; raises Unreadable(TOO_LARGE) if there are more than `limit`."""
        if self.size_bytes is not None and self.size_bytes > limit:
            raise reasons.Unreadable(reasons.TOO_LARGE)
        stream = self.open()
        content = read_up_to(stream, limit + 1)
        if len(content) > limit:
            raise reasons.Unreadable(reasons.TOO_LARGE)
        stream.read(1)  # raises where the content broke off
        return content

    def head(self) -> bytes:
        """The first HEAD_BYTES, by which a format is told."""
        if self._head is None:
            with self._open() as stream:
                self._head = read_up_to(stream, HEAD_BYTES)
        return self._head

    def has_changed(self) -> bool:
        """Whether the file is no longer what was opened."""
        return False

    def close(self) -> None:
        """Close all streams."""
        while self._streams:
            self._streams.pop().close()

    def __enter__(self: F) -> F:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self.close()


class DiskFile(InputFile):
    """A regular file on the disk: never waits for a pipe, never opens a device. Raises OSError and Unreadable."""

    path: Path

    def __init__(self, path: Path, name: str, options: ReadOptions) -> None:
        super().__init__(name, options, suffix=path.suffix.lower())
        self.path = path
        self._before = _identity(os.stat(path))
        self.size_bytes = self._before[1]
        self._open().close()

    def _open(self) -> BinaryIO:
        if not stat.S_ISREG(os.stat(self.path).st_mode):
            raise reasons.Unreadable(reasons.NOT_REGULAR)
        descriptor = os.open(self.path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        return io.BufferedReader(io.FileIO(descriptor, "rb"), BUFFER_BYTES)

    def seekable(self) -> BinaryIO:
        """The file itself."""
        return self.open()

    def has_changed(self) -> bool:
        """Whether size, time or place on the disk are other than when it was opened."""
        try:
            return _identity(os.stat(self.path)) != self._before
        except OSError:
            return True


class MemoryFile(InputFile):
    """Bytes that are in memory already, such as a page from the web or a small member of an archive."""

    def __init__(self, content: bytes, name: str, options: ReadOptions, suffix: str | None = None) -> None:
        super().__init__(name, options, len(content), suffix)
        self._content = content

    def _open(self) -> BinaryIO:
        return io.BytesIO(self._content)


class TextFile(InputFile):
    """A file whose encoding is known: `encoding`, and how sure that is from 0 to 1, `confidence`.

    Where `content` and `pieces` cannot read on, they end early and keep the error in `failure`, so that the text
    until there is not lost; it is told when the reader is done.
    """

    def __init__(self, file: InputFile, guess: Guess, mark_bytes: int = 0) -> None:
        super().__init__(file.name, file.options, file.size_bytes, file.suffix)
        self.path = file.path
        self.encoding = guess.encoding
        self.confidence = guess.confidence
        self.failure: Exception | None = None
        self._file = file
        self._mark_bytes = mark_bytes

    def _open(self) -> BinaryIO:
        stream = self._file.open()
        stream.read(self._mark_bytes)
        return stream

    def seekable(self) -> BinaryIO:
        """As the file underneath, byte order mark included."""
        return self._file.seekable()

    def head(self) -> bytes:
        """As the file underneath, byte order mark included."""
        return self._file.head()

    def has_changed(self) -> bool:
        """As the file underneath."""
        return self._file.has_changed()

    def content(self, limit: int = WHOLE_BYTES) -> bytes:
        """All bytes after the mark; raises Unreadable(TOO_LARGE) if there are more than `limit`."""
        if self.size_bytes is not None and self.size_bytes > limit:
            raise reasons.Unreadable(reasons.TOO_LARGE)
        parts, length = [], 0
        for block in self._blocks():
            parts.append(block)
            length += len(block)
            if length > limit:
                raise reasons.Unreadable(reasons.TOO_LARGE)
        return b"".join(parts)

    def _blocks(self) -> Iterator[bytes]:
        try:
            yield from blocks_of(self.open())
        except (reasons.Unreadable, OSError) as error:
            self.failure = error

    def lines_of_bytes(self) -> io.BufferedReader:
        """The file from its first line, for formats that are cut at bytes."""
        stream = self.open()
        return stream if isinstance(stream, io.BufferedReader) else io.BufferedReader(_Raw(stream), BUFFER_BYTES)

    def pieces(self) -> Iterator[str]:
        """The text in pieces of about a megabyte; wrong bytes become U+FFFD, line ends newlines."""
        decoder = decoder_for(self.encoding)
        for block in self._blocks():
            yield decoder.decode(block)
        if rest := decoder.decode(b"", final=True):
            yield rest


class _Raw(io.RawIOBase):
    """Any stream as the raw one that BufferedReader takes."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        block = self._stream.read(len(buffer))
        buffer[:len(block)] = block
        return len(block)


def open_file(path: Path, name: str, options: ReadOptions) -> DiskFile | Skipped:
    """A file on the disk, ready to read, or the reason why not."""
    try:
        return DiskFile(path, name, options)
    except reasons.Unreadable as error:
        return error.reason.of(name)
    except (OSError, ValueError) as error:
        return as_skipped(error, name)


def open_text(path: Path, name: str, options: ReadOptions) -> TextFile | Skipped:
    """A text file on the disk, ready to read, or the reason why not."""
    opened = open_file(path, name, options)
    if isinstance(opened, Skipped):
        return opened
    try:
        return as_text(opened)
    except reasons.Unreadable as error:
        return error.reason.of(name)
    except OSError as error:
        return as_skipped(error, name)


def as_text(file: InputFile, known: bool = False) -> TextFile:
    """The file as text in the encoding chosen, else found. `known`: its first bytes are those of a format of text.

    Raises Unreadable where it is empty or no text, OSError where it cannot be read.
    """
    with file.open() as stream:
        return _survey(file, stream, known)


def _survey(file: InputFile, stream: BinaryIO, known: bool) -> TextFile:
    head = read_up_to(stream, BLOCK_BYTES)
    if not head:
        raise reasons.Unreadable(reasons.EMPTY)
    marked = byte_order_mark(head)
    if marked is None and not known and head.startswith(_MAGIC):
        raise reasons.Unreadable(reasons.OTHER_FORMAT)
    if file.options.encoding:
        return TextFile(file, Guess(file.options.encoding, 1.0), marked[1] if marked else 0)
    guess = _guess(stream, head, file.surveyed_bytes)
    if is_binary(head, guess.encoding):
        raise reasons.Unreadable(reasons.BINARY)
    return TextFile(file, guess, marked[1] if marked else 0)


def as_skipped(error: Exception, name: str) -> Skipped:
    """The reason behind an error of the system."""
    number = getattr(error, "errno", None)
    if number in (errno.EACCES, errno.EPERM):
        return reasons.FORBIDDEN.of(name)
    if number in (errno.ENOENT, errno.ENOTDIR, errno.ESTALE, errno.ENODEV):
        return reasons.VANISHED.of(name)
    if number == errno.ELOOP:
        return reasons.LOOP.of(name)
    return reasons.UNREADABLE.of(name)


def _guess(stream: BinaryIO, head: bytes, limit: int | None) -> Guess:
    """The encoding, told from the first block that is not plain ASCII: a long file may begin in English."""
    block, seen = head, len(head)
    while block.isascii() and b"\0" not in block:
        if limit is not None and seen >= limit:
            return Guess("utf-8", 0.9)
        try:
            following = read_up_to(stream, BLOCK_BYTES)
        except reasons.Unreadable:  # told when the text is read up to there
            return Guess("utf-8", 0.9)
        seen += len(following)
        if not following:
            return Guess("utf-8", 1.0)
        if not following.isascii():
            return detect(following)
        block = following
    return detect(head)


def read_up_to(stream: BinaryIO, count: int) -> bytes:
    """`count` bytes of a stream; fewer at its end, or before a place that cannot be read and that is raised again."""
    parts: list[bytes] = []
    missing = count
    try:
        while missing and (part := stream.read(min(missing, BLOCK_BYTES))):
            parts.append(part)
            missing -= len(part)
    except reasons.Unreadable:
        if not parts:
            raise
    return b"".join(parts)


def blocks_of(stream: BinaryIO) -> Iterator[bytes]:
    """A stream in blocks of at most BLOCK_BYTES."""
    while block := stream.read(BLOCK_BYTES):
        yield block


def _identity(found: os.stat_result) -> tuple[int, int, int, int]:
    return found.st_mtime_ns, found.st_size, found.st_ino, found.st_dev
