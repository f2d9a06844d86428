"""The doctor at a run's side: what it finds goes into the log as notices, each once in the life of a run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from engine.events import Event, Notice, StepDone, Validated
from engine.runs.series import series_of
from engine.training.doctor import examine

_POINTS = 200


class Watch:
    """Sees every event of a run; `past` is its log so far, earlier lives included."""

    def __init__(self, past: Sequence[Event], settings: Mapping[str, Any]) -> None:
        self._series = series_of(past)
        self._settings = settings
        self._spoken = {event.code for event in past if isinstance(event, Notice)}

    def after(self, event: Event) -> Iterator[Notice]:
        """What there is to say after an event: looks at each check, and now and then between them."""
        self.feed(event)
        if isinstance(event, Validated) or (isinstance(event, StepDone) and len(self._series.steps) % _POINTS == 0):
            yield from self.look()

    def feed(self, event: Event | None) -> None:
        """Take in an event without a word."""
        if isinstance(event, Notice):
            self._spoken.add(event.code)
        if event is not None:
            self._series.feed([event])

    def look(self) -> Iterator[Notice]:
        """What was not said before."""
        step = self._series.steps[-1].step if self._series.steps else None
        for finding in examine(self._series, self._settings):
            if finding.rule not in self._spoken:
                self._spoken.add(finding.rule)
                yield Notice(level=finding.level, code=finding.rule, text=finding.text, values=dict(finding.values),
                             step=step)
