"""Storage: whole files or none, whoever dies when."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import textwrap

import pytest

from engine import storage
from engine.errors import EngineError


def test_a_writer_killed_at_any_moment_leaves_the_old_or_the_new_file(tmp_path):
    target = tmp_path / "state"
    target.write_bytes(b"a" * 4_000_000)
    program = textwrap.dedent("""
        import sys
        from pathlib import Path
        from engine import storage
        print("ready", flush=True)
        while True:
            for letter in (b"b", b"a"):
                storage.write_bytes(Path(sys.argv[1]), letter * 4_000_000)
    """)
    for round_number in range(12):
        child = subprocess.Popen([sys.executable, "-c", program, str(target)], stdout=subprocess.PIPE)
        child.stdout.readline()
        try:
            child.wait(timeout=0.005 + 0.004 * round_number)
        except subprocess.TimeoutExpired:
            child.send_signal(signal.SIGKILL)
        child.wait()
        content = target.read_bytes()
        assert len(content) == 4_000_000 and len(set(content)) == 1
    storage.sweep(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["state"]


@pytest.mark.parametrize("call", ["open", "write", "fsync", "replace"])
def test_a_full_disk_leaves_the_old_file_and_no_litter(tmp_path, monkeypatch, call):
    target = tmp_path / "state"
    target.write_text("old")

    def fail(*arguments, **options):
        raise OSError(errno.ENOSPC, "No space left on device")

    if call == "open":
        monkeypatch.setattr("builtins.open", fail)
    elif call == "write":
        monkeypatch.setattr(storage, "sync_file", fail)
    else:
        monkeypatch.setattr(os, call, fail)
    with pytest.raises(EngineError, match="disk is full"):
        storage.write_text(target, "new")
    monkeypatch.undo()
    assert target.read_text() == "old"
    assert os.listdir(tmp_path) == ["state"]


def test_a_lock_is_held_by_one_process_and_freed_by_its_death(tmp_path):
    program = ("import sys, time; from pathlib import Path; from engine.storage import FolderLock\n"
               "lock = FolderLock(Path(sys.argv[1])); print(lock.try_lock(), flush=True); sys.stdin.read()")
    child = subprocess.Popen([sys.executable, "-c", program, str(tmp_path / "lock")], stdout=subprocess.PIPE,
                             stdin=subprocess.PIPE, text=True)
    assert child.stdout.readline().strip() == "True"
    mine = storage.FolderLock(tmp_path / "lock")
    assert not mine.try_lock()
    assert mine.holder() == child.pid
    child.kill()
    child.wait()
    assert mine.holder() is None
    assert mine.try_lock()
    mine.unlock()


def test_a_torn_last_line_is_cut_and_the_rest_kept(tmp_path):
    path = tmp_path / "log"
    path.write_bytes(b'{"a": 1}\n{"a": 2}\n{"a": ')
    log = storage.LineLog(path)
    log.append([{"a": 3}])
    log.close()
    assert path.read_text() == '{"a": 1}\n{"a": 2}\n{"a": 3}\n'


@pytest.mark.parametrize("text", ["", "{", "[NaN]", "[1e999]x", "[" * 200_000])
def test_a_damaged_json_file_is_an_error_that_names_it(tmp_path, text):
    path = tmp_path / "settings.json"
    path.write_text(text)
    with pytest.raises(EngineError, match=r"settings\.json"):
        storage.read_json(path)


def test_a_folder_appears_only_when_it_is_whole(tmp_path):
    with pytest.raises(ZeroDivisionError), storage.replacing_folder(tmp_path / "stage") as into:
        (into / "part").write_text("x")
        raise ZeroDivisionError
    assert list(tmp_path.iterdir()) == []
    with storage.replacing_folder(tmp_path / "stage") as into:
        (into / "part").write_text("x")
        assert not (tmp_path / "stage").exists()
    assert (tmp_path / "stage" / "part").read_text() == "x"
