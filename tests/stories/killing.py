"""Kill a training process at random moments, continue it, and compare with a run that nobody disturbed."""

from __future__ import annotations

import contextlib
import hashlib
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import load_file

from engine.corpora.source import pasted
from engine.events import Continued, Event, StepDone
from engine.project import Project
from engine.runs.folder import RunFolder
from engine.runs.log import LogReader, read_events
from engine.settings import assign
from tests.stories.driving import REPOSITORY, assignments, poems, surroundings

SETTINGS = {
    "training.batch_size": 8, "tokenizer.vocab_size": 500, "model.kind": "transformer",
    "model.n_layers": 2, "model.d_model": 64, "model.n_heads": 2, "model.context_length": 32, "model.dropout": 0.1,
    "training.checkpoint_seconds": 1.0,
}


def start(project: Path, run: str, *words: str, threads: int = 1, steps: int = 60) -> subprocess.Popen[bytes]:
    """Train in a process of its own."""
    settings = {**SETTINGS, "training.threads": threads, "training.steps": steps,
                "training.validate_every": max(20, steps // 20), "training.sample_every": max(20, steps // 20)}
    return subprocess.Popen([sys.executable, "-m", "engine", "train", str(project), "--json", "--run", run,
                             *assignments(settings), *words],
                            env=surroundings(), cwd=REPOSITORY, stdout=subprocess.DEVNULL)


def small_project(project: Path) -> None:
    """A project with a few hundred poems."""
    Project.create(project).save(sources=(assign(pasted(poems(), "poems"), "documents=blocks"),))


def last_weights(run: RunFolder) -> str:
    """A digest of all weights in the newest checkpoint of a run."""
    newest = max(path for path in run.checkpoints.glob("step-*.safetensors"))
    tensors = load_file(newest)
    digest = hashlib.sha256(newest.name.encode())
    for name in sorted(tensors):
        if name.startswith("model."):
            digest.update(name.encode() + np.ascontiguousarray(tensors[name]).tobytes())
    return digest.hexdigest()


def reached(run: RunFolder) -> int:
    """The step that the log has come to."""
    return max((event.step for event in read_events(run.log) if isinstance(event, StepDone)), default=0)


def train_with_kills(project: Path, name: str, kills: int, seed: int, steps: int = 60,
                     life_seconds: float = 0.3) -> Iterator[dict[str, Any]]:
    """Train to the end through `kills` kills; yields what was seen after each, and at last the digest.

    Three of four lives end up to `life_seconds` after one of their first steps, the fourth at any moment of its start
    or after it. `alive` says whether the kill met a living process: many short steps are needed for that.
    """
    chance = random.Random(seed)
    run = RunFolder(project / "runs" / name)
    for number in range(kills):
        child = start(project, name, *(["--resume"] if run.settings_file.exists() else []), steps=steps)
        wanted = reached(run) + 1 + chance.randrange(6) if number % 4 else 0
        _wait(child, run, wanted, extra_seconds=chance.random() * (life_seconds if number % 4 else 6.0))
        alive = child.poll() is None
        child.kill()
        child.wait()
        yield {"kill": number + 1, "alive": alive, "step": reached(run), "status": run.status()}
    code = start(project, name, *(["--resume"] if run.settings_file.exists() else []), steps=steps).wait()
    went_on = [event for event in read_events(run.log) if isinstance(event, Continued) and event.after_restart]
    yield {"exit": code, "status": run.status(), "weights": last_weights(run), "continued": len(went_on),
           "exact": all(event.exact for event in went_on)}


def _wait(child: subprocess.Popen[bytes], run: RunFolder, step: int, extra_seconds: float) -> None:
    """Until the log has a step event of this life at or beyond `step`, and a random moment more."""
    reader = LogReader(run.log, start=run.log.stat().st_size if run.log.exists() else 0)
    until = time.monotonic() + 60
    while step and child.poll() is None and time.monotonic() < until:
        events: list[Event] = reader.read()
        if any(isinstance(event, StepDone) and event.step >= step for event in events):
            break
        time.sleep(0.01)
    with contextlib.suppress(subprocess.TimeoutExpired):
        child.wait(timeout=extra_seconds)
