"""Opening files that may be anything: nothing here hangs, fills the memory or believes a name."""

from __future__ import annotations

import errno
import io
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from engine.corpora import reasons
from engine.corpora.document import Skipped
from engine.corpora.encodings import Guess, byte_order_mark, decoder_for, detect, is_binary

BLOCK_BYTES = 1 << 20
WHOLE_BYTES = 32 << 20
"""The largest file that is read at once, where a format cannot be read in pieces."""

Documents = Literal["whole", "blocks", "lines"]

_MAGIC = (b"%PDF", b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b", b"BZh", b"\xfd7zXZ\0", b"\x28\xb5\x2f\xfd", b"7z\xbc\xaf",
          b"Rar!", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"\x7fELF", b"MZ\x90\0", b"\xd0\xcf\x11\xe0", b"{\\rtf",
          b"SQLite format 3\0", b"ID3", b"OggS", b"fLaC", b"wOFF", b"wOF2", b"\x93NUMPY", b"PAR1", b"%!PS", b"GGUF")
"""First bytes of formats that can look like text to a simple test but are none that Wenlu reads."""


@dataclass(frozen=True)
class ReadOptions:
    """What the user chose for a source; None leaves it to Wenlu."""

    encoding: str | None = None
    documents: Documents = "whole"
    text_field: str | None = None


class TextFile:
    """An open file whose encoding is known. Use as a context, so that it is closed."""

    def __init__(self, file: io.FileIO, name: str, options: ReadOptions, guess: Guess, mark_bytes: int) -> None:
        self.name = name
        self.options = options
        self.encoding = guess.encoding
        self.confidence = guess.confidence
        self._file = file
        self._mark_bytes = mark_bytes
        self._before = _identity(os.fstat(file.fileno()))

    @property
    def size_bytes(self) -> int:
        """The file's size when it was opened."""
        return self._before[0]

    def content(self) -> bytes:
        """All bytes; only for files of at most WHOLE_BYTES."""
        self._file.seek(self._mark_bytes)
        return b"".join(_blocks(self._file))

    def lines_of_bytes(self) -> io.BufferedReader:
        """The file from its first line, for formats that are cut at bytes."""
        self._file.seek(self._mark_bytes)
        return io.BufferedReader(self._file, BLOCK_BYTES)

    def pieces(self) -> Iterator[str]:
        """The text in pieces of about a megabyte; wrong bytes become U+FFFD, line ends newlines."""
        self._file.seek(self._mark_bytes)
        decoder = decoder_for(self.encoding)
        for block in _blocks(self._file):
            yield decoder.decode(block)
        if rest := decoder.decode(b"", final=True):
            yield rest

    def has_changed(self, path: Path) -> bool:
        """Whether the file at `path` is no longer what was opened."""
        try:
            return _identity(os.stat(path)) != self._before
        except OSError:
            return True

    def __enter__(self) -> TextFile:
        return self

    def __exit__(self, *error: object) -> None:
        self._file.close()


def open_text(path: Path, name: str, options: ReadOptions) -> TextFile | Skipped:
    """Open a file for reading, or say why not: never waits for a pipe, never opens a device."""
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            return reasons.NOT_REGULAR.of(name)
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except (OSError, ValueError) as error:
        return as_skipped(error, name)
    file = io.FileIO(descriptor, "rb")
    try:
        opened = _survey(file, name, options)
    except OSError as error:
        opened = as_skipped(error, name)
    if isinstance(opened, Skipped):
        file.close()
    return opened


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


def _survey(file: io.FileIO, name: str, options: ReadOptions) -> TextFile | Skipped:
    head = _read_block(file)
    if not head:
        return reasons.EMPTY.of(name)
    marked = byte_order_mark(head)
    if marked is None and head.startswith(_MAGIC):
        return reasons.OTHER_FORMAT.of(name)
    if options.encoding:
        return TextFile(file, name, options, Guess(options.encoding, 1.0), marked[1] if marked else 0)
    guess = _guess(file, head)
    if is_binary(head, guess.encoding):
        return reasons.BINARY.of(name)
    return TextFile(file, name, options, guess, marked[1] if marked else 0)


def _guess(file: io.FileIO, head: bytes) -> Guess:
    """The encoding, told from the first block that is not plain ASCII: a long file may begin in English."""
    block = head
    while block.isascii() and b"\0" not in block:
        following = _read_block(file)
        if not following:
            return Guess("utf-8", 1.0)
        if not following.isascii():
            return detect(following)
        block = following
    return detect(head)


def _read_block(file: io.FileIO) -> bytes:
    gathered = b""
    while len(gathered) < BLOCK_BYTES and (more := file.read(BLOCK_BYTES - len(gathered))):
        gathered += more
    return gathered


def _blocks(file: io.FileIO) -> Iterator[bytes]:
    while block := file.read(BLOCK_BYTES):
        yield block


def _identity(found: os.stat_result) -> tuple[int, int, int, int]:
    return found.st_size, found.st_mtime_ns, found.st_ino, found.st_dev
