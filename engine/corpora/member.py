"""Files inside other files."""

from __future__ import annotations

from collections.abc import Callable
from typing import BinaryIO

from engine.corpora.encodings import decode, detect
from engine.corpora.files import BLOCK_BYTES, InputFile, ReadOptions
from engine.corpora.reasons import Unreadable

KEPT_BYTES = 8 << 20
"""How much of a member's beginning is kept, so that it can be looked at and read from its start at no cost."""
_LONGEST_LABEL = 300


class Member(InputFile):
    """A file inside another that is read from a stream; its beginning is kept, the rest is read again if need be.

    `opener` gives a new stream from the member's first byte each time it is called.
    """

    surveyed_bytes = KEPT_BYTES

    def __init__(self, name: str, options: ReadOptions, opener: Callable[[], BinaryIO], size_bytes: int | None = None,
                 suffix: str | None = None) -> None:
        super().__init__(name, options, size_bytes, suffix)
        self._opener = opener
        self._kept: _Kept | None = None

    def _open(self) -> BinaryIO:
        if self._kept is None:
            self._kept = _Kept(self._opener())
        return _View(self._kept, self._opener)  # type: ignore[return-value]

    def close(self) -> None:
        """Close all streams and let go of what was kept."""
        super().close()
        if self._kept is not None:
            self._kept.stream.close()
            self._kept = None


class _Kept:
    """A stream, where it is, and the first KEPT_BYTES that came out of it."""

    def __init__(self, stream: BinaryIO) -> None:
        self.stream = stream
        self.place = 0
        self.beginning = bytearray()

    def read(self, count: int) -> bytes:
        """The next `count` bytes; fewer at the end, or before a place that cannot be read and that is raised next."""
        block = self.stream.read(count)
        try:
            while len(block) < count and (more := self.stream.read(count - len(block))):
                block += more
        except Unreadable:
            if not block:
                raise
        if self.place < KEPT_BYTES:
            self.beginning += block[:KEPT_BYTES - self.place]
        self.place += len(block)
        return block


class _View:
    """One reading of a member from its first byte; several may go on side by side."""

    def __init__(self, kept: _Kept, opener: Callable[[], BinaryIO]) -> None:
        self._kept = kept
        self._opener = opener
        self._place = 0
        self.closed = False

    def read(self, count: int = -1) -> bytes:
        """At most `count` bytes, none at the end; all that is left if negative."""
        if count < 0:
            return b"".join(iter(lambda: self.read(BLOCK_BYTES), b""))
        kept = self._kept
        if self._place < len(kept.beginning):
            block = bytes(kept.beginning[self._place:self._place + count])
        else:
            if kept.place != self._place:
                self._kept = kept = self._reopened()
            block = kept.read(count)
        self._place += len(block)
        return block

    def _reopened(self) -> _Kept:
        own = _Kept(self._opener())
        while own.place < self._place and own.read(min(BLOCK_BYTES, self._place - own.place)):
            pass
        return own

    def readable(self) -> bool:
        """Yes."""
        return True

    def close(self) -> None:
        """Nothing more will be read."""
        self.closed = True

    def __enter__(self) -> _View:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


def label_of(raw: bytes) -> str:
    """A member's name as text, whatever encoding it is in and whatever it tries to be."""
    name = decode(raw[:4 * _LONGEST_LABEL], detect(raw).encoding)
    name = "".join(letter if letter.isprintable() else "\ufffd" for letter in name.replace("\\", "/"))
    return name[-_LONGEST_LABEL:].strip("/") or "?"


def is_left_by_a_system(name: str) -> bool:
    """Whether a name inside an archive is of the files that a desktop adds by itself."""
    *folders, last = name.split("/")
    return "__MACOSX" in folders or last.startswith("._") or last in (".DS_Store", "Thumbs.db", "desktop.ini")
