"""Files that break their reader: the process that reads them ends, and all other files are read all the same."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import zipfile
from pathlib import Path

import psutil
import pytest

import engine
from engine.corpora import reasons
from engine.corpora.document import Document, Skipped
from engine.corpora.files import ReadOptions
from engine.corpora.isolated import FileToRead, Limits, read_files
from engine.corpora.reader import read_file
from engine.work import Stopped, Work
from tests.data.make_formats import FOLDER as FORMATS

BREAKER = '''
import mmap, os, time
from engine.corpora.document import Document
from engine.corpora.reader import Reader

class Breaker(Reader, kind="breaker"):
    """Does what the file says. Source: this test."""
    extensions = (".breaks",)
    magic = (b"PK\\3\\4BREAK",)
    is_text = False

    def read(self, file):
        for word in file.content()[len(self.magic[0]):].decode().split():
            if word == "crash":
                os.abort()
            elif word == "hang":
                while True:
                    pass
            elif word == "sleep":
                time.sleep(10_000)
            elif word == "grow":
                kept = []
                while True:
                    kept.append(bytearray(1 << 20))
            elif word == "map":  # memory that the system's own limit does not count
                kept = []
                while True:
                    kept.append(mmap.mmap(-1, 1 << 24))
                    kept[-1].write(b"x" * (1 << 24))
                    time.sleep(0.01)
            elif word == "print":
                print("not a frame" * 10_000, flush=True)
                os.write(1, b"\\xff" * 1000)
            elif word == "flood":
                while True:
                    yield Document("", "flood " * 10_000)
            elif word == "slow":
                for _ in range(8):
                    time.sleep(0.25)
                    file.options.watcher.alive()
            else:
                yield Document("", word)
'''


@pytest.fixture
def breaker(tmp_path, monkeypatch):
    """Children know one reader more, which does harm when a file says so; gives a maker of such files."""
    place = tmp_path / "more"
    place.mkdir()
    (place / "breaker.py").write_text(BREAKER, "utf-8")
    (place / "sitecustomize.py").write_text(
        f"import engine.corpora.readers\nengine.corpora.readers.__path__.append({str(place)!r})\n", "utf-8")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join((str(Path(engine.__file__).parents[1]), str(place))))

    def make(name, words):
        (tmp_path / name).write_bytes(b"PK\3\4BREAK" + words.encode())
        return FileToRead(tmp_path / name, name)

    return make


def read(files, **limits):
    return list(read_files(files, ReadOptions(), Work(), Limits(**limits)))


def said(found):
    return [(each.name, each.text if isinstance(each, Document) else each.reason) for each in found]


def children():
    return [child for child in psutil.Process().children() if "engine.corpora.isolated_child" in child.cmdline()]


class TestAFileThatBreaksItsReader:
    def test_is_named_with_its_reason_and_all_others_are_read_in_order(self, breaker, tmp_path):
        (tmp_path / "plain.txt").write_text("plain", "utf-8")
        deeds = ["one two", "crash", "", "hang", "print three", "sleep", "grow", "flood", "four", "map"]
        files = [breaker(f"{number}.breaks", deed) if deed else FileToRead(tmp_path / "plain.txt", "plain.txt")
                 for number, deed in enumerate(deeds)]
        found = read(files, silent_seconds=1.5, memory_bytes=300 << 20, free_text_bytes=4 << 20, text_ratio=1)
        kept = [each for each in said(found) if not each[1].startswith("flood ")]
        assert kept == [
            ("0.breaks#1", "one"), ("0.breaks#2", "two"), ("1.breaks", reasons.CRASHED.what), ("plain.txt", "plain"),
            ("3.breaks", reasons.NO_PROGRESS.what), ("4.breaks", "three"), ("5.breaks", reasons.NO_PROGRESS.what),
            ("6.breaks", reasons.TOO_MUCH_MEMORY.what), ("7.breaks", reasons.SWOLLEN.what), ("8.breaks", "four"),
            ("9.breaks", reasons.TOO_MUCH_MEMORY.what)]
        assert not children()

    def test_inside_an_archive_loses_nothing_of_the_others(self, breaker, tmp_path):
        with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
            for number, words in enumerate(["one", "two crash", "hang", "three four", "crash", "five"]):
                archive.writestr(f"{number}.breaks", b"PK\3\4BREAK" + words.encode())
            archive.writestr("z.txt", "six")
        found = read([FileToRead(tmp_path / "all.zip", "all.zip")], silent_seconds=1.5)
        kept = [each for each in said(found) if each[1] != "two"]
        assert kept == [
            ("all.zip/0.breaks", "one"), ("all.zip/1.breaks", reasons.CRASHED.what),
            ("all.zip/2.breaks", reasons.NO_PROGRESS.what), ("all.zip/3.breaks#1", "three"),
            ("all.zip/3.breaks#2", "four"), ("all.zip/4.breaks", reasons.CRASHED.what), ("all.zip/5.breaks", "five"),
            ("all.zip/z.txt", "six"), ("all.zip (4/7)", reasons.PARTLY.what)]

    def test_may_take_its_time_as_long_as_it_shows_progress(self, breaker):
        assert said(read([breaker("a.breaks", "slow done")], silent_seconds=1.0)) == [("a.breaks", "done")]


@pytest.fixture
def mixed(tmp_path):
    """Forty files of many formats, good and bad."""
    files = []
    for number in range(40):
        kind = sorted(FORMATS.iterdir())[number % len(list(FORMATS.iterdir()))]
        place = tmp_path / f"{number:02d}-{kind.name}"
        place.write_bytes(kind.read_bytes() if number % 5 else kind.read_bytes()[:number * 40])
        files.append(FileToRead(place, place.name))
    files.insert(3, Skipped("left out", reasons.HIDDEN.what, reasons.HIDDEN.fix))
    return files


class TestReadingAhead:
    def test_gives_the_same_however_many_processes_there_are(self, mixed):
        here = [each for file in mixed for each in
                ([file] if isinstance(file, Skipped) else read_file(file.path, file.name, ReadOptions()))]
        assert read(mixed, processes=1) == here
        assert read(mixed, processes=3) == here

    def test_ends_with_its_processes_when_the_user_asks(self, breaker):
        asked = threading.Event()
        files = [breaker("a.breaks", "one"), breaker("b.breaks", "hang"), breaker("c.breaks", "hang")]
        found = read_files(files, ReadOptions(), Work(is_stopping=asked.is_set), Limits(processes=2))
        assert next(found).text == "one"
        asked.set()
        with pytest.raises(Stopped):
            list(found)
        assert not children()

    def test_ends_with_its_processes_when_nobody_wants_more(self, mixed):
        found = read_files(mixed, ReadOptions(), Work(), Limits(processes=2))
        next(found)
        found.close()
        assert not children()

    def test_is_not_begun_for_plain_text(self, tmp_path):
        (tmp_path / "a.txt").write_text("plain", "utf-8")
        found = read_files([FileToRead(tmp_path / "a.txt", "a.txt")] * 3, ReadOptions(), Work())
        assert next(found).text == "plain" and not children()
        found.close()

    def test_keeps_little_of_what_is_not_taken_yet(self, breaker):
        files = [breaker("a.breaks", "one"), breaker("b.breaks", "flood")]
        found = read_files(files, ReadOptions(), Work(), Limits(processes=2))
        next(found)
        first = next(found)
        before = psutil.Process().memory_info().rss
        for _ in range(200):
            assert next(found).text == first.text
        assert psutil.Process().memory_info().rss < before + (80 << 20)
        found.close()

    def test_a_process_whose_job_is_gone_ends_by_itself(self, breaker):
        path = str(breaker("a.breaks", "one hang").path)
        code = ("from pathlib import Path\nfrom engine.corpora.isolated import *\nfrom engine.work import Work\n"
                "print('begun', flush=True)\n"
                f"list(read_files([FileToRead(Path({path!r}), 'a')], ReadOptions(), Work()))")
        with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as job:
            job.stdout.readline()
            born = []
            while not born:
                born = psutil.Process(job.pid).children()
            job.kill()
        assert psutil.wait_procs(born, timeout=20)[1] == []
