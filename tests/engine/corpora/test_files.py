"""Files that may be anything: each is read, or named with its reason, and none stops the rest."""

from __future__ import annotations

import errno
import io
import os
import tracemalloc

import pytest

from engine.corpora import reasons
from engine.corpora.corpus import Corpus, read_corpus
from engine.corpora.document import Document, Skipped
from engine.corpora.files import ReadOptions, open_text
from engine.corpora.reader import read_file
from engine.corpora.source import pasted, source_of
from engine.corpora.sources.folder import FolderSource
from engine.errors import EngineError
from engine.work import Work

GOOD = "Words that can be read.\n"


def read(folder, **settings):
    """Texts and reasons of a folder, by name."""
    found = list(FolderSource(path=str(folder), **settings).read(Work()))
    return ({each.name: each.text for each in found if isinstance(each, Document)},
            {each.name: each.reason for each in found if isinstance(each, Skipped)})


def test_one_bad_file_never_stops_the_rest(tmp_path):
    (tmp_path / "a.txt").write_text(GOOD)
    (tmp_path / "b-empty.txt").write_bytes(b"")
    (tmp_path / "c-blank.txt").write_bytes(b" \n \n")
    (tmp_path / "d-noise.txt").write_bytes(bytes(range(256)) * 40)
    (tmp_path / "e.ps").write_bytes(b"%!PS-Adobe-3.0 looks like text at first")
    (tmp_path / "f-gone.txt").symlink_to(tmp_path / "nowhere")
    (tmp_path / "g.html").write_text("<html><body><script>" + "x" * 500 + "</script></body></html>")
    (tmp_path / "z.txt").write_text(GOOD + "Again.")
    texts, why = read(tmp_path)
    assert set(texts) == {"a.txt", "z.txt"}
    assert why == {"b-empty.txt": reasons.EMPTY.what, "c-blank.txt": reasons.NO_TEXT.what,
                   "d-noise.txt": reasons.BINARY.what, "e.ps": reasons.OTHER_FORMAT.what,
                   "f-gone.txt": reasons.VANISHED.what, "g.html": reasons.HTML_EMPTY.what}


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes in folders")
def test_a_pipe_and_a_device_are_named_and_nothing_waits_for_them(tmp_path):
    os.mkfifo(tmp_path / "pipe.txt")
    (tmp_path / "zero.txt").symlink_to("/dev/zero")
    assert read(tmp_path)[1] == {"pipe.txt": reasons.NOT_REGULAR.what, "zero.txt": reasons.NOT_REGULAR.what}
    with pytest.raises(EngineError, match="a pipe"):
        source_of(tmp_path / "pipe.txt")


def test_a_file_that_may_not_be_read_is_named(tmp_path, monkeypatch):
    (tmp_path / "secret.txt").write_text(GOOD)

    def refuse(*arguments):
        raise PermissionError(errno.EACCES, "no")

    monkeypatch.setattr("engine.corpora.files.os.open", refuse)  # the system's own refusal does not hold for root
    assert read(tmp_path)[1] == {"secret.txt": reasons.FORBIDDEN.what}


def test_a_disk_error_in_the_middle_keeps_what_was_read(tmp_path, monkeypatch):
    path = tmp_path / "lines.txt"
    path.write_text("".join(f"line {number}\n" for number in range(400_000)))

    class FailingFile(io.FileIO):
        opened = 0

        def __init__(self, *arguments):
            super().__init__(*arguments)
            FailingFile.opened += 1
            self.left = 2 if FailingFile.opened == 4 else 99  # after: is it there, its kind, its encoding

        def readinto(self, buffer) -> int:
            self.left -= 1
            if self.left < 0:
                raise OSError(errno.EIO, "bad block")
            return super().readinto(buffer)

    monkeypatch.setattr("engine.corpora.files.io.FileIO", FailingFile)
    found = list(read_file(path, "lines.txt", ReadOptions(documents="lines")))
    assert isinstance(found[0], Document) and found[0].text == "line 0"
    assert found[-1] == reasons.UNREADABLE.of("lines.txt")


def test_a_file_that_changes_while_it_is_read_is_noticed(tmp_path):
    path = tmp_path / "log.txt"
    path.write_text("one\ntwo\nthree\n")
    found = read_file(path, "log.txt", ReadOptions(documents="lines"))
    first = next(found)
    with open(path, "a") as file:
        file.write("four\n")
    rest = list(found)
    assert first.text == "one" and rest[-1] == reasons.CHANGED.of("log.txt")


def test_a_file_that_vanishes_before_reading_is_named(tmp_path):
    source = source_of(_written(tmp_path / "a.txt"))
    (tmp_path / "a.txt").unlink()
    assert list(source.read(Work())) == [reasons.VANISHED.of("a.txt")]
    assert source.problem() == "Moved or deleted"
    assert source.identity()[1] is None


def _written(path):
    path.write_text(GOOD)
    return path


