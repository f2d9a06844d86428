"""Which reader gets a file, and what becomes of a reader that breaks."""

from __future__ import annotations

import struct

import pytest

from engine.corpora import reasons
from engine.corpora.document import Document
from engine.corpora.files import HEAD_BYTES, WHOLE_BYTES, MemoryFile, ReadOptions, open_file
from engine.corpora.reader import Readers, read_input
from engine.corpora.reasons import Unreadable


class ReaderOfTests:
    """A reader of no text, made for one test."""

    kind, is_text, extensions, magic = "of-tests", False, (".own",), (b"\0OWN",)

    def __init__(self, error=None):
        self.error = error

    def recognises(self, head, file):
        return head.startswith(self.magic)

    def read(self, file):
        yield Document("", "first")
        yield Document("", file.open().read().decode("latin-1"))
        if self.error:
            raise self.error


def readers_with(reader):
    readers = Readers()
    readers._all.append(reader)
    readers._by_ending[".own"] = reader
    return readers


def test_what_a_file_holds_counts_more_than_its_name():
    readers = readers_with(ReaderOfTests())
    kinds = [[each.metadata["format"] for each in read_input(MemoryFile(content, name, ReadOptions()), readers)]
             for name, content in (("a.txt", b"\0OWN bytes"), ("a.own", b"plain words"), ("b.own", b"\0OWN"))]
    assert kinds == [["of-tests"] * 2, ["text"], ["of-tests"] * 2]


@pytest.mark.parametrize("error, reason", [
    (struct.error("short"), reasons.DAMAGED), (RecursionError(), reasons.DAMAGED), (KeyError("x"), reasons.DAMAGED),
    (MemoryError(), reasons.TOO_MUCH_MEMORY), (Unreadable(reasons.ENCRYPTED), reasons.ENCRYPTED),
    (OSError("disk"), reasons.UNREADABLE)])
def test_a_reader_that_breaks_gives_a_reason_and_keeps_what_it_read(error, reason):
    found = list(read_input(MemoryFile(b"\0OWN", "a.own", ReadOptions()), readers_with(ReaderOfTests(error))))
    assert [each.text for each in found[:-1]] == ["first", "\0OWN"]
    assert [each.name for each in found[:-1]] == ["a.own#1", "a.own#2"]
    assert found[-1] == reason.of("a.own")


def test_a_file_may_be_opened_again_and_held_whole_up_to_a_bound(tmp_path):
    path = tmp_path / "a.bin"
    path.write_bytes(b"0123456789" * 1000)
    for file in (open_file(path, "a.bin", ReadOptions()), MemoryFile(path.read_bytes(), "a.bin", ReadOptions())):
        with file:
            first, second = file.open(), file.open()
            assert first.read(10) == second.read(10) == b"0123456789" and first.read(3) == b"012"
            assert file.head() == path.read_bytes()[:HEAD_BYTES] and file.content() == path.read_bytes()
            seekable = file.seekable()
            assert seekable.seek(5) == 5 and seekable.read(2) == b"56"
            with pytest.raises(Unreadable):
                file.content(limit=9999)
        assert first.closed


def test_a_large_file_is_not_copied_to_memory(tmp_path):
    path = tmp_path / "a.bin"
    with open(path, "wb") as file:
        file.truncate(WHOLE_BYTES + 1)
    with open_file(path, "a.bin", ReadOptions()) as file:
        assert file.seekable().seek(0, 2) == WHOLE_BYTES + 1
        with pytest.raises(Unreadable) as caught:
            file.content()
        assert caught.value.reason == reasons.TOO_LARGE
