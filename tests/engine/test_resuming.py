"""Work that is taken up: the same folder is found again, logs are cut to what was saved, others are swept."""

from __future__ import annotations

import subprocess
import sys

import pytest

from engine.cleaning.record import Record
from engine.errors import EngineError
from engine.resuming import ByteLog, resuming_folder
from engine.work import Stopped


def test_a_stopped_folder_is_taken_up_and_then_put_in_place(tmp_path):
    target = tmp_path / "cleaned-abc"
    with pytest.raises(Stopped), resuming_folder(target, (Stopped,)) as into:
        (into / "half").write_text("1")
        raise Stopped
    assert not target.exists()
    with resuming_folder(target, (Stopped,)) as into:
        assert (into / "half").read_text() == "1"
    assert [path.name for path in target.iterdir()] == ["half"] and list(tmp_path.iterdir()) == [target]


def test_a_folder_that_failed_by_a_fault_is_removed(tmp_path):
    with pytest.raises(ZeroDivisionError), resuming_folder(tmp_path / "cleaned-abc") as into:
        (into / "half").write_text("1")
        raise ZeroDivisionError
    assert not list(tmp_path.iterdir())


def test_unfinished_work_for_other_settings_is_swept(tmp_path):
    for mark in ("old", "new"):
        with pytest.raises(Stopped), resuming_folder(tmp_path / f"cleaned-{mark}", (Stopped,)):
            raise Stopped
    assert [path.name for path in tmp_path.iterdir()] == [".wenlu-part-resumed-cleaned-new"]


def test_two_processes_never_fill_one_folder(tmp_path):
    other = subprocess.Popen(
        [sys.executable, "-c", "import sys; from pathlib import Path; from engine.resuming import resuming_folder\n"
         "with resuming_folder(Path(sys.argv[1])) as into: print(into.name, flush=True); sys.stdin.read()",
         str(tmp_path / "cleaned-abc")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    theirs = other.stdout.readline().strip()
    with resuming_folder(tmp_path / "cleaned-abc") as into:
        assert into.name != theirs
        (into / "mine").write_text("1")
    other.communicate()
    assert other.returncode == 0 and (tmp_path / "cleaned-abc" / "mine").exists()
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("is_on_disk", [True, False])
def test_a_log_is_read_where_it_was_written(tmp_path, is_on_disk):
    log = ByteLog(tmp_path / "log" if is_on_disk else None)
    places = [log.append(word) for word in (b"one", b"three", b"two")]
    assert [log.read(place, 3) for place in places] == [b"one", b"thr", b"two"] and log.length == 11


def test_what_was_written_after_the_last_saving_is_cut_off(tmp_path):
    record = Record(tmp_path / "memory")
    record.log("keys").append(b"saved")
    lengths = record.lengths
    record.log("keys").append(b"lost")
    record.close()
    taken_up = Record(tmp_path / "memory", lengths)
    assert taken_up.log("keys").read(0, 99) == b"saved"
    with pytest.raises(EngineError):
        Record(tmp_path / "memory", {"keys": 99}).log("keys")
