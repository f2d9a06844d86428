"""A small job in a process of its own, as the engine runs them: `python small_job.py FOLDER KIND`."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

from engine.events import Continued, Paused, StageStarted, StepDone
from engine.runs.folder import RunFolder
from engine.runs.job import Job


def step(number: int) -> StepDone:
    return StepDone(step=number, tokens=number * 64, loss=3.0, bits_per_byte=2.0, learning_rate=0.1,
                    gradient_norm=1.0, tokens_per_second=1000.0, memory_bytes=1, seconds_left=5.0)


def work(job: Job, kind: str) -> dict[str, object]:
    job.report(StageStarted(stage="train"))
    if kind == "crash":
        print("about to fall", file=sys.stderr, flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
    if kind == "stubborn":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        while True:
            time.sleep(0.05)
    count = {"short": 5, "talkative": 3000}.get(kind, 100_000)
    for number in range(1, count + 1):
        job.report(step(number))
        if kind == "talkative":
            time.sleep(0.0003)
        elif kind != "short":
            time.sleep(0.02)
        job.check()
        if any(command.name == "pause" for command in job.take()):
            job.report(Paused(step=number))
            while not any(command.name == "resume" for command in job.take()):
                job.check()
                time.sleep(0.01)
            job.report(Continued(step=number, after_restart=False))
    return {"steps": count}


if __name__ == "__main__":
    folder, kind = Path(sys.argv[1]), sys.argv[2]
    job = Job(RunFolder(folder), "train")
    sys.exit(job.perform(lambda job: work(job, kind)))
