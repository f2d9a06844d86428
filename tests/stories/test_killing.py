"""A killed run goes on and ends with the same bits. `python -m tests.bench kill` does it with 20 kills."""

from __future__ import annotations

import pytest
from engine.corpora.samples import sample

from engine.project import Project
from engine.runs.folder import RunFolder
from tests.stories.killing import last_weights, start, train_with_kills


@pytest.mark.parametrize("threads", [1])
def test_a_run_killed_four_times_ends_with_the_weights_of_an_undisturbed_one(tmp_path, threads):
    project = tmp_path / "poems"
    Project.create(project).save(sources=sample("poems").sources())
    assert start(project, "calm", threads=threads).wait() == 0
    *kills, last = train_with_kills(project, "killed", kills=4, seed=1)
    assert {each["status"] for each in kills} <= {"cut-off", "new", "done"}
    assert last["exit"] == 0 and last["status"] == "done" and last["exact"]
    assert last["weights"] == last_weights(RunFolder(project / "runs" / "calm"))
