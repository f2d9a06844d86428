"""A new cleaning step, optimizer or model is one file or folder: everything else finds it.

They are put into a copy of the tree, and the copy is used as a user, and tested as the house, would.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from engine.corpora.samples import sample

ROOT = Path(__file__).parents[2]
ADDITIONS = Path(__file__).parent / "additions"
PLACES = {"lower_shouting.py": "engine/cleaning/steps", "adamax.py": "engine/optimization/optimizers",
          "neighbour": "engine/models/kinds"}
CONTRACTS = {"test_cleaning_steps.py": "lower-shouting", "test_optimizers.py": "adamax", "test_models.py": "neighbour",
             "test_forms.py": "LowerShouting or Adamax or NeighbourSpec"}
CHOSEN = ["model.kind=neighbour", "model.d_model=16", "model.context_length=16", "training.optimizer.kind=adamax",
          "training.optimizer.memory=0.9", "training.steps=5", "training.batch_size=4", "training.threads=1",
          "training.validation_tokens=512", "tokenizer.vocab_size=300"]


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """A copy of the program with the three additions, each laid into its folder and mentioned nowhere."""
    copy = tmp_path_factory.mktemp("tree")
    without = shutil.ignore_patterns("__pycache__", ".venv", "additions")
    for name in ("engine", "studio", "tests"):
        shutil.copytree(ROOT / name, copy / name, ignore=without)
    shutil.copy(ROOT / "pyproject.toml", copy)
    (copy / "assets").symlink_to(ROOT / "assets", target_is_directory=True)
    for name, place in PLACES.items():
        source = ADDITIONS / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, copy / place / name)
    return copy


def in_tree(tree: Path, *words: str, typed: str = "") -> str:
    """Run a module of the copy; gives what it prints."""
    surroundings = {**os.environ, "PYTHONPATH": str(tree), "OMP_NUM_THREADS": "1", "PYTHONUTF8": "1",
                    "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run([sys.executable, "-m", *words], cwd=tree, env=surroundings, input=typed, encoding="utf-8",
                          capture_output=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    return done.stdout


def test_new_members_are_in_the_reference(tree):
    text = in_tree(tree, "engine", "reference")
    for line in ("`lower-shouting`: Lower shouting", "`cleaning.steps.lower-shouting.min_letters` | Shortest line",
                 "`adamax`: Adamax", "`training.optimizer.memory` | Memory",
                 "`neighbour`: Neighbour", "Guesses each token from the one before it alone"):
        assert line in text


def test_new_members_are_set_on_the_command_line_kept_as_toml_and_trained_with(tree, tmp_path):
    project = str(tmp_path / "new")
    emma = sample("austen").path.read_text("utf-8")[:30_000]
    in_tree(tree, "engine", "new", project)
    in_tree(tree, "engine", "add", project, "-", typed=emma)
    steps = '[{kind = "split-long-documents"}, {kind = "lower-shouting", min_letters = 3}]'
    in_tree(tree, "engine", "set", project, *CHOSEN, f"cleaning.steps={steps}")
    recipe = (tmp_path / "new" / "recipe.toml").read_text("utf-8")
    for line in ('kind = "neighbour"', 'kind = "adamax"', "memory = 0.9", 'kind = "lower-shouting"', "min_letters = 3"):
        assert line in recipe
    events = [json.loads(line) for line in in_tree(tree, "engine", "train", project, "--json").splitlines()]
    assert events[-1]["status"] == "done" and any(event["event"] == "validated" for event in events)
    assert next(event["model"] for event in events if event["event"] == "planned") == "Neighbour"
    written = in_tree(tree, "engine", "generate", f"{project}/runs/run-1", "--prompt", "Emma", "--tokens", "5")
    assert written.startswith("Emma")


def test_new_members_are_tested_by_the_contracts_of_their_families_and_have_forms(tree):
    wanted = " or ".join(CONTRACTS.values())
    files = [f"tests/contracts/{name}" for name in CONTRACTS]
    said = in_tree(tree, "pytest", "-q", "-p", "no:cacheprovider", "-rA", *files, "-k", f"({wanted}) and not language")
    passed = [line for line in said.splitlines() if line.startswith("PASSED")]
    for file, names in CONTRACTS.items():
        for name in names.split(" or "):
            assert sum(file in line and name in line for line in passed) >= 4, (file, name)


def test_a_new_model_stands_on_the_model_page_without_a_dial(tree, tmp_path, monkeypatch):
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    monkeypatch.setenv("WENLU_HOME", str(tmp_path / "home"))
    project, picture = str(tmp_path / "new"), tmp_path / "model.png"
    in_tree(tree, "engine", "new", project)
    in_tree(tree, "engine", "set", project, "model.kind=neighbour", "model.d_model=16")
    in_tree(tree, "studio", project, "--page", "model", "--grab", str(picture), "--size", "1120x720")
    assert picture.stat().st_size > 10_000
    reports = (tmp_path / "home" / "reports").iterdir()
    assert not [report.name for report in reports if report.stat().st_size]  # the interpreter's own is always there
