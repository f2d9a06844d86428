"""What the processes that clean say to each other: a header of JSON and some parts of bytes, with their lengths."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import IO, Any

import numpy as np
import orjson

from engine.cleaning.chunk import CleanedChunk
from engine.cleaning.step import Keys
from engine.cleaning.tally import Tally
from engine.corpora.block import ROW, Block
from engine.corpora.manifest import Tally as SourceTally

_SIZES = struct.Struct("<II")
_PART = struct.Struct("<Q")


@dataclass(frozen=True)
class Message:
    """What is said of a chunk: keys to decide on, decisions, or what is left of it."""

    number: int
    keys: Keys | None = None
    cleaned: CleanedChunk | None = None


def write_frame(file: IO[bytes], header: dict[str, Any], parts: Sequence[bytes] = ()) -> None:
    """Write one frame: sizes, header, parts."""
    text = orjson.dumps(header)
    file.write(_SIZES.pack(len(text), len(parts)) + b"".join(_PART.pack(len(part)) for part in parts) + text)
    for part in parts:
        file.write(part)
    file.flush()


def read_frame(file: IO[bytes]) -> tuple[dict[str, Any], list[bytes]] | None:
    """Read one frame; None where the other side has closed or died."""
    sizes = file.read(_SIZES.size)
    if len(sizes) < _SIZES.size:
        return None
    header_size, count = _SIZES.unpack(sizes)
    lengths = file.read(_PART.size * count)
    text = file.read(header_size)
    parts = [file.read(_PART.unpack_from(lengths, place * _PART.size)[0]) for place in range(len(lengths) // 8)]
    return (orjson.loads(text), parts) if len(text) == header_size else None


def write_keys(file: IO[bytes], number: int, keys: Keys) -> None:
    """Send keys, or decisions on them."""
    shapes = [[array.dtype.str, array.shape] for array in keys]
    write_frame(file, {"what": "keys", "chunk": number, "arrays": shapes},
                [array.tobytes() for array in keys])


def write_cleaned(file: IO[bytes], number: int, cleaned: CleanedChunk) -> None:
    """Send what is left of a chunk."""
    block = cleaned.block
    header = {"what": "cleaned", "chunk": number, "tally": cleaned.tally.to_plain(),
              "sources": [tally.to_plain() for tally in block.tallies],
              "places": [place for place, _ in cleaned.dropped]}
    write_frame(file, header, [block.lines, block.rows.tobytes(), *(line for _, line in cleaned.dropped)])


def message_of(header: dict[str, Any], parts: list[bytes]) -> Message:
    """The message that a frame of keys or of a cleaned chunk holds."""
    if header["what"] == "keys":
        return Message(header["chunk"], keys=tuple(
            np.frombuffer(part, np.dtype(kind)).reshape(shape)
            for (kind, shape), part in zip(header["arrays"], parts, strict=True)))
    tallies = tuple(SourceTally.from_plain(plain) for plain in header["sources"])
    block = Block(parts[0], np.frombuffer(parts[1], ROW), tallies)
    return Message(header["chunk"], cleaned=CleanedChunk(
        block, Tally.from_plain(header["tally"]), tuple(zip(header["places"], parts[2:], strict=True))))
