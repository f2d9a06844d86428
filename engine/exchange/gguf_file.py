"""The GGUF format, version 3, out and in: typed values by name, then tensors, each beginning at a multiple of 32 bytes.

Source: the specification of GGUF in ggml (github.com/ggml-org/ggml, docs/gguf.md); Q8_0: `block_q8_0` there.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from engine import storage

Precision = Literal["f32", "f16", "q8-0"]
Arrays = Mapping[str, npt.NDArray[np.float32]]

BLOCK = 32
"""Numbers of a row that share one scale in Q8_0."""

FILE_TYPES: dict[str, int] = {"f32": 0, "f16": 1, "q8-0": 7}
_TENSOR_TYPES = {0: "f32", 1: "f16", 8: "q8-0"}
_TYPE_NUMBERS = {name: number for number, name in _TENSOR_TYPES.items()}
_MAGIC, _VERSION, _ALIGNMENT = b"GGUF", 3, 32
_U32, _I32, _F32, _BOOL, _STRING, _ARRAY = 4, 5, 6, 7, 8, 9
_PLAIN = {_U32: "<I", _I32: "<i", _F32: "<f", _BOOL: "<?"}


def write_gguf(path: Path, values: Mapping[str, Any], tensors: Arrays, precision: Precision,
               whole: Sequence[str] = ()) -> None:
    """A file with these values and tensors; vectors and those in `whole` stay 32 bit, as llama.cpp wants them."""
    kinds = {name: _kind_of(array, "f32" if name in whole else precision) for name, array in tensors.items()}
    head = [_MAGIC, struct.pack("<IQQ", _VERSION, len(tensors), len(values))]
    head += [_text(key) + _typed(value) for key, value in values.items()]
    at = 0
    for name, array in tensors.items():
        shape = array.shape[::-1]
        head.append(_text(name) + struct.pack(f"<I{len(shape)}QIQ", len(shape), *shape, _TYPE_NUMBERS[kinds[name]], at))
        at += _padded(_size(array, kinds[name]))
    start = b"".join(head)
    with storage.replacing(path, needed_bytes=len(start) + at) as file:
        file.write(start + b"\0" * (-len(start) % _ALIGNMENT))
        for name, array in tensors.items():
            content = packed(array, kinds[name])
            file.write(content + b"\0" * (-len(content) % _ALIGNMENT))


def read_gguf(path: Path) -> tuple[dict[str, Any], dict[str, tuple[str, npt.NDArray[Any]]]]:
    """The values, and each tensor with its type, as it is packed; raises ValueError where the file is no such thing."""
    content = np.memmap(path, np.uint8, "r")
    reader = _Reader(content)
    if reader.take(4) != _MAGIC or reader.number("<I") != _VERSION:
        raise ValueError("it is no GGUF file of version 3")
    n_tensors, n_values = reader.number("<Q"), reader.number("<Q")
    values = {reader.text(): reader.value(reader.number("<I")) for _ in range(n_values)}
    found: dict[str, tuple[str, tuple[int, ...], int]] = {}
    for _ in range(n_tensors):
        name = reader.text()
        shape = tuple(reader.number("<Q") for _ in range(reader.number("<I")))[::-1]
        found[name] = _TENSOR_TYPES[reader.number("<I")], shape, reader.number("<Q")
    start = _padded(reader.at)
    return values, {name: (kind, _cut(content, start + at, kind, shape)) for name, (kind, shape, at) in found.items()}


def packed(array: npt.NDArray[np.float32], kind: str) -> bytes:
    """The bytes of a tensor in one of the types."""
    if kind != "q8-0":
        return array.astype("<f4" if kind == "f32" else "<f2").tobytes()
    blocks = array.reshape(-1, BLOCK)
    scales = np.abs(blocks).max(axis=1, keepdims=True) / np.float32(127)
    with np.errstate(divide="ignore", invalid="ignore"):
        scaled = np.where(scales > 0, blocks / scales, np.float32(0))
    rounded = np.trunc(scaled + np.copysign(np.float32(0.5), scaled)).astype(np.int8)
    return np.concatenate([scales.astype("<f2").view(np.uint8), rounded.view(np.uint8)], axis=1).tobytes()


def unpacked(packed_rows: npt.NDArray[Any], kind: str, shape: tuple[int, ...]) -> npt.NDArray[np.float32]:
    """The numbers that a program computes with."""
    if kind != "q8-0":
        return packed_rows.astype(np.float32)
    blocks = packed_rows.reshape(-1, BLOCK + 2)
    scales = np.ascontiguousarray(blocks[:, :2]).view("<f2").astype(np.float32)
    return (np.ascontiguousarray(blocks[:, 2:]).view(np.int8) * scales).reshape(shape)


def _kind_of(array: npt.NDArray[Any], precision: str) -> str:
    """Rows that cannot be cut into blocks are kept in 16 bit."""
    if array.ndim < 2 or precision == "f32":
        return "f32"
    return "f16" if precision == "q8-0" and array.shape[-1] % BLOCK else precision


def _size(array: npt.NDArray[Any], kind: str) -> int:
    return array.size // BLOCK * (BLOCK + 2) if kind == "q8-0" else array.size * (4 if kind == "f32" else 2)


def _padded(size: int) -> int:
    return size + -size % _ALIGNMENT


def _cut(content: npt.NDArray[np.uint8], at: int, kind: str, shape: tuple[int, ...]) -> npt.NDArray[Any]:
    count = int(np.prod(shape, dtype=np.int64))
    size = count // BLOCK * (BLOCK + 2) if kind == "q8-0" else count * (4 if kind == "f32" else 2)
    part = content[at:at + size]
    if len(part) < size:
        raise ValueError("the file ends too soon")
    return part if kind == "q8-0" else part.view("<f4" if kind == "f32" else "<f2").reshape(shape)


def _text(text: str) -> bytes:
    content = text.encode()
    return struct.pack("<Q", len(content)) + content


def _typed(value: Any) -> bytes:
    """A value behind the number of its type; whole numbers are unsigned, those in lists signed."""
    if isinstance(value, (list, tuple)):
        kind = _STRING if isinstance(value[0], str) else _F32 if isinstance(value[0], float) else _I32
        return struct.pack("<IIQ", _ARRAY, kind, len(value)) + b"".join(_bare(each, kind) for each in value)
    kind = {bool: _BOOL, int: _U32, float: _F32, str: _STRING}[type(value)]
    return struct.pack("<I", kind) + _bare(value, kind)


def _bare(value: Any, kind: int) -> bytes:
    return _text(value) if kind == _STRING else struct.pack(_PLAIN[kind], value)


class _Reader:
    """Reads a file's head from the first byte on."""

    def __init__(self, content: npt.NDArray[np.uint8]) -> None:
        self._content = content
        self.at = 0

    def take(self, count: int) -> bytes:
        part = self._content[self.at:self.at + count].tobytes()
        if len(part) < count:
            raise ValueError("the file ends too soon")
        self.at += count
        return part

    def number(self, form: str) -> Any:
        return struct.unpack(form, self.take(struct.calcsize(form)))[0]

    def text(self) -> str:
        return self.take(self.number("<Q")).decode()

    def value(self, kind: int) -> Any:
        if kind == _ARRAY:
            return list(self._array())
        return self.text() if kind == _STRING else self.number(_PLAIN[kind])

    def _array(self) -> Iterator[Any]:
        kind, count = self.number("<I"), self.number("<Q")
        for _ in range(count):
            yield self.value(kind)
