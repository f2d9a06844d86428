"""Driving the engine's command line in processes of its own, and models and texts small enough for that."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from engine.corpora.samples import sample

REPOSITORY = Path(__file__).parents[2]
SMALL: dict[str, Any] = {
    "training.steps": 12, "training.batch_size": 4, "training.threads": 1, "training.validation_tokens": 2048,
    "tokenizer.vocab_size": 400, "model.kind": "transformer", "model.shape": "llama", "model.n_layers": 1,
    "model.d_model": 32, "model.n_heads": 2, "model.context_length": 32,
}
"""A recipe that trains in a second."""


def poems(characters: int = 60_000) -> str:
    """The first poems of the Chinese sample, up to the end of one."""
    text = sample("poems").path.read_text("utf-8")[:characters]
    return text[:text.rindex("\n\n")]


def assignments(settings: dict[str, Any]) -> list[str]:
    """Settings as words of the command line."""
    return [word for path, value in settings.items() for word in ("--set", f"{path}={value}")]


def surroundings(**more: str) -> dict[str, str]:
    """The environment of a child: one thread, no spinning, this very engine."""
    return {**os.environ, "OMP_WAIT_POLICY": "passive", "OMP_NUM_THREADS": "1", "PYTHONPATH": str(REPOSITORY), **more}


def engine(verb: str, *words: str | Path, code: int = 0, typed: str = "") -> list[dict[str, Any]]:
    """Run a verb with --json, with `typed` on its standard input; returns its objects."""
    done = subprocess.run([sys.executable, "-m", "engine", verb, "--json", *map(str, words)], input=typed,
                          capture_output=True, text=True, encoding="utf-8", env=surroundings(PYTHONUTF8="1"),
                          cwd=REPOSITORY, timeout=300, check=False)
    assert done.returncode == code, done.stdout[-3000:] + done.stderr[-3000:]
    return [json.loads(line) for line in done.stdout.splitlines() if line.strip()]
