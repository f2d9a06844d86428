"""xz."""

from __future__ import annotations

from engine.corpora.container import Packed
from engine.corpora.decompression import xz_codec


class XzContainer(Packed, kind="xz", title="xz"):
    """Read the file inside an xz file.

    Source: the .xz file format 1.2; decompressed by Python's lzma.
    """

    extensions = (".xz", ".txz")
    magic = (b"\xfd7zXZ\0",)
    codec = xz_codec
