"""Checkpoints: whole or refused, newest whole one found, the good ones never deleted."""

from __future__ import annotations

import errno
import os
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import load_file

from engine.errors import EngineError
from engine.training import checkpoint
from engine.training.checkpoint import Checkpoint
from engine.training.checkpoint_writer import CheckpointWriter


def _checkpoint(step: int, why: str = "time", loss: float | None = None) -> Checkpoint:
    chance = np.random.default_rng(step)
    tensors = {"model.weight": chance.normal(size=(3, 5)).astype(np.float32), "model.scalar": np.float32(step) * 1,
               "optimizer.weight.count": np.array(step), "random.cpu": chance.integers(0, 256, 77).astype(np.uint8),
               "model.empty": np.zeros((0, 4), np.float16), "model.flag": np.array([True, False])}
    return Checkpoint({name: np.asarray(value) for name, value in tensors.items()},
                      {"step": step, "why": why, "loss": loss, "words": "ß 文 \" \\"})


def _write(folder: Path, *steps: int, **losses: float) -> list[Path]:
    paths = [checkpoint.checkpoint_path(folder, step) for step in steps]
    for path, step in zip(paths, steps, strict=True):
        checkpoint.save(path, _checkpoint(step, loss=losses.get(f"at_{step}")))
    return paths


def test_a_checkpoint_comes_back_as_it_was(tmp_path: Path) -> None:
    wanted = _checkpoint(7, loss=1.5)
    path = checkpoint.checkpoint_path(tmp_path, 7)
    assert checkpoint.save(path, wanted) == path.stat().st_size
    found = checkpoint.load(path)
    assert found.state == wanted.state
    assert list(found.tensors) == sorted(wanted.tensors)
    for name, tensor in wanted.tensors.items():
        assert found.tensors[name].dtype == tensor.dtype and found.tensors[name].shape == tensor.shape
        np.testing.assert_array_equal(found.tensors[name], tensor)
    assert set(found.part("model.")) == {"weight", "scalar", "empty", "flag"}


def test_the_safetensors_library_reads_the_same_tensors(tmp_path: Path) -> None:
    wanted = _checkpoint(3)
    path = checkpoint.checkpoint_path(tmp_path, 3)
    checkpoint.save(path, wanted)
    found = load_file(path)
    assert set(found) == set(wanted.tensors)
    for name, tensor in wanted.tensors.items():
        np.testing.assert_array_equal(found[name], tensor)
    with safe_open(path, "numpy") as file:
        assert file.metadata()["format"] == checkpoint.FORMAT


def test_a_change_of_any_byte_is_noticed(tmp_path: Path) -> None:
    path, = _write(tmp_path, 1)
    whole = path.read_bytes()
    for position in range(len(whole)):
        damaged = bytearray(whole)
        damaged[position] ^= 1 << (position % 8)
        path.write_bytes(damaged)
        with pytest.raises(EngineError, match="damaged"):
            checkpoint.load(path)


def test_a_file_cut_anywhere_is_refused(tmp_path: Path) -> None:
    path, = _write(tmp_path, 1)
    whole = path.read_bytes()
    for length in range(0, len(whole), 7):
        path.write_bytes(whole[:length])
        assert not checkpoint.is_whole(path)
    path.write_bytes(whole + b"\0")
    assert not checkpoint.is_whole(path)


def test_random_bytes_are_refused_without_another_error(tmp_path: Path) -> None:
    chance = np.random.default_rng(0)
    path = checkpoint.checkpoint_path(tmp_path, 1)
    for _ in range(300):
        path.write_bytes(chance.bytes(int(chance.integers(0, 200))))
        with pytest.raises(EngineError):
            checkpoint.load(path)
        assert checkpoint.list_checkpoints(tmp_path) == []


def test_a_damaged_checkpoint_is_put_aside_and_the_one_before_is_used(tmp_path: Path) -> None:
    paths = _write(tmp_path, 10, 20, 30)
    content = bytearray(paths[2].read_bytes())
    content[-1] ^= 1
    paths[2].write_bytes(content)
    found, damaged = checkpoint.newest_whole(tmp_path)
    assert found is not None and found.state["step"] == 20
    assert [path.name for path in damaged] == ["damaged-step-00000030.safetensors"]
    assert damaged[0].read_bytes() == content
    assert [info.step for info in checkpoint.list_checkpoints(tmp_path)] == [10, 20]


