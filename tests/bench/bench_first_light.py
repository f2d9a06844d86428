"""From one press to a model, on each sample: `python -m tests.bench first_light [--budget 300]`.

Told are the seconds from the press on Start to the first point of the curve, the first sample and the line of the
5-gram; at the end the bits per byte on the validation text, to be compared with the 5-gram's. All goes through the
window's session and a process of the engine, as it does from the Home page.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from engine.events import BaselineScored, Event, SampleWritten, StepDone

BUDGET_SECONDS = 60.0
GOALS = {"first_point_s": 5.0, "first_sample_s": 5.0, "baseline_s": 15.0}


def measure(budget_seconds: float = BUDGET_SECONDS) -> Iterator[dict[str, Any]]:
    """One line a sample."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtWidgets import QApplication

    from engine.corpora.samples import SAMPLES

    application = QApplication.instance() or QApplication(["wenlu"])
    with tempfile.TemporaryDirectory() as home:
        os.environ["WENLU_HOME"] = home
        for each in SAMPLES:
            yield {"sample": each.id, "budget_s": budget_seconds, **pressed(each.id, Path(home), budget_seconds)}
        application.processEvents()


def pressed(sample_id: str, home: Path, budget_seconds: float) -> dict[str, Any]:
    """What Home does at a press on "Train now", and what the run tells until its end."""
    from PySide6.QtCore import QEventLoop

    from engine.corpora.samples import sample
    from studio.preferences import PreferenceFile
    from studio.session import Session

    session = Session(PreferenceFile(home))
    seen: dict[str, float] = {}
    loop = QEventLoop()
    began = time.monotonic()

    def watch(_run: str, events: list[Event]) -> None:
        for event in events:
            name = next((name for kind, name in ((StepDone, "first_point_s"), (SampleWritten, "first_sample_s"),
                                                 (BaselineScored, "baseline_s")) if isinstance(event, kind)), None)
            if name is not None:
                seen.setdefault(name, round(time.monotonic() - began, 2))

    session.happened.connect(watch)
    session.job_ended.connect(lambda _verb, _name, word: loop.exit(0 if word.status == "done" else 1))
    session.new(home / sample_id, sample_id, sample(sample_id).sources())
    session.edit("training.budget_seconds", budget_seconds)
    session.train()
    failed = loop.exec()
    took = time.monotonic() - began
    series = session.job_series()
    best, baseline = series.best, series.baselines[-1] if series.baselines else None
    session.close()
    load = {"load": round(os.getloadavg()[0], 1)} if hasattr(os, "getloadavg") else {}
    return {**seen, "ended": "failed" if failed else "done", "took_s": round(took, 1),
            "model": series.plan.model if series.plan else None,
            "parameters": series.plan.parameters if series.plan else None,
            "steps": series.steps[-1].step if series.steps else 0,
            "bits_per_byte": round(best.bits_per_byte, 4) if best else None,
            "baseline_bits_per_byte": round(baseline.bits_per_byte, 4) if baseline else None,
            "below_baseline": bool(best and baseline and best.bits_per_byte < baseline.bits_per_byte),
            "quick_enough": all(seen.get(name, float("inf")) <= goal for name, goal in GOALS.items()), **load}
