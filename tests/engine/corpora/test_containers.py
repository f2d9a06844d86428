"""Archives and compressed files: everything readable inside is read, the rest is named, nothing is unpacked."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import random
import struct
import subprocess
import sys
import tarfile
import zipfile
import zlib

import pytest
import zstandard

from engine.corpora import reasons
from engine.corpora.budget import Budget
from engine.corpora.document import Document, Skipped
from engine.corpora.files import ReadOptions, open_file
from engine.corpora.member import KEPT_BYTES
from engine.corpora.reader import Readers, read_file
from tests.house.sources import ROOT

TEXTS = {"chapter-1.txt": "It was a dark night.\n", "二/章.txt": "月落乌啼霜满天，江枫渔火对愁眠。\n",
         "deep/page.html": "<title>T</title><p>Hello there"}
SHOWN = {"chapter-1.txt": TEXTS["chapter-1.txt"], "二/章.txt": TEXTS["二/章.txt"], "deep/page.html": "Hello there"}
PACKERS = {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress, "zst": zstandard.ZstdCompressor().compress}


def zipped(texts=TEXTS, method=zipfile.ZIP_DEFLATED) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", method) as archive:
        for name, text in texts.items():
            archive.writestr(name, text)
    return made.getvalue()


def tarred(texts=TEXTS, form=tarfile.PAX_FORMAT) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=form) as archive:
        for name, text in texts.items():
            content = text.encode() if isinstance(text, str) else text
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return made.getvalue()


def read(path, content: bytes):
    """Texts and reasons by name."""
    path.write_bytes(content)
    before = sorted(os.listdir(path.parent))
    found = list(read_file(path, path.name, ReadOptions()))
    assert sorted(os.listdir(path.parent)) == before
    return ({each.name: each.text for each in found if isinstance(each, Document)},
            {each.name: each.reason for each in found if isinstance(each, Skipped)})


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_zip_gives_its_files_with_their_names(method, tmp_path):
    assert read(tmp_path / "books.zip", zipped(method=method)) == (
        {f"books.zip/{name}": text for name, text in SHOWN.items()}, {})


@pytest.mark.parametrize("form", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT])
@pytest.mark.parametrize("packing", ["", *PACKERS])
def test_a_tar_gives_its_files_whatever_is_packed_around_it(form, packing, tmp_path):
    names = {"x" * 150 + f"/{name}": text for name, text in TEXTS.items()}
    content = tarred(names, form)
    path = tmp_path / ("books.tar" + (f".{packing}" if packing else ""))
    found, why = read(path, PACKERS[packing](content) if packing else content)
    assert why == {} and list(found.values()) == list(SHOWN.values())
    assert [name.removeprefix(f"{path.name}/") for name in found] == list(names)


@pytest.mark.parametrize("packing", PACKERS)
def test_a_compressed_file_goes_by_its_own_name_and_is_read_by_the_inner_ending(packing, tmp_path):
    rows = b'{"text": "one"}\n{"text": "two"}\n'
    name = f"rows.jsonl.{packing}"
    assert read(tmp_path / name, PACKERS[packing](rows)) == ({f"{name}#1": "one", f"{name}#2": "two"}, {})
    several = PACKERS[packing](rows[:16]) + PACKERS[packing](rows[16:])  # as parallel compressors write
    assert read(tmp_path / name, several)[0] == {f"{name}#1": "one", f"{name}#2": "two"}


def test_a_lying_ending_does_not_matter(tmp_path):
    assert read(tmp_path / "a.txt", zipped())[0] == {f"a.txt/{name}": text for name, text in SHOWN.items()}
    assert read(tmp_path / "b.zip", gzip.compress(b"words"))[0] == {"b.zip": "words"}
    assert read(tmp_path / "c.tgz", b"only words")[0] == {"c.tgz": "only words"}
    assert read(tmp_path / "d.zip", random.Random(1).randbytes(5000))[1] == {"d.zip": reasons.DAMAGED.what}


def test_archives_in_archives_are_read_two_deep(tmp_path):
    two = zipped({"inner.tar.gz": gzip.compress(tarred({"a.txt": "deep words"}))})
    assert read(tmp_path / "outer.zip", two) == ({"outer.zip/inner.tar.gz/a.txt": "deep words"}, {})
    texts, why = read(tmp_path / "three.zip", zipped({"two.zip": two, "b.txt": "words"}))
    assert texts == {"three.zip/b.txt": "words"}
    assert why == {"three.zip/two.zip/inner.tar.gz": reasons.NESTED.what,
                   "three.zip/two.zip (0/1)": reasons.PARTLY.what, "three.zip (1/2)": reasons.PARTLY.what}


def test_what_cannot_be_read_in_an_archive_is_named_and_the_rest_is_read(tmp_path):
    content = bytearray(zipped({f"{number}.txt": f"text number {number} " * 20 for number in range(4)}))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        places = [info.header_offset for info in archive.infolist()]
    directory = content.rfind(b"PK\x05\x06") and content.find(b"PK\x01\x02")
    content[places[1] + 40] ^= 0xFF  # damages the data of 1.txt
    second = content.find(b"PK\x01\x02", content.find(b"PK\x01\x02", directory + 1) + 1)
    content[second + 8] |= 1  # says that 2.txt is encrypted
    third = content.find(b"PK\x01\x02", second + 1)
    content[third + 10] = 99  # says that 3.txt is packed in an unknown way
    texts, why = read(tmp_path / "a.zip", bytes(content))
    assert "a.zip/0.txt" in texts and set(texts) <= {"a.zip/0.txt", "a.zip/1.txt"}
    assert why["a.zip/1.txt"] == reasons.DAMAGED.what
    assert why["a.zip/2.txt"] == reasons.ENCRYPTED.what and why["a.zip/3.txt"] == reasons.UNKNOWN_PACKING.what
    assert any(name.endswith("/4)") for name in why)


def test_a_truncated_zip_is_read_from_its_front(tmp_path):
    texts = {f"{number}.txt": random.Random(number).randbytes(300).hex() for number in range(5)}
    for streamed in (False, True):
        made = io.BytesIO()
        target = io.BufferedWriter(made) if streamed else made
        if streamed:
            target.seekable = lambda: False  # sizes then follow the data
        with zipfile.ZipFile(made if not streamed else Forward(made), "w", zipfile.ZIP_DEFLATED) as archive:
            for name, text in texts.items():
                archive.writestr(name, text)
        content = made.getvalue()
        found, why = read(tmp_path / "a.zip", content[:int(len(content) * 0.5)])
        assert {f"a.zip/{name}": texts[name] for name in ("0.txt", "1.txt")}.items() <= found.items()
        assert why["a.zip"] == reasons.TRUNCATED.what


class Forward(io.RawIOBase):
    """A target that cannot seek, such as a pipe."""

    def __init__(self, inner):
        self.inner = inner

    def writable(self):
        return True

    def write(self, block):
        return self.inner.write(block)


@pytest.mark.parametrize("share", [0.1, 0.35, 0.62, 0.9])
@pytest.mark.parametrize("packing", ["", *PACKERS])
def test_a_truncated_tar_gives_what_stands_before_the_cut(packing, share, tmp_path):
    texts = {f"{number}.txt": random.Random(number).randbytes(2000).hex() for number in range(20)}
    content = tarred(texts)
    packed = PACKERS[packing](content) if packing else content
    path = tmp_path / "a.tar"
    found, why = read(path, packed[:int(len(packed) * share)])
    assert all(texts[name.removeprefix("a.tar/")].startswith(text) for name, text in found.items())
    assert reasons.TRUNCATED.what in why.values()
    if packing in ("", "gz"):
        assert len(found) >= int(20 * share) - 1


@pytest.mark.parametrize("packing", PACKERS)
def test_a_truncated_compressed_text_keeps_its_beginning(packing, tmp_path):
    text = random.Random(1).randbytes(500_000).hex()
    packed = PACKERS[packing](text.encode())
    found, why = read(tmp_path / f"a.txt.{packing}", packed[:len(packed) // 2])
    kept = found.get(f"a.txt.{packing}", "")
    assert text.startswith(kept) and (kept or packing == "bz2") and set(why.values()) == {reasons.TRUNCATED.what}


def test_names_that_try_to_leave_are_only_labels(tmp_path):
    names = ["../../up.txt", "/etc/passwd", "C:\\Windows\\a.txt", "..\\b.txt", "a\0b.txt", "CON", "nul.txt", "~/x",
             "-rf", "a\nb.txt", "x" * 1000, "\u202etxt.exe", "..", "."]
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        for number, name in enumerate(names):
            info = tarfile.TarInfo(name)
            info.size = 8
            archive.addfile(info, io.BytesIO(b"words %02d" % number))
        for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE):
            info = tarfile.TarInfo(f"odd-{kind.decode()}")
            info.type, info.linkname = kind, "/etc/passwd"
            archive.addfile(info)
    texts, why = read(tmp_path / "odd.tar", made.getvalue())
    assert sorted(texts.values()) == sorted(f"words {number:02d}" for number in range(len(names)))
    assert [reason for name, reason in why.items() if "odd-" in name] == [reasons.LINK_INSIDE.what] * 4
    assert all(name.isprintable() and len(name) < 400 for name in texts)


def test_two_files_of_one_name_are_told_apart(tmp_path):
    with pytest.warns(UserWarning, match="Duplicate"):
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w") as archive:
            archive.writestr("a.txt", "one")
            archive.writestr("a.txt", "two")
    assert read(tmp_path / "a.zip", made.getvalue())[0] == {"a.zip/a.txt": "one", "a.zip/a.txt (2)": "two"}


def test_a_stream_from_which_nothing_comes_is_given_up(tmp_path, monkeypatch):
    monkeypatch.setattr("engine.corpora.decompression._PATIENCE_SECONDS", -1.0)
    assert read(tmp_path / "a.gz", gzip.compress(b"") * 2000)[1] == {"a.gz": reasons.STUCK.what}


def test_a_link_in_a_zip_is_not_followed(tmp_path):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        link = zipfile.ZipInfo("link.txt")
        link.create_system, link.external_attr = 3, 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
        archive.writestr("__MACOSX/._a.txt", "junk")
        archive.writestr("a.txt", "words")
    assert read(tmp_path / "a.zip", made.getvalue()) == ({"a.zip/a.txt": "words"}, {
        "a.zip/link.txt": reasons.LINK_INSIDE.what, "a.zip/__MACOSX/._a.txt": reasons.JUNK_INSIDE.what,
        "a.zip (1/3)": reasons.PARTLY.what})


def test_chinese_names_of_old_zips_are_readable(tmp_path):
    name = "鲁迅全集第一卷呐喊.txt"
    other = "x" * len(name.encode("gbk"))
    content = zipped({other: "words"}).replace(other.encode(), name.encode("gbk"))
    assert read(tmp_path / "a.zip", content)[0] == {f"a.zip/{name}": "words"}


def test_office_documents_and_books_are_no_archives_of_files(tmp_path):
    for first in ("[Content_Types].xml", "mimetype"):
        texts, why = read(tmp_path / "a.zip", zipped({first: "application/x-unknown", "word/o.xml": "<x>words</x>"}))
        assert texts == {} and list(why.values()) == [reasons.OTHER_FORMAT.what]


def test_an_empty_archive_has_no_text(tmp_path):
    for name, content in (("a.zip", zipped({})), ("a.tar", tarred({})), ("a.gz", gzip.compress(b""))):
        texts, why = read(tmp_path / name, content)
        assert texts == {} and set(why.values()) <= {reasons.NO_TEXT.what, reasons.EMPTY.what, reasons.DAMAGED.what}
        assert why


def test_a_member_larger_than_what_is_kept_is_read_whole(tmp_path):
    text = "".join(f"Line {number} goes on.\n" for number in range(KEPT_BYTES // 20 + 30_000)) + "夜。\n"
    assert len(text) > KEPT_BYTES + 1e5
    for name, content in (("a.tar", tarred({"big.txt": text, "b.txt": "after"})), ("a.zip", zipped({"big.txt": text}))):
        texts, why = read(tmp_path / name, content)
        assert "".join(each for key, each in texts.items() if "big" in key) == text and why == {}


def test_two_readings_of_a_member_do_not_disturb_each_other(tmp_path):
    content = random.Random(1).randbytes(KEPT_BYTES + 300_000)
    for name, packed in (("a.tar", tarred({"a.bin": content})), ("a.gz", gzip.compress(content, 1))):
        (tmp_path / name).write_bytes(packed)
        with open_file(tmp_path / name, name, ReadOptions()) as file:
            member = next(Readers().container(file).members(file, Budget()))
            first, second = member.open(), member.open()
            assert first.read(KEPT_BYTES + 9) == content[:KEPT_BYTES + 9] and second.read(100) == content[:100]
            assert second.read() == content[100:] and first.read() == content[KEPT_BYTES + 9:]
            assert member.content() == content and member.seekable().seek(0, 2) == len(content)


BOMB = """
import resource, sys
resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
from pathlib import Path
from engine.corpora.document import Document
from engine.corpora.files import ReadOptions, open_file
from engine.corpora.reader import Readers, read_file
path = Path(sys.argv[1])
texts, why, characters = 0, set(), 0
for found in read_file(path, path.name, ReadOptions()):
    if isinstance(found, Document):
        texts, characters = texts + 1, characters + len(found.text)
    else:
        why.add(found.reason)
