"""Twenty kills at random moments of one run: how many were survived, and whether the bits are the same."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from engine.runs.folder import RunFolder
from tests.stories.killing import last_weights, small_project, start, train_with_kills

KILLS = 20
STEPS = 12_000  # so many that no life comes to the end of the run


def measure() -> Iterator[dict[str, Any]]:
    """One JSON line a kill, then the verdict."""
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder) / "poems"
        small_project(project)
        start(project, "calm", steps=STEPS).wait()
        kills: list[dict[str, Any]] = []
        for last in train_with_kills(project, "killed", KILLS, seed=7, steps=STEPS, life_seconds=3.0):
            if "kill" in last:
                kills.append(last)
                yield last
        same = last["weights"] == last_weights(RunFolder(project / "runs" / "calm"))
        yield {"kills": sum(each["alive"] for each in kills), "continued": last["continued"],
               "said_exact": last["exact"], "same_bits": same}
