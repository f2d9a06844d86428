"""Undoing a page's packing a piece at a time, so that a small bomb never becomes a large one."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from typing import IO, cast

import zstandard

from engine.corpora.web import reasons
from engine.corpora.web.reasons import Refused

ACCEPTED = "gzip, deflate, zstd"
"""What a site is told that Wenlu can undo."""

_PIECE = 1 << 16
_ZSTD_WINDOW = 8 << 20

Undo = Callable[[Iterator[bytes]], Iterator[bytes]]


def unpacked(chunks: Iterator[bytes], packing: str) -> Iterator[bytes]:
    """The bytes of a page in pieces of at most 64 kB; raises Refused for what cannot be undone."""
    names = [name for name in (part.strip().lower() for part in packing.split(",")) if name not in ("", "identity")]
    if len(names) > 1 or (names and names[0] not in _UNDO):
        raise Refused(reasons.BAD_PACKING)
    yield from _UNDO[names[0]](chunks) if names else chunks


def gunzipped(content: bytes, most_bytes: int) -> bytes:
    """A whole gzip file; raises Refused where it is damaged or larger than `most_bytes` when unpacked."""
    return gathered(_inflated(iter((content,)), 31), most_bytes)


def gathered(chunks: Iterator[bytes], most_bytes: int, cut: bool = False) -> bytes:
    """All chunks together; as soon as they are more than `most_bytes`, raises Refused, or with `cut` ends there."""
    content = bytearray()
    for chunk in chunks:
        content += chunk
        if len(content) > most_bytes and cut:
            return bytes(content[:most_bytes])
        if len(content) > most_bytes:
            raise Refused(reasons.TOO_LARGE)
    return bytes(content)


def _inflated(chunks: Iterator[bytes], window_bits: int) -> Iterator[bytes]:
    inflater = zlib.decompressobj(window_bits)
    had_any = False
    try:
        for chunk in chunks:
            if not had_any and window_bits == 15 and chunk and chunk[0] & 0x0F != 8:
                inflater = zlib.decompressobj(-15)  # some servers send "deflate" without its two bytes of head
            had_any = had_any or bool(chunk)
            rest = chunk
            while rest and not inflater.eof:
                piece = inflater.decompress(rest, _PIECE)
                rest = inflater.unconsumed_tail
                yield piece
        while not inflater.eof:
            piece = inflater.decompress(inflater.unconsumed_tail, _PIECE)
            if not piece:
                break
            yield piece
    except zlib.error as error:
        raise Refused(reasons.BAD_PACKING) from error
    if had_any and not inflater.eof:
        raise Refused(reasons.CUT_OFF, is_passing=True)


class _Chunks:
    """Chunks as a file to read from."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._rest = b""

    def read(self, size: int) -> bytes:
        """At most `size` bytes; none at the end."""
        while not self._rest:
            found = next(self._chunks, None)
            if found is None:
                return b""
            self._rest = found
        piece, self._rest = self._rest[:size], self._rest[size:]
        return piece


def _from_zstd(chunks: Iterator[bytes]) -> Iterator[bytes]:
    try:
        source = cast(IO[bytes], _Chunks(chunks))
        reader = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW).stream_reader(source)
        while piece := reader.read(_PIECE):
            yield piece
    except zstandard.ZstdError as error:
        raise Refused(reasons.BAD_PACKING) from error


_UNDO: dict[str, Undo] = {"gzip": lambda chunks: _inflated(chunks, 31), "x-gzip": lambda chunks: _inflated(chunks, 31),
                          "deflate": lambda chunks: _inflated(chunks, 15), "zstd": _from_zstd}
