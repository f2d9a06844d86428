"""What passes between the job that reads a corpus and the processes that open its files: frames on a pipe.

A frame is its kind, the number of things in it, its length, and JSON.
"""

from __future__ import annotations

import enum
import json
import struct
from typing import Any, BinaryIO, NamedTuple

import orjson

from engine.corpora.document import Document, Skipped

LONGEST_FRAME = 64 << 20
"""The most bytes that a frame may have; a document of a million characters has at most six million."""

_HEAD = struct.Struct("<BII")


class Kind(enum.IntEnum):
    """What a frame says."""

    REQUEST = 0
    ALIVE = 1
    ENTERS = 2
    """The name of the file inside another that is opened next."""
    FOUND = 3
    LAST = 4
    """As FOUND, and the file is done."""


class Frame(NamedTuple):
    """A frame as it came, not yet read as JSON."""

    kind: Kind
    things: int
    content: bytes

    def value(self) -> Any:
        """What is in it; raises ValueError for nonsense."""
        try:
            return orjson.loads(self.content)
        except orjson.JSONDecodeError:
            return json.loads(self.content)


def write(stream: BinaryIO, kind: Kind, value: Any = None, things: int = 0) -> None:
    """Send a frame; raises OSError when nobody listens any more."""
    try:
        content = orjson.dumps(value)
    except TypeError:  # half a character, which UTF-8 has no bytes for; the slower one escapes it
        content = json.dumps(value).encode("ascii")
    stream.write(_HEAD.pack(kind, things, len(content)) + content)
    stream.flush()


def read(stream: BinaryIO) -> Frame | None:
    """The next frame; None at the end, after a cut and after nonsense."""
    head = _exactly(stream, _HEAD.size)
    if head is None:
        return None
    kind, things, length = _HEAD.unpack(head)
    if length > LONGEST_FRAME or kind not in list(Kind):
        return None
    content = _exactly(stream, length)
    return None if content is None else Frame(Kind(kind), things, content)


def as_item(found: Document | Skipped) -> list[Any]:
    """What a reader gave, to send."""
    if isinstance(found, Skipped):
        return [found.name, found.reason, found.fix]
    return [found.name, found.text, found.metadata]


def from_item(item: list[Any]) -> Document | Skipped:
    """What a reader gave, as it was sent."""
    if isinstance(item[2], str):
        return Skipped(item[0], item[1], item[2])
    return Document(item[0], item[1], metadata=item[2])


def _exactly(stream: BinaryIO, size: int) -> bytes | None:
    content = stream.read(size)
    return content if len(content) == size else None
