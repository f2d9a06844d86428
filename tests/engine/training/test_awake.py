"""The machine stays awake while it trains, and the helper that asks for it never outlives the training."""

from __future__ import annotations

import sys

import pytest

from engine.errors import EngineError
from engine.models.kinds.ngram.spec import NGramSpec
from engine.training import awake, bench
from engine.training.bench import bench_training
from engine.training.spec import TrainSpec
from tests.engine.training.small_training import TINY


def test_the_helper_is_told_whom_to_wait_for() -> None:
    assert awake.command_for("darwin", 12) == ("caffeinate", "-i", "-w", "12")
    assert "--pid=12" in awake.command_for("linux", 12) and awake.command_for("win32", 12) == ()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows needs no helper")
def test_a_helper_that_lives_keeps_awake_and_ends_with_the_block(monkeypatch: pytest.MonkeyPatch) -> None:
    started = []
    real = awake.subprocess.Popen
    monkeypatch.setattr(awake.subprocess, "Popen", lambda *args, **named: started.append(real(*args, **named))
                        or started[-1])
    monkeypatch.setattr(awake, "command_for", lambda *_: ("sleep", "60"))
    with awake.kept_awake() as kept:
        assert kept and awake.is_kept() and started[0].poll() is None
    assert not awake.is_kept() and started[0].poll() is not None
    monkeypatch.setattr(awake, "command_for", lambda *_: ("false",))
    with awake.kept_awake() as kept:
        assert not kept
    monkeypatch.setattr(awake, "command_for", lambda *_: ("no-such-program",))
    with awake.kept_awake() as kept:
        assert not kept and not awake.is_kept()


def test_a_bench_counts_what_it_says(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    monkeypatch.setattr(bench, "matmul_flops", lambda *_: 1e10)
    found = bench_training(TINY, TrainSpec(threads=1, device="cpu", precision="float32"), 0.05, tmp_path / "t.json")
    assert found["tokens_per_second"] == pytest.approx(
        1000 * found["tokens_per_step"] / found["milliseconds_per_step"], rel=0.01)
    flops = found["tokens_per_second"] * TINY.size(bench.VOCABULARY).flops_per_token
    assert found["utilisation"] == pytest.approx(flops / 1e10, rel=0.05) and found["memory_megabytes"] > 10
    assert (tmp_path / "t.json").stat().st_size > 1000
    with pytest.raises(EngineError, match="gradients"):
        bench_training(NGramSpec(), TrainSpec())
