"""The checkers that read the code: types and style."""

from __future__ import annotations

import subprocess
import sys

from tests.house.sources import ROOT


def run_tool(*words: str) -> None:
    done = subprocess.run([sys.executable, "-m", *words], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]


def test_the_engine_is_typed_strictly():
    run_tool("mypy")


def test_the_code_is_clean():
    run_tool("ruff", "check", "--no-cache", "engine", "studio", "tests")
