"""Trains a small model again and again in children that are killed at random, until one finishes.

Run in a process of its own, which loads torch once and forks: `python -m tests.engine.training.killed_training
FOLDER TOKENS KILLS`. FOLDER gets two runs, `whole` and `killed`; the last line printed is how many checkpoints were
acknowledged and then lost.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import sys
import time
from pathlib import Path

import torch

from engine.events import CheckpointSaved, Continued
from engine.runs.folder import RunFolder
from engine.runs.job import Job
from engine.runs.log import read_events
from engine.settings import to_plain
from engine.training.spec import TrainSpec
from engine.training.trainer import train
from tests.engine.training.small_training import TINY

SPEC = TrainSpec(steps=60, batch_size=4, threads=1, validate_every=7, checkpoint_seconds=0.02, device="cpu",
                 precision="float32", sample_tokens=3, sample_every=12, budget_seconds=60)


def _new_run(path: Path, tokenizer: Path) -> RunFolder:
    run = RunFolder.create(path, {"recipe": {"model": to_plain(TINY), "training": to_plain(SPEC)}})
    shutil.copytree(tokenizer, path / "tokenizer")
    return run


def _child(run: RunFolder, tokens: Path, resume: bool) -> int:
    child = os.fork()
    if child == 0:
        job = Job(run, "train")
        code = job.perform(lambda work: train(run, tokens, job, resume))
        os._exit(code)
    return child


def _lost(run: RunFolder) -> int:
    """Runs that went on from a step before the last one that was acknowledged."""
    acknowledged, lost = 0, 0
    for event in read_events(run.log):
        if isinstance(event, CheckpointSaved):
            acknowledged = max(acknowledged, event.step)
        elif isinstance(event, Continued) and event.after_restart:
            lost += event.step < acknowledged or not event.exact
            acknowledged = event.step
    return lost


def main() -> None:
    folder, tokens, kills = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    torch.set_num_threads(1)
    whole = _new_run(folder / "whole", tokens / "tokenizer")
    began = time.monotonic()
    assert os.waitpid(_child(whole, tokens, resume=False), 0)[1] == 0
    took = time.monotonic() - began
    killed = _new_run(folder / "killed", tokens / "tokenizer")
    chance = random.Random(7)
    for number in range(kills):
        child = _child(killed, tokens, resume=number > 0)
        time.sleep(chance.uniform(0, 0.7 * took))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    status = os.waitpid(_child(killed, tokens, resume=True), 0)[1]
    assert status == 0, f"the last child ended with {status}"
    print(_lost(killed))


if __name__ == "__main__":
    main()
