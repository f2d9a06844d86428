"""kill -9 at random moments: nothing that was acknowledged is lost, and the end is the same to the bit."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from engine.tokenizers.tokenizer import Tokenizer
from engine.training import checkpoint

ROOT = Path(__file__).parents[3]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
def test_a_run_killed_many_times_ends_with_the_same_bits(tokens_folder: Path, tokenizer: Tokenizer,
                                                         tmp_path: Path) -> None:
    tokens = tmp_path / "tokens"
    shutil.copytree(tokens_folder, tokens)
    (tokens / "tokenizer").mkdir()
    tokenizer.save(tokens / "tokenizer")
    ended = subprocess.run([sys.executable, "-m", "tests.engine.training.killed_training", str(tmp_path), str(tokens),
                            "8"], cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.split()[-1] == "0", "checkpoints were lost, or a run did not go on exactly"
    whole, killed = (checkpoint.load(tmp_path / name / "checkpoints" / "step-00000060.safetensors")
                     for name in ("whole", "killed"))
    assert whole.tensors.keys() == killed.tensors.keys()
    for name, tensor in whole.tensors.items():
        np.testing.assert_array_equal(killed.tensors[name], tensor, err_msg=name)
    leftovers = [path.name for path in (tmp_path / "killed" / "checkpoints").iterdir() if "part" in path.name]
    assert leftovers == []
