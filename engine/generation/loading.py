"""Trained models, read back from a run folder: everything needed lies in it."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from engine.errors import EngineError
from engine.models.language_model import LanguageModel
from engine.models.spec import ModelSpec
from engine.runs.folder import RunFolder
from engine.settings import Spec, from_plain
from engine.tokenizers.tokenizer import Tokenizer
from engine.training import checkpoint as checkpoints

_STEP = re.compile(r"(?:step-)?(\d{1,18})")


@dataclass(frozen=True)
class LoadedModel:
    """A model ready to write and to score, and where it comes from.

    `which` is "best", "last", "step-N" or "baseline" as asked for; `step` is the checkpoint's, None for the baseline.
    `context_length` is None for a model that looks back only a few tokens or as far as it likes.
    """

    model: LanguageModel
    tokenizer: Tokenizer
    run: Path
    step: int | None
    which: str
    kind: str

    @property
    def context_length(self) -> int | None:
        """How many tokens back the model sees, where that is a limit worth telling."""
        return getattr(self.model, "context_length", None)


@dataclass(frozen=True)
class Available:
    """A checkpoint that may be loaded; `loss` on the validation split in nats per token, where it was measured."""

    which: str
    path: Path
    step: int | None
    loss: float | None
    is_best: bool = False
    is_last: bool = False


class _ModelHolder(Spec):
    model: ModelSpec


def load_model(run: Path, checkpoint: str | None = None) -> LoadedModel:
    """Load a run's model: "best" (default), "last", "step-N" or "baseline".

    Before the first validation "best" means the last one. Raises EngineError when the folder is not a run, has no
    such checkpoint or the file is damaged.
    """
    which = checkpoint or "best"
    return _while_there(run, which, lambda chosen: _load(run, which, chosen))


def checkpoints_of(run: Path) -> list[Available]:
    """The checkpoints of a run by step, then the baseline."""
    folder = _run_folder(run).checkpoints
    infos = checkpoints.list_checkpoints(folder)
    best = checkpoints.best(folder)
    best_path = best.path if best is not None else None
    found = [Available(f"step-{info.step}", info.path, info.step, info.loss, info.path == best_path, info is infos[-1])
             for info in infos]
    baseline = folder / checkpoints.BASELINE
    return [*found, Available("baseline", baseline, None, None)] if baseline.exists() else found


def find_checkpoint(run: Path, which: str) -> Available:
    """The checkpoint meant by a name; raises EngineError listing those that exist."""
    found = checkpoints_of(run)
    steps = [each for each in found if each.step is not None]
    chosen: Available | None = None
    if which == "baseline":
        chosen = next((each for each in found if each.step is None), None)
    elif which == "last":
        chosen = steps[-1] if steps else None
    elif which == "best":
        chosen = next((each for each in steps if each.is_best), steps[-1] if steps else None)
    elif match := _STEP.fullmatch(which):
        chosen = next((each for each in steps if each.step == int(match[1])), None)
    if chosen is not None:
        return chosen
    there = ", ".join(each.which for each in found)
    raise EngineError(f"{run.name} has no checkpoint {which!r:.40}.",
                      f"It has {there}." if there else "It has none yet; the first comes soon after training began.",
                      "Choose best, last or one of these." if there else "Try again in a moment.")


def _while_there(run: Path, which: str, load: Callable[[Available], LoadedModel]) -> LoadedModel:
    """Load what a name means; where a run in training deleted it a moment ago, what the name means by now."""
    while True:
        chosen = find_checkpoint(run, which)
        try:
            return load(chosen)
        except (EngineError, FileNotFoundError):
            if chosen.path.exists():
                raise


def _load(run: Path, which: str, chosen: Available) -> LoadedModel:
    settings = _run_folder(run).settings()
    loaded = checkpoints.load(chosen.path)
    tokenizer = Tokenizer.load(run / "tokenizer")
    spec = _model_spec(loaded.state, settings)
    model = spec.load(tokenizer.vocab_size, loaded.part(checkpoints.MODEL))
    return LoadedModel(model, tokenizer, run, chosen.step, which, spec.kind)


def _model_spec(state: dict[str, Any], settings: dict[str, Any]) -> ModelSpec:
    plain = state.get("model") or settings.get("recipe", {}).get("model")
    if plain is None:
        raise EngineError("The run does not say which kind of model it trains.", "A [recipe.model] table in run.toml.",
                          "Restore run.toml, or train again.")
    return from_plain(_ModelHolder, {"model": plain}).model


def _run_folder(run: Path) -> RunFolder:
    folder = RunFolder(run)
    try:
        is_there = folder.settings_file.is_file()
    except (OSError, ValueError):  # such as a name that is too long for any file
        is_there = False
    if not is_there:
        raise EngineError(f"{str(run)[:200]} is not a run.", "A folder with run.toml was expected.", "Check the path.")
    return folder


class WarmModels:
    """Keeps the models used last in memory, and notices when a run has a newer checkpoint than the one kept."""

    def __init__(self, count: int = 2) -> None:
        self._count = count
        self._kept: OrderedDict[tuple[Path, int, int], LoadedModel] = OrderedDict()

    def get(self, run: Path, which: str) -> LoadedModel:
        """The model, loaded if need be."""
        return _while_there(run, which, lambda chosen: self._get(run, which, chosen))

    def _get(self, run: Path, which: str, chosen: Available) -> LoadedModel:
        status = chosen.path.stat()
        key = (chosen.path.resolve(), status.st_mtime_ns, status.st_size)
        if key not in self._kept:
            while len(self._kept) >= self._count:
                self._kept.popitem(last=False)
            self._kept[key] = _load(run, which, chosen)
        self._kept.move_to_end(key)
        return replace(self._kept[key], which=which)

    def forget(self) -> None:
        """Free the memory."""
        self._kept.clear()
