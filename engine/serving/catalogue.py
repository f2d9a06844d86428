"""The models that are served, by name: looked up in a table, never made into a path."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from engine.errors import EngineError
from engine.generation.loading import LoadedModel, WarmModels, checkpoints_of
from engine.runs.folder import RunFolder

RUNS = "runs"


@dataclass(frozen=True)
class Served:
    """A run that can be asked, and when its newest checkpoint was written (seconds since 1970)."""

    name: str
    run: Path
    written: int


class Catalogue:
    """One run, or all runs of a project as they are at the moment: new ones and newer checkpoints need no restart."""

    def __init__(self, path: Path, checkpoint: str = "best") -> None:
        self._path, self.checkpoint = path, checkpoint
        self._models = WarmModels(count=2)
        if not self.is_run and not (path / RUNS).is_dir():
            raise EngineError(f"{path} is neither a run nor a project with runs.", "A folder with run.toml or with "
                              "trained runs was expected.", "Check the path, or train a model first.")

    @property
    def is_run(self) -> bool:
        """Whether just one run is served."""
        return RunFolder(self._path).settings_file.is_file()

    def served(self) -> list[Served]:
        """What can be asked now, by name."""
        return [found for folder in self._folders() if (found := _served(folder)) is not None]

    def find(self, name: str) -> Served | None:
        """The run of that name; None where there is none, or nothing of it is saved yet."""
        return next((_served(folder) for folder in self._folders() if folder.name == name), None)

    def _folders(self) -> list[Path]:
        return [self._path] if self.is_run else sorted((self._path / RUNS).iterdir())

    def load(self, served: Served) -> LoadedModel:
        """Its model, warm where it was just used; must be called from one thread."""
        return self._models.get(served.run.resolve(), self.checkpoint)


def _served(folder: Path) -> Served | None:
    try:
        times = [int(each.path.stat().st_mtime) for each in checkpoints_of(folder)]
    except (EngineError, OSError):
        return None
    return Served(folder.name, folder, max(times)) if times else None
