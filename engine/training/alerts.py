"""Plain sentences about a run that goes well or badly; each rule speaks once until its cause has gone."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator

from engine.events import Notice

_RECENT = 100
_SPIKES = 5
_CHECKS = 3


class Alerts:
    """Watches losses (nats per token) as they come. `baseline` is the validation loss of the simple model."""

    def __init__(self, steps: int) -> None:
        self.baseline: float | None = None
        self._steps = steps
        self._recent: deque[float] = deque(maxlen=_RECENT)
        self._first: float | None = None
        self._spikes = 0
        self._above_best = 0
        self._spoken: set[str] = set()

    def after_step(self, step: int, loss: float) -> Iterator[Notice]:
        """Notices about the training loss."""
        if len(self._recent) == _RECENT:
            mean = sum(self._recent) / _RECENT
            self._spikes = self._spikes + 1 if loss > 2 * mean else 0
            if self._spikes >= _SPIKES and self._once("loss-spike"):
                yield Notice(level="warn", code="loss-spike", step=step, values={"step": step},
                             text="The loss jumped to more than twice its mean at step {step}. A lower learning rate "
                                  "or a tighter gradient clip may help.")
        if self._spikes == 0:
            self._recent.append(loss)
        if len(self._recent) == _RECENT and self._first is None:
            self._first = sum(self._recent) / _RECENT
        is_late = step >= max(3 * _RECENT, self._steps // 4)
        if is_late and self._first is not None and sum(self._recent) / len(self._recent) > 0.98 * self._first \
                and self._once("no-progress"):
            yield Notice(level="warn", code="no-progress", step=step, values={"step": step},
                         text="The loss has hardly fallen in {step} steps. Try another learning rate.")

    def after_validation(self, step: int, loss: float, best: float | None) -> Iterator[Notice]:
        """Notices about a validation loss; `best` is the lowest before it."""
        is_above = best is not None and loss >= best
        self._above_best = self._above_best + 1 if is_above else 0
        if not is_above:
            self._spoken.discard("overfitting")
        if self._above_best >= _CHECKS and self._once("overfitting"):
            yield Notice(level="warn", code="overfitting", step=step, values={"checks": self._above_best},
                         text="The model begins to learn its text by heart: unseen text got harder to foresee in "
                              "{checks} checks. The best checkpoint is kept. More text or more dropout would help.")
        yield from self.against_baseline(step, loss)

    def against_baseline(self, step: int, loss: float) -> Iterator[Notice]:
        """The good news, once, when the model foresees unseen text better than the 5-gram."""
        if self.baseline is not None and loss < self.baseline and self._once("below-baseline"):
            yield Notice(level="ok", code="below-baseline", step=step, values={"step": step},
                         text="Since step {step} the model foresees unseen text better than counting word sequences "
                              "does.")

    def said_before(self, codes: Iterable[str]) -> None:
        """Do not repeat what an earlier life of the run has said already."""
        self._spoken.update(codes)

    def _once(self, rule: str) -> bool:
        is_new = rule not in self._spoken
        self._spoken.add(rule)
        return is_new
