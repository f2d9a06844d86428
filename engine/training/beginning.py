"""An earlier model as the beginning of a run: found, made larger where its vocabulary grew, and kept in the run.

The run keeps a copy of the weights that it begins with (`start.safetensors`), so that it can go on, and be understood,
when the earlier run is gone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy.typing as npt

from engine import storage
from engine.errors import EngineError
from engine.events import Advised
from engine.generation.loading import find_checkpoint
from engine.models.spec import ModelSpec, Size
from engine.runs.folder import RunFolder
from engine.settings import from_plain, to_plain
from engine.tokenizers.tokenizer import Tokenizer
from engine.training import checkpoint
from engine.training.checkpoint import MODEL, Checkpoint
from engine.training.method import MethodSpec
from engine.training.start import StartSpec

if TYPE_CHECKING:
    from torch import nn

FILE = "start.safetensors"


@dataclass(frozen=True)
class Beginning:
    """What a run begins with. `digest` tells one beginning from another; `grew` whether there are new pieces."""

    path: Path
    name: str
    step: int
    model: ModelSpec
    method: MethodSpec
    vocab_size: int
    old_vocab_size: int
    digest: str

    @property
    def grew(self) -> bool:
        """Whether the vocabulary has new pieces."""
        return self.vocab_size > self.old_vocab_size

    @property
    def tensors(self) -> dict[str, npt.NDArray[Any]]:
        """The weights, read from the run and verified each time: they are not kept in memory."""
        return checkpoint.load(self.path).part(MODEL)

    def fill(self, network: nn.Module, seed: int) -> None:
        """Give a network these weights, and prepare it for the method."""
        from engine.models.tensors import fill

        fill(network, self.tensors)
        self.method.apply(network, seed, self.grew)

    def size_of(self, model: ModelSpec) -> Size:
        """What training costs."""
        return self.method.size_of(model, self.vocab_size, self.grew)

    def with_settings(self, model: ModelSpec | None) -> ModelSpec:
        """The model to train: the earlier one, with what may be set anew; raises EngineError for another shape."""
        if model is None:
            return self.model
        wrong = differences(self.model, model)
        if wrong:
            name, earlier, wanted = wrong[0]
            raise EngineError(f"The earlier model {self.name} has another shape: {name} is {earlier} there.",
                              f"The settings say {wanted}.",
                              "Set it to the same, leave the model open, or begin from nothing.", path=("model", name))
        return model

    def advised(self) -> list[Advised]:
        """What was taken over, for the list of choices."""
        found = [Advised(path="start.run", value=self.name, values={"step": self.step},
                         reason="Training goes on from its step {step}; a copy of it is kept in this run."),
                 Advised(path="tokenizer", value=self.vocab_size, values={"run": self.name},
                         reason="The tokenizer of {run} is used, as its model knows no other."),
                 Advised(path="model", value=self.model.title, values={"run": self.name},
                         reason="The shape of {run}, whose weights this run begins with.")]
        if self.grew:
            found.append(Advised(path="start.new_pieces", value=self.vocab_size - self.old_vocab_size,
                                 reason="Each new piece begins as the mean of the pieces that it was cut into before."))
        return found


def differences(earlier: ModelSpec, wanted: ModelSpec) -> list[tuple[str, Any, Any]]:
    """Settings that shape the weights and differ: name, value of the earlier model, wanted value."""
    if earlier.kind != wanted.kind:
        return [("kind", earlier.kind, wanted.kind)]
    before, now = earlier.shaping(), wanted.shaping()
    return [(name, before.get(name, "left open"), now.get(name, "left open")) for name in {**before, **now}
            if before.get(name) != now.get(name)]


def earlier_tokenizer(start: StartSpec, project: Path) -> Tokenizer:
    """The tokenizer of the earlier run."""
    return Tokenizer.load(_earlier(start, project) / "tokenizer")


def keep_beginning(run: RunFolder, start: StartSpec, project: Path, tokenizer: Tokenizer,
                   new: Sequence[Sequence[int]]) -> dict[str, Any]:
    """Copy the earlier model into a run, larger by `new` pieces; returns what `run.toml` says of it under `start`.

    Raises EngineError where there is no such run or checkpoint, or its model cannot grow.
    """
    folder = _earlier(start, project)
    chosen = find_checkpoint(folder, start.checkpoint)
    if chosen.step is None:
        raise EngineError("The baseline of a run is no model to go on from.", "best, last or step-N was expected.",
                          "Choose one of these.", path=("start", "checkpoint"))
    found = checkpoint.load(chosen.path)
    model = from_plain(ModelSpec, found.state["model"])  # type: ignore[type-abstract]
    old_size = int(found.state["vocab_size"])
    if old_size + len(new) != tokenizer.vocab_size:
        raise EngineError(f"The model of {folder.name} knows {old_size} pieces.",
                          f"Its tokenizer has {tokenizer.vocab_size - len(new)}.", "Choose another earlier model.",
                          path=("start", "run"))
    if not model.matrices() and start.method.kind != "full":
        raise EngineError(f"A model of the kind {model.kind} has no matrices for LoRA.",
                          "A Transformer or a recurrent net was expected.", "Set start.method.kind to full.",
                          path=("start", "method"))
    tensors: Mapping[str, npt.NDArray[Any]] = found.part(MODEL)
    if new:
        tensors = model.grown(tensors, new)
    state = {"step": chosen.step, "why": "start", "model": to_plain(model), "vocab_size": tokenizer.vocab_size}
    checkpoint.save(run.path / FILE, Checkpoint({MODEL + name: each for name, each in tensors.items()}, state))
    return {"run": folder.name, "folder": str(folder), "step": chosen.step, "vocab_size": tokenizer.vocab_size,
            "old_vocab_size": old_size, "digest": storage.digest_file(run.path / FILE)}


def beginning_of(run: RunFolder, settings: Mapping[str, Any]) -> Beginning | None:
    """What a run begins with; None where that is nothing. Raises EngineError where its copy is gone or damaged."""
    kept = settings.get("start")
    if not kept:
        return None
    path = run.path / FILE
    if not path.exists():
        raise EngineError(f"{run.name} began with an earlier model, and its copy of it is gone.",
                          f"{FILE} was expected in its folder.", "Bring it back, or start a new run.")
    spec = from_plain(StartSpec, settings.get("recipe", {}).get("start", {}))
    model = checkpoint.read_state(path)["model"]
    return Beginning(path, str(kept["run"]), int(kept["step"]),
                     from_plain(ModelSpec, model), spec.method,  # type: ignore[type-abstract]
                     int(kept["vocab_size"]), int(kept["old_vocab_size"]), str(kept["digest"]))


def _earlier(start: StartSpec, project: Path) -> Path:
    folder = start.folder(project)
    if folder is None or not RunFolder(folder).settings_file.is_file():
        raise EngineError(f"There is no run {start.run!r:.100} to go on from.",
                          "The name of a run of this project, or the folder of one, was expected.",
                          "Choose one of those that `wenlu-engine runs` lists, or begin from nothing.",
                          path=("start", "run"))
    return folder
