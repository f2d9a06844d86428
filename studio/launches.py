"""How each kind of job is started from the window, and which one lives already."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from engine.errors import EngineError
from engine.events import JobStarted
from engine.project import Project
from engine.recipe import Recipe
from engine.runs.folder import RunFolder
from engine.runs.job import job_folder
from engine.settings import from_plain
from engine.training.environment import environment_for
from engine.training.spec import TrainSpec
from engine.variants import Variant
from studio.draft import Draft
from studio.engine_queue import Task
from studio.engine_thread import Launch
from studio.i18n import Translated, counted, tr


def job_task(verb: str, project: Project, save: Callable[[], None], draft: Draft) -> Task:
    """Read, clean or tokenize; `save` writes the settings that the child will read."""
    def folder() -> RunFolder:
        save()
        return job_folder(project.jobs_folder, verb, {"verb": verb})

    def command(run: RunFolder) -> list[str]:
        return _command(verb, str(project.path), "--folder", str(run.path))

    return Task(verb, lambda: Launch(folder, command, environment_for(Recipe().training)), about=draft)


def refresh_task(project: Project, save: Callable[[], None], ids: Sequence[str]) -> Task:
    """Fetch what is new from these web pages and feeds; from all where none is named."""
    def folder() -> RunFolder:
        save()
        return job_folder(project.jobs_folder, "refresh", {"verb": "refresh"})

    def command(run: RunFolder) -> list[str]:
        named = [word for id in ids for word in ("--source", id)]
        return _command("refresh", str(project.path), "--folder", str(run.path), *named)

    return Task("refresh", lambda: Launch(folder, command, environment_for(Recipe().training)), about=tuple(ids))


def import_task(project: Project, save: Callable[[], None], folder: Path) -> Task:
    """Make a run of a model from elsewhere; the job's last word names it."""
    def log() -> RunFolder:
        save()
        return job_folder(project.jobs_folder, "import", {"verb": "import"})

    def command(run: RunFolder) -> list[str]:
        return _command("import", str(folder), "--into", str(project.path), "--folder", str(run.path))

    return Task("import", lambda: Launch(log, command, environment_for(Recipe().training)), about=folder)


def export_task(project: Project, run: Path, which: str, format: str, assignments: Sequence[str]) -> Task:
    """Write a checkpoint in a format of other programs, into the project's exports."""
    def log() -> RunFolder:
        return job_folder(project.jobs_folder, "export", {"verb": "export"})

    def command(job: RunFolder) -> list[str]:
        settings = [word for each in assignments for word in ("--set", each)]
        return _command("export", str(run), format, "--checkpoint", which, "--folder", str(job.path), *settings)

    return Task("export", lambda: Launch(log, command, environment_for(Recipe().training)),
                about=f"{run.name}/{which}/{format}")


def train_task(project: Project, save: Callable[[], None], draft: Draft, title: str) -> Task:
    """A new run with the settings as they are when its turn comes."""
    def folder() -> RunFolder:
        from engine.jobs import new_run  # beside the window: loading it takes a moment

        save()
        run = new_run(project)
        if title:
            run.write_settings({**run.settings(), "title": title})
        return run

    def command(run: RunFolder) -> list[str]:
        return _command("train", str(project.path), "--folder", str(run.path))

    def launch() -> Launch:
        training = project.recipe.training
        return Launch(folder, command, environment_for(training), give_way=training.speed != "full")

    return Task("train", launch, about=draft)


def variant_task(project: Project, variant: Variant, of: str = "", sweep: str = "") -> Task:
    """A new run with a recipe of its own: like another run with one change, or one of a sweep."""
    def folder() -> RunFolder:
        from engine.jobs import new_run  # as above

        return new_run(project, recipe=variant.recipe, origin=variant.origin(of, sweep))

    def command(run: RunFolder) -> list[str]:
        return _command("train", str(project.path), "--folder", str(run.path))

    training = variant.recipe.training
    return Task("train", lambda: Launch(folder, command, environment_for(training), give_way=training.speed != "full"),
                about=(of, sweep, variant.changes))


def continue_task(project: Project, name: str) -> Task:
    """Go on with a run, with the settings it began with."""
    def command(run: RunFolder) -> list[str]:
        return _command("train", str(project.path), "--resume", "--run", run.name)

    def launch() -> Launch:
        environment = environment_for(training_of(project, name))
        return Launch(lambda: project.run(name), command, environment, give_way=False)  # the run knows its own speed

    return Task("train", launch, run=name)


def opened_capsule(file: Path, place: Path) -> Path:
    """Make a project of a run capsule; returns its folder."""
    from engine.jobs import open_run_capsule  # as above

    return open_run_capsule(file, place)[0].path


def training_of(project: Project, name: str) -> TrainSpec:
    """The settings that a run began with; those of now where its folder cannot be read, which the job will tell."""
    try:
        return from_plain(TrainSpec, project.run(name).settings().get("recipe", {}).get("training", {}))
    except EngineError:
        return project.recipe.training


def _command(verb: str, *arguments: str) -> list[str]:
    from engine.jobs import command_for  # as above

    return command_for(verb, *arguments)


def living(project: Project) -> list[tuple[str, RunFolder]]:
    """Verbs and folders of the jobs of this project that work already: training runs first, then the newest."""
    found = []
    for run in _folders(project):
        if run.is_running():
            with contextlib.suppress(EngineError):
                found.append((str(run.settings().get("verb", "train")), run))
    return found


def _folders(project: Project) -> Iterator[RunFolder]:
    yield from reversed(project.runs())
    if project.jobs_folder.exists():
        folders = [path for path in project.jobs_folder.iterdir() if (path / "run.toml").exists()]
        yield from map(RunFolder, sorted(folders, key=lambda path: path.stat().st_mtime, reverse=True))


def free_place(folder: Path, name: str) -> Path:
    """A folder for a new project that is not there yet, named after it."""
    stem = re.sub(r'[\s\x00-\x1f<>:"/\\|?*]+', " ", name).strip(" .")[:60] or "Wenlu"
    names = (stem if number == 1 else f"{stem} {number}" for number in range(1, 10_000))
    return next(place for place in (folder / each for each in names) if not place.exists())


def device_words(started: JobStarted | None) -> Translated:
    """The device that trains, such as 'CPU · 2 cores'."""
    device = started.device if started is not None else "cpu"
    if device == "cuda":
        return tr("GPU")
    if device == "mps":
        return tr("Apple GPU")
    cores = (started.threads if started is not None else 0) or _cores()
    return counted("CPU · {count} core", "CPU · {count} cores", cores)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
