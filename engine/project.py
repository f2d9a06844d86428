"""The project folder: sources, recipe, and the stages made from them, each named by what it was made of."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomli_w

from engine import storage
from engine.corpora.manifest import Manifest
from engine.corpora.source import Source
from engine.errors import EngineError
from engine.recipe import Recipe
from engine.runs.folder import RunFolder, checked_name
from engine.settings import Spec, from_plain, from_toml, read_toml_file, setting, to_plain, to_toml

FORMAT = 1
"""Version of the project folder; a newer one is refused, an older one is brought up to date."""

STAGES = ("corpus", "cleaned", "tokenizer", "tokens")


class ProjectFile(Spec):
    """What `project.toml` holds."""

    format: int = setting(FORMAT, "Format", "Version of the project folder.", low=1)
    name: str = setting("", "Name", "Title of the project.")
    sources: tuple[Source, ...] = setting((), "Sources", "Where the text comes from.")


@dataclass(frozen=True)
class Stage:
    """One step of the pipeline: where its result is or would be.

    `older` is the newest result made with other settings or sources, when the current one is missing.
    """

    name: str
    folder: Path
    older: Path | None

    @property
    def is_done(self) -> bool:
        """Whether the result for the present settings is there."""
        return self.folder.exists()

    @property
    def latest(self) -> Path | None:
        """The result to show: the present one, else the newest older one."""
        return self.folder if self.is_done else self.older


class Project:
    """A folder with `project.toml`, `recipe.toml`, `stages/`, `runs/`, `jobs/`, and `fetched/` where pages are kept.

    Values (`name`, `sources`, `recipe`) change only through `save`, which writes them at once.
    """

    def __init__(self, path: Path, file: ProjectFile, recipe: Recipe) -> None:
        self.path = path
        self._file = file
        self.recipe = recipe
        self.lock = storage.FolderLock(path / "lock")
        self._written = self._digests()

    @classmethod
    def create(cls, path: Path, name: str = "", recipe: Recipe | None = None) -> Project:
        """Make a new project; raises EngineError where the folder has other content already."""
        path = Path(path).expanduser().absolute()
        if path.exists() and (not path.is_dir() or any(path.iterdir())):
            raise EngineError(f"{path} is not empty.", "A new or empty folder was expected.",
                              "Choose another name, or open it if it is a project.")
        try:
            for folder in (path, path / "stages", path / "runs", path / "jobs"):
                folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise storage.as_engine_error(error, path) from error
        project = cls(path, ProjectFile(name=name or path.name), recipe or Recipe())
        project._write()
        return project

    @classmethod
    def open(cls, path: Path) -> Project:
        """Read a project; raises EngineError saying what is missing, damaged or too new."""
        path = Path(path).expanduser().absolute()
        if not (path / "project.toml").exists():
            raise EngineError(f"{path} is not a Wenlu project.", "A folder with project.toml was expected.",
                              "Make one with New project, or choose its folder.")
        plain = read_toml_file(path / "project.toml")
        if isinstance(plain.get("format"), int) and plain["format"] > FORMAT:
            raise EngineError(f"{path.name} was made by a newer version of Wenlu (format {plain['format']}).",
                              f"This version reads format {FORMAT}. Nothing was changed.", "Update Wenlu.")
        recipe_file = path / "recipe.toml"
        recipe = from_toml(Recipe, recipe_file.read_text("utf-8"), "recipe.toml") if recipe_file.exists() else Recipe()
        for folder in (path / "stages", path / "runs", path / "jobs", path / "exports"):
            if folder.exists():
                storage.sweep(folder)
        return cls(path, from_plain(ProjectFile, plain), recipe)

    @property
    def name(self) -> str:
        """The project's title."""
        return self._file.name or self.path.name

    @property
    def sources(self) -> tuple[Source, ...]:
        """Where the text comes from, in the order of adding."""
        return tuple(source.in_project(self.path) for source in self._file.sources)

    def save(self, *, name: str | None = None, sources: Sequence[Source] | None = None,
             recipe: Recipe | None = None) -> None:
        """Change values and write them; raises EngineError if another program changed the files meanwhile."""
        if self._digests() != self._written:
            raise EngineError(f"The settings of {self.name} were changed by another program.",
                              "They were as this window last wrote them before.", "Open the project again.")
        before = {source.id: source.licence for source in self._file.sources}
        self._file = ProjectFile(name=self._file.name if name is None else name,
                                 sources=self._file.sources if sources is None else tuple(sources))
        self.recipe = recipe or self.recipe
        self._write()
        stated = {source.id: source.licence for source in self._file.sources}
        if any(before.get(id, licence) != licence for id, licence in stated.items()):
            self._note_licences(stated)

    def _note_licences(self, stated: Mapping[str, str]) -> None:
        """Write changed licences to what was read already: exports and cards take them from there."""
        for stage in ("corpus", "cleaned"):
            for folder in sorted((self.path / "stages").glob(f"{stage}-*")):
                with contextlib.suppress(EngineError, TypeError):  # what is not whole is read anew anyway
                    Manifest.load(folder).with_licences(stated).save(folder)

    def add_sources(self, *sources: Source) -> tuple[Source, ...]:
        """Add sources that are not there yet; returns those that were new."""
        known = {storage.fingerprint(to_plain(source)) for source in self.sources}
        new = tuple(source for source in sources if storage.fingerprint(to_plain(source)) not in known)
        if new:
            self.save(sources=(*self.sources, *new))
        return new

    def remove_source(self, position: int) -> Source:
        """Take a source off the list; the files themselves stay."""
        sources = list(self.sources)
        removed = sources.pop(position)
        self.save(sources=sources)
        return removed

    def _write(self) -> None:
        texts = {"project.toml": tomli_w.dumps(to_plain(self._file), multiline_strings=True),
                 "recipe.toml": to_toml(self.recipe)}
        for name, text in texts.items():
            path = self.path / name
            if path.exists() and path.read_text("utf-8", "replace") == text:
                continue
            storage.keep_generations(path)
            storage.write_text(path, text)
        self._written = self._digests()

    def _digests(self) -> tuple[str, ...]:
        paths = (self.path / "project.toml", self.path / "recipe.toml")
        return tuple(storage.digest_file(path) if path.exists() else "" for path in paths)

    # stages

    def fingerprints(self) -> dict[str, str]:
        """For each stage the name of what it is made of: sources and settings of it and of all stages above it."""
        recipe = self.recipe
        corpus = storage.fingerprint([FORMAT, [source.identity() for source in self.sources]])
        cleaned = storage.fingerprint([corpus, recipe.cleaning.identity()])
        task = [] if recipe.task.kind == "continuation" else [to_plain(recipe.task)]
        tokenizer = storage.fingerprint([cleaned, to_plain(recipe.split), self._tokenizer_identity(), *task])
        return dict(zip(STAGES, (corpus, cleaned, tokenizer, storage.fingerprint([tokenizer, "tokens"])), strict=True))

    def _tokenizer_identity(self) -> Any:
        """The settings of the tokenizer, or what decides how that of an earlier run is taken over."""
        recipe = self.recipe
        if recipe.start.run is None:
            return to_plain(recipe.tokenizer)
        return ["taken over", recipe.start.tokenizer_mark(self.path), recipe.start.new_pieces,
                list(recipe.tokenizer.user_symbols)]

    def stages(self) -> dict[str, Stage]:
        """All stages with their results, as they are on disk now."""
        return {name: self._stage(name, mark) for name, mark in self.fingerprints().items()}

    def stage(self, name: str) -> Stage:
        """One stage, by name: corpus, cleaned, tokenizer or tokens."""
        return self.stages()[name]

    def _stage(self, name: str, mark: str) -> Stage:
        folder = self.path / "stages" / f"{name}-{mark}"
        others = [path for path in folder.parent.glob(f"{name}-*") if path != folder and path.is_dir()]
        return Stage(name, folder, max(others, key=lambda path: path.stat().st_mtime, default=None))

    # runs

    @property
    def runs_folder(self) -> Path:
        """Where training runs are kept."""
        return self.path / "runs"

    @property
    def jobs_folder(self) -> Path:
        """Where the logs of other jobs are kept."""
        return self.path / "jobs"

    def runs(self) -> list[RunFolder]:
        """All training runs, oldest first."""
        if not self.runs_folder.exists():
            return []
        folders = [path for path in self.runs_folder.iterdir() if (path / "run.toml").exists()]
        return [RunFolder(path) for path in sorted(folders, key=_run_order)]

    def run(self, name: str) -> RunFolder:
        """A run by name; raises EngineError listing those there are."""
        folder = RunFolder(self.runs_folder / checked_name(name))
        if not folder.settings_file.exists():
            names = ", ".join(run.name for run in self.runs()) or "none yet"
            raise EngineError(f"{self.name} has no run called {name}.", f"Its runs: {names}.", "Choose one of these.")
        return folder


def _run_order(path: Path) -> tuple[float, str]:
    try:
        created = read_toml_file(path / "run.toml").get("created", 0.0)
    except EngineError:
        created = 0.0
    return float(created), path.name


def summary_of(stage: Stage) -> dict[str, Any]:
    """What a stage says of its result (`summary.json` in its folder), or nothing."""
    latest = stage.latest
    if latest is None or not (latest / "summary.json").exists():
        return {}
    summary: dict[str, Any] = json.loads((latest / "summary.json").read_text("utf-8"))
    return summary