def test_a_checkpoint_that_merely_cannot_be_read_is_left_as_it_is(tmp_path: Path,
                                                                  monkeypatch: pytest.MonkeyPatch) -> None:
    paths = _write(tmp_path, 10, 20)
    real = Path.read_bytes

    def forbidden(path: Path) -> bytes:
        if path == paths[1]:
            raise PermissionError(errno.EACCES, "Permission denied")
        return real(path)

    monkeypatch.setattr(Path, "read_bytes", forbidden)
    with pytest.raises(EngineError, match=r"step-00000020\.safetensors could not be read: Permission denied"):
        checkpoint.newest_whole(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [path.name for path in paths]


def test_order_is_by_step_and_not_by_the_clock(tmp_path: Path) -> None:
    paths = _write(tmp_path, 5, 123456789, 40)
    for path, age in zip(paths, (300, 100, 200), strict=True):
        os.utime(path, (age, age))
    assert [info.step for info in checkpoint.list_checkpoints(tmp_path)] == [5, 40, 123456789]
    newest = checkpoint.last(tmp_path)
    assert newest is not None and newest.step == 123456789


def test_the_two_newest_and_the_best_are_kept(tmp_path: Path) -> None:
    _write(tmp_path, 1, 2, 3, 4, 5, at_1=3.0, at_2=1.0, at_3=2.0)
    deleted = checkpoint.retain(tmp_path)
    assert [path.name for path in deleted] == ["step-00000001.safetensors", "step-00000003.safetensors"]
    best = checkpoint.best(tmp_path)
    assert best is not None and (best.step, best.loss) == (2, 1.0)


def test_nothing_is_deleted_while_the_newest_is_damaged(tmp_path: Path) -> None:
    paths = _write(tmp_path, 1, 2, 3, 4)
    content = paths[3].read_bytes()
    paths[3].write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    assert checkpoint.retain(tmp_path) == []
    assert all(path.exists() for path in paths)


class _SlowDisk:
    """A writer that waits until it is let through, one file at a time."""

    def __init__(self) -> None:
        self.gate = threading.Semaphore(0)
        self.written: list[int] = []

    def __call__(self, path: Path, snapshot: Checkpoint) -> int:
        assert self.gate.acquire(timeout=10)
        self.written.append(snapshot.state["step"])
        return checkpoint.save(path, snapshot)


def test_on_a_slow_disk_one_is_written_and_the_newest_waits(tmp_path: Path) -> None:
    disk = _SlowDisk()
    writer = CheckpointWriter(tmp_path, disk)
    for step in range(1, 6):
        writer.submit(_checkpoint(step))
    disk.gate.release(2)
    assert [saved.step for saved in writer.finish()] == [1, 5]
    writer.close()
    assert disk.written == [1, 5]


def test_a_best_checkpoint_that_waits_is_not_replaced_by_a_timed_one(tmp_path: Path) -> None:
    disk = _SlowDisk()
    writer = CheckpointWriter(tmp_path, disk)
    writer.submit(_checkpoint(1))
    writer.submit(_checkpoint(2, "best", 1.0))
    writer.submit(_checkpoint(3))
    disk.gate.release(2)
    assert [(saved.step, saved.why) for saved in writer.finish()] == [(1, "time"), (2, "best")]
    writer.close()


def test_one_that_must_be_written_waits_for_the_other(tmp_path: Path) -> None:
    disk = _SlowDisk()
    writer = CheckpointWriter(tmp_path, disk)
    writer.submit(_checkpoint(1))
    writer.submit(_checkpoint(2, "best", 1.0))
    disk.gate.release(3)
    writer.submit(_checkpoint(3, "last"))
    assert [saved.step for saved in writer.finish()] == [1, 2, 3]
    writer.close()


class _FailingDisk:
    """A writer that fails until it is mended."""

    is_full = True

    def __call__(self, path: Path, snapshot: Checkpoint) -> int:
        if self.is_full:
            raise EngineError("The disk is full.")
        return checkpoint.save(path, snapshot)


def test_a_failed_write_is_told_and_made_good_from_memory(tmp_path: Path) -> None:
    disk = _FailingDisk()
    old, = _write(tmp_path, 1)
    writer = CheckpointWriter(tmp_path, disk)
    writer.submit(_checkpoint(2))
    for _ in range(2):
        with pytest.raises(EngineError, match="full"):
            writer.finish()
    assert checkpoint.is_whole(old)
    disk.is_full = False
    writer.again()
    assert [saved.step for saved in writer.finish()] == [2] and checkpoint.is_whole(old)
    writer.close()


def test_while_a_disk_fails_the_best_and_the_newest_are_kept_and_no_more(tmp_path: Path) -> None:
    disk = _FailingDisk()
    writer = CheckpointWriter(tmp_path, disk)
    for step, why in enumerate(("time", "best", "time", "best", "asked", "stop"), 1):
        writer.submit(_checkpoint(step, why, 1.0 if why == "best" else None))
        with pytest.raises(EngineError, match="full"):
            writer.finish()
    assert writer.waiting_bytes < 3 * 400
    disk.is_full = False
    writer.again()
    assert [(saved.step, saved.why) for saved in writer.finish()] == [(4, "best"), (6, "stop")]
    writer.close()


def test_a_run_folder_that_is_gone_is_not_made_again(tmp_path: Path) -> None:
    writer = CheckpointWriter(tmp_path / "moved" / "checkpoints")
    writer.submit(_checkpoint(1))
    with pytest.raises(EngineError, match="gone"):
        writer.finish()
    assert not (tmp_path / "moved").exists()
    writer.close()


def test_states_with_numbers_that_are_none_are_refused(tmp_path: Path) -> None:
    poisoned: dict[str, Any] = {"step": 1, "why": "time", "loss": float("nan")}
    with pytest.raises(ValueError):
        checkpoint.save(checkpoint.checkpoint_path(tmp_path, 1), Checkpoint({}, poisoned))
