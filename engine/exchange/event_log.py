"""The event log of TensorBoard: TFRecord frames around a few fields of protocol buffers, written by hand.

Source: the TFRecord format (tensorflow.org/tutorials/load_data/tfrecord), `event.proto`, `summary.proto` and
`tensor.proto` of TensorFlow; CRC-32C: RFC 3720, appendix B.4.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any


def _crc_table() -> tuple[int, ...]:
    table = []
    for byte in range(256):
        for _ in range(8):
            byte = byte >> 1 ^ (0x82F63B78 if byte & 1 else 0)
        table.append(byte)
    return tuple(table)


_CRC = _crc_table()


def masked_crc(content: bytes) -> int:
    """CRC-32C, turned and shifted as the format wants it."""
    crc = 0xFFFFFFFF
    for byte in content:
        crc = _CRC[(crc ^ byte) & 0xFF] ^ crc >> 8
    crc ^= 0xFFFFFFFF
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def frame(content: bytes) -> bytes:
    """A record: length, its checksum, content, its checksum."""
    length = struct.pack("<Q", len(content))
    return length + struct.pack("<I", masked_crc(length)) + content + struct.pack("<I", masked_crc(content))


def first_event(wall_time: float) -> bytes:
    """What every log begins with: the version of the format."""
    return frame(_double(1, wall_time) + _bytes(3, b"brain.Event:2"))


def scalar_event(wall_time: float, step: int, tag: str, value: float) -> bytes:
    """One point of a curve."""
    summary = _bytes(1, tag.encode()) + _varint(2 << 3 | 5) + struct.pack("<f", value)
    return frame(_double(1, wall_time) + _number(2, step) + _bytes(5, _bytes(1, summary)))


def text_event(wall_time: float, step: int, tag: str, text: str) -> bytes:
    """A text, for the page of texts."""
    tensor = _number(1, 7) + _bytes(2, _bytes(2, _number(1, 1))) + _bytes(8, text.encode("utf-8", "replace"))
    metadata = _bytes(1, _bytes(1, b"text"))
    summary = _bytes(1, tag.encode()) + _bytes(8, tensor) + _bytes(9, metadata)
    return frame(_double(1, wall_time) + _number(2, step) + _bytes(5, _bytes(1, summary)))


def frames(content: bytes) -> Iterator[bytes]:
    """The records of a log; raises ValueError where a checksum is wrong or the end is missing."""
    at = 0
    while at < len(content):
        head = content[at:at + 12]
        if len(head) < 12 or struct.unpack("<I", head[8:])[0] != masked_crc(head[:8]):
            raise ValueError(f"the record at byte {at} is damaged")
        length = struct.unpack("<Q", head[:8])[0]
        body, checksum = content[at + 12:at + 12 + length], content[at + 12 + length:at + 16 + length]
        if len(checksum) < 4 or struct.unpack("<I", checksum)[0] != masked_crc(body):
            raise ValueError(f"the record at byte {at} is damaged")
        yield body
        at += 16 + length


def fields(content: bytes) -> Iterator[tuple[int, Any]]:
    """Number and value of each field of a message: numbers, floats, or bytes for texts and messages in it."""
    at = 0
    while at < len(content):
        key, at = _read_varint(content, at)
        kind = key & 7
        if kind == 0:
            value, at = _read_varint(content, at)
            yield key >> 3, value
            continue
        size, at = _read_varint(content, at) if kind == 2 else ({1: 8, 5: 4}[kind], at)
        raw = content[at:at + size]
        yield key >> 3, struct.unpack("<d" if kind == 1 else "<f", raw)[0] if kind != 2 else raw
        at += size


def _read_varint(content: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = content[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at


def _varint(value: int) -> bytes:
    found = bytearray()
    while value >= 0x80:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*found, value])


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _double(field: int, value: float) -> bytes:
    return _varint(field << 3 | 1) + struct.pack("<d", value)


def _bytes(field: int, value: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(value)) + value
