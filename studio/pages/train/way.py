"""The way to the first step: which stages are done, which one runs and how far it is."""

from __future__ import annotations

from engine.runs.series import RunSeries
from studio.i18n import tr
from studio.widgets import BusyBar, Card, StateMark, Text, row

STAGES = {"corpus": "Read the text", "cleaned": "Clean it", "tokenizer": "Learn the tokens", "tokens": "Cut the text",
          "plan": "Measure this machine and plan", "baseline": "Count the 5-gram baseline", "train": "Train"}


class Way(Card):
    """Shown from Start to the first point of the curve."""

    def __init__(self) -> None:
        super().__init__(tr("On the way to the first step"), name="train.way")
        self._marks: dict[str, StateMark] = {}
        self._notes: dict[str, Text] = {}
        for key, title in STAGES.items():
            self._marks[key], self._notes[key] = StateMark("todo", None, 16), Text("", "caption")
            self.add(row(self._marks[key], Text(tr(title), "body"), self._notes[key], None))
        self.busy = BusyBar(tr("Starting the engine"), "train.way.busy")
        self.add(self.busy)
        self.body.addStretch(1)

    def show_series(self, series: RunSeries) -> None:
        """Show a run that has no step yet."""
        done = {each.stage: each for each in series.stages}
        for key, mark in self._marks.items():
            running = key == series.stage and key not in done
            mark.set_state("done" if key in done else "running" if running else "todo")
            reused = key in done and done[key].reused
            self._notes[key].say(tr("there already") if reused else "")
        progress = series.progress
        self.busy.say(tr(STAGES[series.stage]) if series.stage in STAGES else tr("Starting the engine"))
        if progress is not None and progress.stage == series.stage:
            self.busy.set_progress(progress.done, progress.total, progress.seconds_left)
        else:
            self.busy.set_progress(0, None)

