"""The verb that imports a model."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from engine.cli.output import Output
from engine.errors import EngineError
from engine.project import Project
from engine.runs.folder import RunFolder
from engine.runs.job import Job, job_folder


def import_model(arguments: argparse.Namespace, output: Output) -> int:
    """Make a run of a model from elsewhere, in a project that is there or in one of its own."""
    from engine import jobs

    if not arguments.model.is_dir():
        raise EngineError(f"{arguments.model} is no folder.", "A folder of Hugging Face was expected.",
                          "Check the path.")
    project = _project(arguments.into, arguments.model)
    run = RunFolder(arguments.folder) if arguments.folder else None
    if run is None or not run.settings_file.exists():
        run = job_folder(project.jobs_folder, "import", {"verb": "import"})

    def body(job: Job) -> dict[str, Any]:
        made = jobs.import_model(project, arguments.model, job, arguments.run, arguments.context)
        output.object({"imported": made.name, "folder": str(made.path)}, f"imported {made.path}")
        return {"run": made.name, "folder": str(made.path)}

    return Job(run, "import", output.event).perform(body)


def _project(into: Path | None, model: Path) -> Project:
    if into is None:
        return Project.create(Path.cwd() / (model.resolve().name or "model"))
    return Project.open(into) if (into / "project.toml").exists() else Project.create(into)
