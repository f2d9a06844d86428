"""How fast tables, compressed tables and wiki dumps are read, against a plain loop with the library on the same file.

MB are millions of bytes of the file as it is without compression; times are of the processor, best of three.
"""

from __future__ import annotations

import bz2
import csv
import io
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import iterparse
from xml.sax.saxutils import escape

import orjson
import zstandard

from engine.assets import asset
from engine.corpora.files import ReadOptions
from engine.corpora.reader import Readers, read_file

CHARACTERS = 1500
COPIES = 12


def measure() -> Iterator[dict[str, Any]]:
    """One line a format: our rate in megabytes a second, and that of the plain loop."""
    text = "".join(asset(f"corpora/{name}.txt").read_text("utf-8") for name in ("emma", "poems"))
    texts = [text[start:start + CHARACTERS] for start in range(0, len(text), CHARACTERS)] * COPIES
    readers = Readers()
    with tempfile.TemporaryDirectory() as place:
        for path, size, plain in _files(Path(place), texts):
            own = _rate(size, lambda path=path: sum(1 for _ in read_file(path, path.name, ReadOptions(), readers)))
            yield {"file": path.name, "documents": len(texts), "megabytes": round(size / 1e6, 1),
                   "own_mb_per_second": own, "plain_mb_per_second": _rate(size, plain)}


def _files(place: Path, texts: list[str]) -> Iterator[tuple[Path, int, Callable[[], object]]]:
    rows = b"".join(orjson.dumps({"id": number, "text": text}) + b"\n" for number, text in enumerate(texts))
    pairs = b"".join(orjson.dumps({"source": text[:40], "target": text[40:80]}) + b"\n" for text in texts)
    table = io.StringIO()
    csv.writer(table).writerows([("id", "text"), *enumerate(texts)])
    pages = "".join(f"<page><title>T{number}</title><ns>0</ns><id>{number}</id><revision><text>'''b''' "
                    f"{{{{a|{{{{b}}}}}}}} [[c|d]]\n== E ==\n{escape(text)}\n[[Category:F]]</text></revision></page>\n"
                    for number, text in enumerate(texts))
    wiki = f"<mediawiki>{pages}</mediawiki>".encode()
    for name, content, size, plain in (
            ("texts.jsonl", rows, len(rows), _json_lines), ("pairs.jsonl", pairs, len(pairs), _json_lines),
            ("texts.jsonl.zst", zstandard.ZstdCompressor().compress(rows), len(rows), _zst),
            ("texts.csv", table.getvalue().encode(), len(table.getvalue().encode()), _table),
            ("wiki.xml.bz2", bz2.compress(wiki), len(wiki), _wiki)):
        path = place / name
        path.write_bytes(content)
        yield path, size, lambda path=path, plain=plain: plain(path)


def _rate(size: int, work: Callable[[], object]) -> float:
    def once() -> float:
        began = time.process_time()
        work()
        return time.process_time() - began

    return round(size / 1e6 / min(once() for _ in range(3)), 1)


def _json_lines(path: Path) -> None:
    with open(path, "rb") as file:
        for line in file:
            orjson.loads(line)


def _zst(path: Path) -> None:
    with open(path, "rb") as file:
        for line in io.BufferedReader(zstandard.ZstdDecompressor().stream_reader(file), 1 << 20):
            orjson.loads(line)


def _table(path: Path) -> None:
    with open(path, newline="", encoding="utf-8") as file:
        for _ in csv.DictReader(file):
            pass


def _wiki(path: Path) -> None:
    with bz2.open(path) as file:
        for _, element in iterparse(file):
            if element.tag == "page":
                element.clear()
