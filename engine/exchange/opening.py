"""Opening a capsule: its run becomes one of a project, to write, score, go on from and export with."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np

from engine import storage
from engine.errors import EngineError
from engine.events import JobEnded
from engine.exchange.capsule import unpack_capsule
from engine.exchange.source import ExportSource
from engine.models.spec import ModelSpec
from engine.runs.folder import RunFolder
from engine.runs.log import LogWriter, last_event
from engine.tokenizers.tokenizer import Tokenizer
from engine.training import checkpoint as checkpoints


def open_capsule(path: Path, runs: Path, name: str) -> tuple[RunFolder, str]:
    """Lay the run of a capsule into a folder of runs; returns it and its title.

    Raises EngineError where the capsule was changed, or where what is in it does not fit together.
    """
    with storage.replacing_folder(runs / name) as folder:
        title = unpack_capsule(path, folder)
        (folder / "checkpoints").mkdir(exist_ok=True)
        (folder / "inbox").mkdir()
        _require_fitting(path, folder)
        run = RunFolder(folder)
        run.write_settings({**run.settings(), "capsule": path.name[:200]})
        if not isinstance(last_event(run.log), JobEnded):
            log = LogWriter(run.log)
            log.append(JobEnded(status="done"))
            log.close()
    return RunFolder(runs / name), title


def _require_fitting(path: Path, folder: Path) -> None:
    """Settings, weights and tokenizer must belong together; a model that says it is larger than its weights does not.

    Without this a small file could make the program ask for all memory.
    """
    source = ExportSource(folder, "best")
    Tokenizer.load(folder / "tokenizer")
    for each in sorted((folder / "checkpoints").glob("*.safetensors")):
        checkpoints.verify(each)
    spec: ModelSpec = source.spec
    if type(spec).trained_by == "gradient":
        held = sum(array.size for array in checkpoints.load(source.checkpoint.path).part(checkpoints.MODEL).values())
        wanted = spec.size(source.tokenizer.vocab_size).parameters
        if wanted > held:
            raise EngineError(f"{path.name} holds {held} weights; its settings ask for {wanted}.",
                              "Weights and settings of the same model were expected. Nothing of it was opened.",
                              "Ask for the file again.")


def only_model(source: ExportSource, folder: Path) -> dict[str, Path]:
    """Checkpoints without what only training needs, and all else that a capsule holds, by name; written to `folder`."""
    run = RunFolder(source.path)
    found: dict[str, Path] = {}

    def keep(name: str, path: Path) -> None:
        found[name] = path

    for part in (source.checkpoint.path, run.checkpoints / checkpoints.BASELINE):
        if part.exists():
            whole = checkpoints.load(part)
            tensors = {name: np.ascontiguousarray(each) for name, each in whole.tensors.items()
                       if name.startswith(checkpoints.MODEL)}
            state = {key: value for key, value in whole.state.items()
                     if key in ("why", "step", "loss", "model", "vocab_size")}
            checkpoints.save(folder / part.name, checkpoints.Checkpoint(tensors, state))
            keep(f"checkpoints/{part.name}", folder / part.name)
    storage.write_bytes(folder / "run.toml", run.settings_file.read_bytes())
    keep("run.toml", folder / "run.toml")
    storage.write_bytes(folder / "events.jsonl", run.log.read_bytes() if run.log.exists() else b"")
    keep("events.jsonl", folder / "events.jsonl")  # a copy: a run that lives goes on writing
    for each in sorted((source.path / "tokenizer").iterdir()):
        if each.name in ("tokenizer.json", "tokenizer.model", "tokenizer-library.json"):
            keep(f"tokenizer/{each.name}", each)
    return found


def scratch() -> tempfile.TemporaryDirectory[str]:
    """A folder that goes with its use."""
    return tempfile.TemporaryDirectory(prefix="wenlu-capsule-")