print(texts, characters, "|".join(sorted(why)), sep="\\n")
"""


def overlapping() -> bytes:
    """A zip whose 500 members are the same bytes: each within the ratio, together far beyond."""
    data = os.urandom(1000) * 60
    packer = zlib.compressobj(9, 8, -15)
    packed = packer.compress(data) + packer.flush()
    crc = zlib.crc32(data)
    local = struct.pack("<4sHHHHHIIIHH", b"PK\3\4", 20, 0, 8, 0, 0, crc, len(packed), len(data), 1, 0) + b"a" + packed
    entry = struct.pack("<4sHHHHHHIIIHHHHHII", b"PK\1\2", 20, 20, 0, 8, 0, 0, crc, len(packed), len(data), 1, 0, 0, 0,
                        0, 0, 0) + b"a"
    return local + entry * 500 + struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, 500, 500, 500 * len(entry), len(local), 0)


def spaces(packing: str) -> bytes:
    block = b" " * (1 << 20)
    if packing == "bz2":
        packer = bz2.BZ2Compressor()
    elif packing == "xz":
        packer = lzma.LZMACompressor()
    elif packing == "zst":
        packer = zstandard.ZstdCompressor().compressobj()
    else:
        packer = zlib.compressobj(9, 8, 31)
    return b"".join(packer.compress(block) for _ in range(60)) + packer.flush()


def bombs():
    big = {"a.txt": "fine words", "big.txt": " " * (60 << 20), "b.txt": "more words"}
    yield "deflate.zip", lambda: zipped(big), 1
    yield "bzip2.zip", lambda: zipped(big, zipfile.ZIP_BZIP2), 1
    yield "lzma.zip", lambda: zipped(big, zipfile.ZIP_LZMA), 1
    yield "overlap.zip", overlapping, 0
    for packing in PACKERS:
        yield f"spaces.{packing}", lambda packing=packing: spaces(packing), 0
    yield "header.tar", huge_header, 0
    yield "sparse.tar", endless_sparse, 0


def huge_header() -> bytes:
    info = tarfile.TarInfo("a")
    info.type, info.size = tarfile.XHDTYPE, 8 << 30
    return info.tobuf() + bytes(100_000)


def endless_sparse() -> bytes:
    """A sparse file whose map claims to go on for ever."""
    info = tarfile.TarInfo("a")
    info.pax_headers = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.realsize": "999999999"}
    return info.tobuf(tarfile.PAX_FORMAT) + b"99999999\n" + bytes(503)


@pytest.mark.skipif(sys.platform == "win32", reason="this system has no limit on address space")
@pytest.mark.parametrize("name, make, least", list(bombs()), ids=lambda each: each if isinstance(each, str) else "")
def test_a_bomb_is_stopped_in_bounded_memory(name, make, least, tmp_path):
    path = tmp_path / name
    path.write_bytes(make())
    done = subprocess.run([sys.executable, "-c", BOMB, str(path)], cwd=ROOT, capture_output=True, text=True,
                          timeout=100, env={**os.environ, "PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1"})
    assert done.returncode == 0, done.stderr[-2000:]
    texts, characters, why = done.stdout.rstrip("\n").split("\n")
    assert int(texts) >= least and int(characters) < 64 << 20 and why
    if not name.endswith("tar"):
        assert reasons.BOMB.what in why


def test_an_archive_of_too_many_files_is_read_up_to_a_bound(tmp_path):
    texts = dict.fromkeys("abcd", "words")
    for name, content in (("a.tar", tarred(texts)), ("a.zip", zipped(texts))):
        (tmp_path / name).write_bytes(content)
        with open_file(tmp_path / name, name, ReadOptions()) as file:
            members = Readers().container(file).members(file, Budget(most_members=3))
            assert len([next(members) for _ in range(3)]) == 3
            with pytest.raises(reasons.Unreadable) as caught:
                next(members)
            assert caught.value.reason == reasons.TOO_MANY_MEMBERS
