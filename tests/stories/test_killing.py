"""A killed run goes on and ends with the same bits. `python -m tests.bench kill` does it with 20 kills."""

from __future__ import annotations

from engine.runs.folder import RunFolder
from tests.stories.killing import last_weights, small_project, start, train_with_kills


def test_a_run_killed_three_times_ends_with_the_weights_of_an_undisturbed_one(tmp_path):
    project = tmp_path / "poems"
    small_project(project)
    assert start(project, "calm").wait() == 0
    *kills, last = train_with_kills(project, "killed", kills=3, seed=1)
    assert {each["status"] for each in kills} <= {"cut-off", "new", "done"}
    assert last["exit"] == 0 and last["status"] == "done" and last["exact"]
    assert last["weights"] == last_weights(RunFolder(project / "runs" / "calm"))
