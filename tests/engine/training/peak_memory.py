"""Trains a few steps and saves once; prints the memory that was foretold and the peak that was seen, in bytes.

Run in a process of its own, for the peak: `python -m tests.engine.training.peak_memory SHAPE`.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import numpy as np
import psutil
import torch

from engine.models.kinds.transformer.spec import TransformerSpec
from engine.optimization.optimizers.adamw import AdamW
from engine.optimization.optimizers.muon import Muon
from engine.optimization.schedules.linear import Linear
from engine.training import checkpoint, state
from engine.training.course import course_of
from engine.training.learner import Learner
from engine.training.memory import needed_bytes
from engine.training.spec import TrainSpec
from tests.engine.training.small_training import TINY

VOCAB_SIZE, BATCH = 4000, 8
SHAPES = {
    "fast": TransformerSpec(shape="fast", n_layers=4, d_model=256, n_heads=4, context_length=128, ngram_buckets=8192),
    "llama": TransformerSpec(shape="llama", n_layers=4, d_model=320, n_heads=5, context_length=128),
    "gpt2": TransformerSpec(shape="gpt2", n_layers=4, d_model=256, n_heads=4, context_length=256)}


def _train(spec: TransformerSpec, into: Path) -> None:
    learner = Learner(spec.build(VOCAB_SIZE, 1), course_of(TrainSpec(
        steps=10, batch_size=BATCH, accumulation=1, optimizer=Muon() if spec.shape == "fast" else AdamW(), threads=1,
        schedule=Linear(), validate_every=10, sample_every=10, device="cpu", precision="float32")))
    chance = np.random.default_rng(0)
    for step in range(3):
        if step == 2:
            snapshot = state.snapshot(learner, state.Standing(), state.Origin({}, {}, VOCAB_SIZE, "", ""), "time")
            checkpoint.save(into / "saved", snapshot)
        windows = chance.integers(3, VOCAB_SIZE, (BATCH, spec.context_length + 1))
        learner.step(windows[:, :-1].copy(), windows[:, 1:].copy(), 0.5)


def main() -> None:
    torch.set_num_threads(1)
    spec = SHAPES[sys.argv[1]]
    with tempfile.TemporaryDirectory() as folder:
        _train(TINY, Path(folder))  # what is loaded and made only once does not count
        before = psutil.Process().memory_info().rss
        Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
        _train(spec, Path(folder))
    lines = Path("/proc/self/status").read_text().splitlines()
    peak = next(1024 * int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
    print(needed_bytes(spec.size(VOCAB_SIZE), BATCH * spec.context_length), peak - before)


if __name__ == "__main__":
    main()
