"""Small projects with examples of a task."""

from __future__ import annotations

import json

import pytest

from engine.corpora.source import source_of
from engine.project import Project
from engine.recipe import Recipe
from engine.settings import from_plain


@pytest.fixture
def project(tmp_path):
    """Make a project of rows and settings: `project(rows, task={"kind": …})`."""

    def make(rows, name="rows.jsonl", **recipe):
        path = tmp_path / name
        path.write_text(rows if isinstance(rows, str) else "\n".join(json.dumps(row) for row in rows), "utf-8")
        made = Project.create(tmp_path / "project", recipe=from_plain(Recipe, recipe))
        made.add_sources(source_of(path))
        return made

    return make


@pytest.fixture
def sums():
    """Questions that can be answered by rule."""
    return [{"question": f"What comes after {number}?", "answer": f"It is {number + 1}."} for number in range(60)]
