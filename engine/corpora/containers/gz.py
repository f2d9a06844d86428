"""gzip."""

from __future__ import annotations

from engine.corpora.container import Packed
from engine.corpora.decompression import gz_codec


class GzContainer(Packed, kind="gz", title="gzip"):
    """Read the file inside a gzip file, such as data.jsonl.gz.

    Source: RFC 1952; decompressed by zlib.
    """

    extensions = (".gz", ".tgz", ".gzip")
    magic = (b"\x1f\x8b\x08",)
    codec = gz_codec
