"""Zstandard."""

from __future__ import annotations

from engine.corpora.container import Packed
from engine.corpora.decompression import Zstd


class ZstContainer(Packed, kind="zst", title="Zstandard"):
    """Read the file inside a Zstandard file, such as data.jsonl.zst.

    Source: RFC 8878; decompressed by zstandard.
    """

    extensions = (".zst", ".zstd", ".tzst")
    magic = (b"\x28\xb5\x2f\xfd", *(bytes((low,)) + b"\x2a\x4d\x18" for low in range(0x50, 0x60)))
    codec = Zstd