def test_each_file_is_read_once_whatever_links_lead_to_it(tmp_path):
    (tmp_path / "inner").mkdir()
    _written(tmp_path / "inner" / "a.txt")
    (tmp_path / "inner" / "up").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "other").symlink_to(tmp_path / "inner", target_is_directory=True)
    (tmp_path / "same.txt").symlink_to(tmp_path / "inner" / "a.txt")
    os.link(tmp_path / "inner" / "a.txt", tmp_path / "hard.txt")
    texts, why = read(tmp_path)
    assert len(texts) == 1
    assert sorted(why.values()) == sorted([reasons.LOOP.what] * 2 + [reasons.TWICE.what] * 2)


def test_hidden_files_junk_and_projects_are_left_out_and_named(tmp_path):
    for name in (".git", "node_modules", "my-project", "plain"):
        (tmp_path / name).mkdir()
        _written(tmp_path / name / "a.txt")
    for name in ("project.toml", "recipe.toml"):
        _written(tmp_path / "my-project" / name)
    _written(tmp_path / ".hidden.txt")
    texts, why = read(tmp_path)
    assert set(texts) == {"plain/a.txt"}
    assert why == {".git": reasons.HIDDEN.what, ".hidden.txt": reasons.HIDDEN.what, "node_modules": reasons.JUNK.what,
                   "my-project": reasons.OWN_PROJECT.what}
    assert {".hidden.txt", ".git/a.txt", "plain/a.txt"} <= set(read(tmp_path, hidden=True)[0])


def test_only_files_whose_names_fit_are_read(tmp_path):
    for name in ("a.txt", "b.md", "c.log"):
        _written(tmp_path / name)
    assert set(read(tmp_path, names="*.txt *.md")[0]) == {"a.txt", "b.md"}
    assert read(tmp_path, names="*.txt")[1]["c.log"] == reasons.LEFT_OUT.what


def test_an_empty_folder_says_so(tmp_path):
    assert list(FolderSource(path=str(tmp_path)).read(Work())) == [reasons.NO_FILES.of(tmp_path.name)]


@pytest.mark.skipif(os.name == "nt", reason="this system has no such names")
def test_names_of_any_bytes_are_read(tmp_path):
    for name in (b"odd \xff\n.txt", "emoji 🚀.txt".encode(), b"x" * 250 + b".txt"):
        with open(os.path.join(os.fsencode(tmp_path), name), "w") as file:
            file.write(GOOD)
    names = sorted(read(tmp_path)[0])
    assert len(names) == 3 and "odd \ufffd\n.txt" in names
    (tmp_path / "corpus").mkdir()
    assert read_corpus([FolderSource(path=str(tmp_path))], tmp_path / "corpus", Work()).documents == 3


def test_the_users_choice_of_encoding_is_obeyed(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes("café".encode("cp1252"))
    wrong = list(read_file(path, "a.txt", ReadOptions(encoding="gb18030")))
    right = list(read_file(path, "a.txt", ReadOptions(encoding="windows-1252")))
    assert wrong[0].text != "café" and right[0].text == "café"


def test_a_long_english_beginning_does_not_hide_what_follows(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(b"English words.\n" * 150_000 + "鲁镇的酒店的格局，是和别处不同的。\n".encode("gb18030") * 50)
    with open_text(path, "a.txt", ReadOptions()) as file:
        assert file.encoding == "gb18030"
    last = list(read_file(path, "a.txt", ReadOptions()))[-1]
    assert last.text.endswith("鲁镇的酒店的格局，是和别处不同的。\n")


def test_a_huge_line_is_read_in_bounded_memory_and_cut_at_sentences(tmp_path):
    path = tmp_path / "huge.txt"
    sentence = "The quick brown fox jumps over the lazy dog, and the day goes on. "
    with open(path, "w") as file:
        for _ in range(240):
            file.write(sentence * 1000)  # 16 MB on one line
    total, ends = 0, set()
    tracemalloc.start()
    for document in read_file(path, "huge.txt", ReadOptions()):
        total += len(document.text)
        ends.add(document.text[-10:])
        assert len(document.text) <= 1_000_000
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert total == path.stat().st_size and ends == {sentence[-10:]}
    assert peak < 12_000_000


def test_pasted_text_must_have_a_letter():
    with pytest.raises(EngineError, match="empty"):
        pasted(" \n")
    assert pasted("Once upon a time\nthere was", "").label() == "Once upon a time there was"


def test_a_corpus_of_many_sources_counts_what_was_skipped(tmp_path):
    (tmp_path / "texts").mkdir()
    _written(tmp_path / "texts" / "a.txt")
    (tmp_path / "texts" / "b.txt").write_bytes(b"")
    into = tmp_path / "into"
    into.mkdir()
    manifest = read_corpus([source_of(tmp_path / "texts"), pasted("Pasted words.")], into, Work())
    assert [(s.kind, s.documents, s.skipped) for s in manifest.sources] == [("folder", 1, 1), ("pasted", 1, 0)]
    assert [(s.name, s.reason) for s in manifest.skipped] == [("b.txt", reasons.EMPTY.what)]
    assert [d.text for d in Corpus(into).documents()] == [GOOD, "Pasted words."]
