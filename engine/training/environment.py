"""What must be set in a process before torch is loaded there; needs no torch itself."""

from __future__ import annotations

import os

from engine.training.spec import TrainSpec
from engine.training.speed import Priority

PRIORITY = Priority()
"""Of this process."""


def environment_for(spec: TrainSpec) -> dict[str, str]:
    """Environment variables for the training process.

    Threads that wait for work by spinning are up to 1.5 times faster on an idle machine, but ten times slower on a
    busy one; so they sleep unless full speed was asked for.
    """
    if spec.speed == "full":
        return {"OMP_WAIT_POLICY": "active"}
    return {"OMP_WAIT_POLICY": "passive", "GOMP_SPINCOUNT": "0", "KMP_BLOCKTIME": "0"}


def prepare_process(spec: TrainSpec) -> None:
    """Set these variables in this very process, where the user has not; call it before anything loads torch.

    Also gives way to other programs where that was asked for, so that the plan measures what training will get.
    """
    PRIORITY.own()
    PRIORITY.suit(spec.speed)
    for name, value in environment_for(spec).items():
        os.environ.setdefault(name, value)
