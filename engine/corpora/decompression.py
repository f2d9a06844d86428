"""Decompressed streams that cannot be used as bombs: bounded in ratio, in total and in time without progress."""

from __future__ import annotations

import bz2
import io
import lzma
import time
import zlib
from collections.abc import Callable, Iterator
from typing import BinaryIO, Protocol, cast

import zstandard

from engine.corpora import reasons
from engine.corpora.budget import MOST_RATIO, SMALL_BYTES, Budget
from engine.corpora.files import BLOCK_BYTES, BUFFER_BYTES
from engine.corpora.reasons import Unreadable

MOST_MEMORY = 256 << 20
"""How much memory a decompressor may take for its window: xz -9 takes 65 MB, zstd --ultra -22 takes 128 MB."""
_WINDOW_BYTES = 1 << 27
_BIT_BYTES = 2048
"""What Zstandard is fed at once: at its best ratio, a block of 128 KiB in 4 bytes, that gives 64 MB."""
_PATIENCE_SECONDS = 10.0
_ERRORS = (zlib.error, lzma.LZMAError, zstandard.ZstdError, EOFError, ValueError, OSError)


class Codec(Protocol):
    """One compressed stream, as the decompressors of `bz2` and `lzma` are."""

    @property
    def eof(self) -> bool:
        """Whether its end was reached."""

    @property
    def needs_input(self) -> bool:
        """Whether more input is needed before more can come out."""

    @property
    def unused_data(self) -> bytes:
        """What followed its end."""

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        """At most `max_length` bytes of what the data gives."""


class Zlib:
    """The codec of gzip (`wbits` 31) and of deflate in zip archives (-15)."""

    def __init__(self, wbits: int) -> None:
        self._inner = zlib.decompressobj(wbits)

    @property
    def eof(self) -> bool:
        """Whether its end was reached."""
        return self._inner.eof

    @property
    def needs_input(self) -> bool:
        """Whether more input is needed before more can come out."""
        return not self._inner.unconsumed_tail

    @property
    def unused_data(self) -> bytes:
        """What followed its end."""
        return self._inner.unused_data

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        """At most `max_length` bytes of what the data gives."""
        return self._inner.decompress(self._inner.unconsumed_tail + data, max_length)


class Zstd:
    """The codec of one Zstandard frame. It is fed bit by bit, since all that one bit gives comes out at once."""

    def __init__(self) -> None:
        self._inner = zstandard.ZstdDecompressor(max_window_size=_WINDOW_BYTES).decompressobj()
        self._waiting = b""
        self._ready = b""

    @property
    def eof(self) -> bool:
        """Whether its end was reached and all given."""
        return self._inner.eof and not self._ready

    @property
    def needs_input(self) -> bool:
        """Whether more input is needed before more can come out."""
        return not self._ready and not self._waiting

    @property
    def unused_data(self) -> bytes:
        """What followed its end."""
        return self._inner.unused_data + self._waiting

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        """At most `max_length` bytes of what the data gives."""
        self._waiting += data
        if not self._ready:
            self._ready = b"".join(self._until(max_length))
        given, self._ready = self._ready[:max_length], self._ready[max_length:]
        return given

    def _until(self, enough: int) -> Iterator[bytes]:
        used = got = 0
        while used < len(self._waiting) and got < enough and not self._inner.eof:
            found = self._inner.decompress(self._waiting[used:used + _BIT_BYTES])
            used += _BIT_BYTES
            got += len(found)
            yield found
        self._waiting = self._waiting[used:]


class Stored:
    """The codec of what is not compressed: everything comes out as it is."""

    eof = False
    needs_input = True
    unused_data = b""

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        """The data."""
        return data


def xz_codec() -> Codec:
    """A codec for .xz that refuses streams which need too much memory."""
    return lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=MOST_MEMORY)


class Source(Protocol):
    """Where compressed bytes come from."""

    def read(self, count: int, /) -> bytes:
        """At most so many bytes, none at the end."""

    def close(self) -> None:
        """Nothing more will be read."""


