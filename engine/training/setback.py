"""What to do when the loss jumps or is no number: back to the last good checkpoint, past the batches that led there."""

from __future__ import annotations

from collections import deque
from pathlib import Path

import numpy as np

from engine.errors import EngineError
from engine.events import Notice
from engine.training import checkpoint
from engine.training.batches import Position
from engine.training.checkpoint import Checkpoint
from engine.training.learner import NotFinite

MOST = 3
"""So often a run goes back; after that a loss that is no number ends it, and a jump is left to heal by itself."""

_TIMES, _LASTS, _BEFORE = 2.0, 5, 100


class Jump(Exception):  # noqa: N818  (no error: it is mended)
    """The loss of several steps in a row was far above what it had been; `times` the mean before."""

    def __init__(self, times: float) -> None:
        super().__init__(times)
        self.times = times


class LossGuard:
    """Watches the loss of every step (nats per token).

    Source: Chowdhery et al. 2022 (arXiv:2204.02311), section 5.1, who went back and passed over the batches.
    """

    def __init__(self) -> None:
        self._losses: deque[float] = deque(maxlen=_BEFORE + _LASTS)
        self.taken: deque[tuple[int, Position]] = deque(maxlen=_LASTS + 1)
        """The step and the place of the batches that were read last."""

    def take(self, step: int, position: Position) -> None:
        """Note the batch that this step is made with."""
        self.taken.append((step, position))

    def see(self, loss: float) -> None:
        """Take in the loss of a step; raises Jump after five that were above twice the mean of the 100 before."""
        self._losses.append(loss)
        if len(self._losses) < _BEFORE + _LASTS:
            return
        losses = np.fromiter(self._losses, float)
        mean = float(losses[:_BEFORE].mean())
        if losses[_BEFORE:].min() > _TIMES * mean:
            raise Jump(float(losses[_BEFORE:].mean()) / mean)

    def culprits(self, is_jump: bool) -> tuple[int, tuple[Position, ...]]:
        """The step at which it began, and the batch of that step with the one before, whose update shows in it."""
        taken = list(self.taken)
        first = max(0, len(taken) - (_LASTS if is_jump else 1))
        step = taken[first][0] if taken else 0
        return step, tuple(position for _, position in taken[max(0, first - 1):first + 1])

    def forget(self) -> None:
        """Begin anew."""
        self._losses.clear()
        self.taken.clear()


def last_good(folder: Path, before: int) -> Checkpoint | None:
    """The newest whole checkpoint of fewer steps, or else of as many; newer ones, which may hold the harm, are removed.

    Nothing is removed where no good one would be left.
    """
    infos = checkpoint.list_checkpoints(folder)
    limit = max([info.step for info in infos if info.step < before]
                or [info.step for info in infos if info.step == before], default=None)
    if limit is None or not any(checkpoint.is_whole(info.path) for info in reversed(infos) if info.step <= limit):
        return None
    for info in infos:
        if info.step > limit:
            info.path.unlink(missing_ok=True)
    return checkpoint.newest_whole(folder)[0]


def word(why: NotFinite | Jump, at: int, back_to: int) -> Notice:
    """What the user is told."""
    if isinstance(why, Jump):
        return Notice(level="warn", code="set-back", step=back_to,
                      values={"at": at, "step": back_to, "times": f"{why.times:.1f}"},
                      text="The loss jumped to {times} times its mean at step {at}. Training went back to step {step} "
                           "and passes over the batches that led there.")
    return Notice(level="warn", code="set-back", step=back_to, values={"at": at, "step": back_to},
                  text="The loss was not a number at step {at}. Training went back to step {step} and passes over the "
                       "batches that led there.")


def hopeless(at: int, rate: float, saved: checkpoint.CheckpointInfo | None) -> EngineError:
    """The end of a run whose loss is no number and that has nothing to go back to; `rate` is the learning rate."""
    kept = f"Step {saved.step} is saved" if saved else "No step was saved yet"
    return EngineError(f"The loss became not-a-number at step {at}.", f"The update was not applied. {kept}.",
                       f"The learning rate of {rate:.3g} is likely too high: try {rate / 2:.2g} or lower.",
                       path=("training", "optimizer", "learning_rate"))
