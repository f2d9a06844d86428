"""What every reader and every container must bear: files that are cut, changed, empty, or called by a wrong name."""
# ruff: noqa: E501  (samples as they are)

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest

from engine.corpora.container import Container
from engine.corpora.document import Document, Skipped
from engine.corpora.files import MemoryFile, ReadOptions, open_file
from engine.corpora.reader import Reader, Readers, read_file, read_input
from engine.settings import members_of
from tests.data import make_data

FORMATS = Path(make_data.FOLDER)
SAMPLES = {
    "arrow": "rows.feather", "code": "add.py", "csv": "rows.csv", "docx": "texts.docx", "epub": "book.epub",
    "html": b"<html><head><title>T</title></head><body><p>Some <b>words</b> here.</p><ul><li>one</li></ul></body></html>",
    "jsonl": "rows.jsonl", "mail": "box.mbox", "markdown": b"# Title\n\nSome *words*, a [link](http://x) and `code`.\n",
    "mediawiki": make_data.wiki(), "notebook": "sums.ipynb", "odt": "texts.odt", "parquet": "rows.parquet",
    "pdf": "emma.pdf", "po": "app.po", "rtf": "letter.rtf", "subtitles": "film.srt",
    "text": "月落乌啼霜满天，江枫渔火对愁眠。\nSome words.\n".encode(), "tmx": "memory.tmx",
    "warc": b"".join(b"WARC/1.0\r\nWARC-Type: response\r\nContent-Length: %d\r\n\r\n%b\r\n\r\n" % (len(page), page) for page in (
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>Some words.</p>",) * 3),
    "xliff": "app.xlf",
    "zip": "books.zip", "tar": "books.tar", "gz": "chapter.txt.gz", "bz2": "wiki.xml.bz2", "xz": "books.tar.xz",
    "zst": "rows.jsonl.zst"}
"""A good file of every kind; a new kind adds its line here."""

KINDS = [*members_of(Reader), *members_of(Container)]
SLOW = {"pdf": 40, "docx": 60}
MUTATIONS = 250


def sample(kind: str) -> bytes:
    assert kind in SAMPLES, f"say here what a small file of kind {kind!r} is"
    found = SAMPLES[kind]
    return found if isinstance(found, bytes) else (FORMATS / found).read_bytes()


def changed(content: bytes, chance: random.Random) -> bytes:
    """The content with a cut, some wrong bytes, a part that is doubled, gone or replaced, or a wild number."""
    made = bytearray(content)
    for _ in range(chance.choice((1, 1, 1, 3, 10))):
        way, place = chance.randrange(6), chance.randrange(max(1, len(made)))
        length = chance.choice((1, 2, 4, 16, 200))
        if way == 0:
            del made[place:]
        elif way == 1 and made:
            made[place % len(made)] ^= 1 << chance.randrange(8)
        elif way == 2:
            made[place:place] = made[place:place + length] * chance.choice((1, 2, 50))
        elif way == 3:
            del made[place:place + length]
        elif way == 4:
            made[place:place + length] = chance.randbytes(length)
        else:
            made[place:place + 4] = chance.choice((b"\xff" * 4, bytes(4), b"\xff\xff\xff\x7f", b"99999999", b'"', b"<"))
    return bytes(made)


def outcome(file, readers) -> list[Document | Skipped]:
    """What reading gives; every rule that holds for any content is checked."""
    found = list(read_input(file, readers))
    for each in found:
        assert isinstance(each, Document | Skipped)
        if isinstance(each, Document):
            assert each.text.strip() and each.name and each.text.encode()
        else:
            assert each.reason.endswith((".", "。")) and (not each.fix or each.fix.endswith("."))
    assert found, "neither text nor a reason"
    return found


@pytest.fixture(scope="module")
def readers():
    return Readers()


def names_of(kind) -> list[str]:
    found = SAMPLES.get(kind.kind)
    endings = "".join(Path(found).suffixes) if isinstance(found, str) else kind.extensions[0]
    return [f"a{endings}", "a.txt", "a"]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.kind)
class TestEveryFormat:
    def test_its_sample_is_read_without_complaint_by_its_own_reader(self, kind, readers):
        found = outcome(MemoryFile(sample(kind.kind), names_of(kind)[0], ReadOptions()), readers)
        documents = [each for each in found if isinstance(each, Document)]
        assert documents
        if issubclass(kind, Reader):
            assert {each.metadata["format"] for each in documents} == {kind.kind}

    def test_reads_the_same_from_the_disk_from_memory_and_twice(self, kind, readers, tmp_path):
        name = names_of(kind)[0]
        path = tmp_path / name
        path.write_bytes(sample(kind.kind))
        once, again = list(read_file(path, name, ReadOptions(), readers)), list(read_file(path, name, ReadOptions()))
        assert once == again == outcome(MemoryFile(path.read_bytes(), name, ReadOptions()), readers)

    def test_any_damage_gives_text_or_a_reason_in_short_time(self, kind, readers):
        content, chance = sample(kind.kind), random.Random(kind.kind)
        for number in range(SLOW.get(kind.kind, MUTATIONS)):
            name = names_of(kind)[0 if number % 5 else chance.randrange(3)]
            began = time.process_time()
            outcome(MemoryFile(changed(content, chance), name, ReadOptions()), readers)
            assert time.process_time() - began < 10

    def test_under_a_wrong_name_it_gives_text_or_a_reason(self, kind, readers):
        endings = [each.extensions[0] for each in KINDS] if issubclass(kind, Reader) else [".txt", ".pdf", ".csv"]
        for ending in endings:
            outcome(MemoryFile(sample(kind.kind), f"a{ending}", ReadOptions()), readers)

    def test_an_empty_file_and_one_of_blanks_are_named(self, kind, readers):
        for content in (b"", b" \n\n", b"\n"):
            found = outcome(MemoryFile(content, names_of(kind)[0], ReadOptions()), readers)
            assert all(isinstance(each, Skipped) for each in found)

    def test_leaves_no_file_behind_and_none_open(self, kind, readers, tmp_path):
        path = tmp_path / names_of(kind)[0]
        path.write_bytes(sample(kind.kind))
        with open_file(path, path.name, ReadOptions()) as file:
            outcome(file, readers)
            streams = list(file._streams)
        assert all(stream.closed for stream in streams) and list(tmp_path.iterdir()) == [path]

    def test_says_where_it_comes_from(self, kind, readers):
        assert "Source:" in kind.__doc__ and kind.title and kind.summary().endswith(".") and kind.extensions
