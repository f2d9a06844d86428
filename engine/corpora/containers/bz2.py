"""bzip2."""

from __future__ import annotations

from engine.corpora.container import Packed
from engine.corpora.decompression import bz2_codec


class Bz2Container(Packed, kind="bz2", title="bzip2"):
    """Read the file inside a bzip2 file, such as a Wikipedia dump.

    Source: the format of bzip2 1.0; decompressed by Python's bz2.
    """

    extensions = (".bz2", ".tbz2", ".tbz")
    magic = tuple(b"BZh%d1AY&SY" % level for level in range(1, 10))
    codec = bz2_codec