def decompressed(source: Source, codec: Callable[[], Codec], budget: Budget, *, streams: bool = True,
                 crc: int | None = None) -> BinaryIO:
    """What a compressed stream gives. `streams`: several may follow each other. `crc`: the CRC-32 of the whole.

    A read gives what is there, often less than was asked for, so that nothing is lost before a damaged place. It
    raises Unreadable: DAMAGED, TRUNCATED, BOMB, STUCK or TOO_MUCH_MEMORY.
    """
    counted = _Counted(source)
    return cast(BinaryIO, _Guarded(counted, _Decoded(counted, codec, streams), budget, crc))


def bz2_codec() -> Codec:
    """A codec for .bz2."""
    return bz2.BZ2Decompressor()


def gz_codec() -> Codec:
    """A codec for .gz."""
    return Zlib(31)


class _Counted:
    """A source that counts what was taken from it."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.taken = 0

    def read(self, count: int) -> bytes:
        block = self.source.read(count)
        self.taken += len(block)
        return block


class _Decoded:
    """Compressed streams one after the other, as one."""

    def __init__(self, source: _Counted, codec: Callable[[], Codec], streams: bool) -> None:
        self._source = source
        self._start = codec
        self._streams = streams
        self._codec: Codec | None = codec()
        self._block = b""

    def read(self, count: int) -> bytes:
        began = time.monotonic()
        while self._codec is not None:
            if self._codec.eof:
                self._next_stream()
                continue
            if self._codec.needs_input and not self._block:
                self._block = self._source.read(BUFFER_BYTES)
                if not self._block:
                    return self._end()
            found = self._codec.decompress(self._block, count)
            self._block = b""
            if found:
                return found
            if time.monotonic() - began > _PATIENCE_SECONDS:
                raise Unreadable(reasons.STUCK)
        return b""

    def _end(self) -> bytes:
        if not isinstance(self._codec, Stored):
            raise Unreadable(reasons.TRUNCATED)
        return b""

    def _next_stream(self) -> None:
        """Go on to the stream that follows; zeros that fill up a block are no stream."""
        rest = self._codec.unused_data if self._codec else b""
        while self._streams and not (rest := rest.lstrip(b"\0")) and (rest := self._source.read(BUFFER_BYTES)):
            pass
        self._codec, self._block = (self._start(), rest) if self._streams and rest else (None, b"")


class _Guarded(io.RawIOBase):
    """What comes out, counted against what went in. Once it fails, it fails again in the same way."""

    def __init__(self, source: _Counted, stream: _Decoded, budget: Budget, crc: int | None) -> None:
        self._source = source
        self._stream = stream
        self._budget = budget
        self._expected_crc = crc
        self._crc = 0
        self._given = 0
        self._failure: reasons.Reason | None = None

    def read(self, count: int = -1) -> bytes:
        """At most `count` bytes, often fewer, none at the end; raises Unreadable."""
        if self._failure is None:
            try:
                return self._next(BLOCK_BYTES if count < 0 else min(count, BLOCK_BYTES))
            except Unreadable as error:
                self._failure = error.reason
            except _ERRORS as error:
                self._failure = _reason_of(error)
        raise Unreadable(self._failure)

    def _next(self, count: int) -> bytes:
        block = self._stream.read(count)
        self._given += len(block)
        self._budget.spend(len(block))
        if self._given > SMALL_BYTES and self._given > MOST_RATIO * self._source.taken:
            raise Unreadable(reasons.BOMB)
        if self._expected_crc is not None:
            self._crc = zlib.crc32(block, self._crc)
            if not block and self._crc != self._expected_crc:
                raise Unreadable(reasons.DAMAGED)
        return block

    def close(self) -> None:
        """Close the source as well."""
        if not self.closed:
            self._source.source.close()
        super().close()


def _reason_of(error: Exception) -> reasons.Reason:
    words = str(error).lower()
    if "memory" in words:
        return reasons.TOO_MUCH_MEMORY
    return reasons.TRUNCATED if isinstance(error, EOFError) else reasons.DAMAGED
