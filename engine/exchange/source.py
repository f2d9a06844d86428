"""What an export is made of: one run, and one of its checkpoints, read when first asked for."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from engine.corpora.manifest import Manifest
from engine.errors import EngineError
from engine.generation.loading import Available, LoadedModel, find_checkpoint, load_model
from engine.models.spec import ModelSpec
from engine.runs.folder import RunFolder
from engine.runs.log import read_events
from engine.runs.series import RunSeries, series_of
from engine.settings import Spec, from_plain
from engine.tokenizers.tokenizer import Tokenizer
from engine.training import checkpoint as checkpoints


class _ModelHolder(Spec):
    model: ModelSpec


@dataclass(frozen=True)
class ExportSource:
    """A run to be exported; `which` is the checkpoint's name: best, last, step-N or baseline."""

    path: Path
    which: str = "best"
    name: str = field(default="", init=False)

    def __post_init__(self) -> None:
        if not RunFolder(self.path).settings_file.is_file():
            raise EngineError(f"{str(self.path)[:200]} is not a run.", "A folder with run.toml was expected.",
                              "Check the path.")
        object.__setattr__(self, "name", self.path.resolve().name)

    @cached_property
    def settings(self) -> dict[str, Any]:
        """`run.toml` as plain data."""
        return RunFolder(self.path).settings()

    @cached_property
    def title(self) -> str:
        """The project's title and the run's name."""
        project = str(self.settings.get("project", ""))
        return f"{project} ({self.name})" if project else self.name

    @cached_property
    def series(self) -> RunSeries:
        """All that the run has logged."""
        return series_of(read_events(RunFolder(self.path).log))

    @cached_property
    def checkpoint(self) -> Available:
        """The checkpoint that was chosen; raises EngineError where it does not exist."""
        return find_checkpoint(self.path, self.which)

    @cached_property
    def loaded(self) -> LoadedModel:
        """The model and its tokenizer; raises EngineError where they are missing or damaged."""
        return load_model(self.path, self.which)

    @cached_property
    def tokenizer(self) -> Tokenizer:
        """The run's tokenizer."""
        return Tokenizer.load(self.path / "tokenizer")

    @cached_property
    def spec(self) -> ModelSpec:
        """The settings of the model in the chosen checkpoint."""
        found = checkpoints.read_state(self.checkpoint.path).get("model")
        found = found or self.settings.get("recipe", {}).get("model")
        if found is None:
            raise EngineError("The run does not say which kind of model it trains.", "A [recipe.model] table in "
                              "run.toml.", "Restore run.toml, or train again.")
        return from_plain(_ModelHolder, {"model": found}).model

    @cached_property
    def data(self) -> Manifest | None:
        """The figures of the cleaned corpus, where it still lies beside the run."""
        mark = self.settings.get("fingerprints", {}).get("cleaned")
        folder = self.path.resolve().parent.parent / "stages" / f"cleaned-{mark}"
        if (self.path / "data" / "manifest.json").is_file():  # a run that came in a capsule
            folder = self.path / "data"
        return Manifest.load(folder) if mark and (folder / "manifest.json").is_file() else None
