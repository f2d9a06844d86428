"""Four small plots: learning rate, gradient norm, throughput, memory."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QWidget

from engine.events import StepDone
from engine.runs.series import RunSeries
from studio.i18n import tr, words
from studio.i18n.numbers import rate, significant, size_bytes
from studio.plots.small_plot import SmallPlot
from studio.widgets import Card, Text, row

FIGURES = (("learning_rate", "Learning rate", False), ("gradient_norm", "Gradient norm", False),
           ("tokens_per_second", "Throughput", False), ("memory_bytes", "Memory", True))


class SmallCards(QWidget):
    """Side by side below the loss; the cursor is that of the loss plot."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("train.small")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(12)
        self._plots: dict[str, SmallPlot] = {}
        self._values: dict[str, Text] = {}
        self._fed = (0, -1, "")
        for key, title, filled in FIGURES:
            plot = self._plots[key] = SmallPlot(f"train.{key}", filled)
            words(plot.setAccessibleName, title)
            value = self._values[key] = Text("–", "card", name=f"train.{key}.value")
            unit = Text(tr("tokens/s"), "caption") if key == "tokens_per_second" else Text("", "caption")
            card = Card(padding=10)
            card.body.setSpacing(2)
            card.add(Text(tr(title), "label"))
            card.add(row(value, unit, None, spacing=5))
            card.add(plot, 1)
            layout.addWidget(card, 1)

    def show_series(self, key: str, series: RunSeries) -> None:
        """Draw a run; new points are added to what is drawn."""
        fed, generation, known = self._fed
        if (generation, known) != (series.generation, key):
            fed = 0
            for plot in self._plots.values():
                plot.clear_points()
        new = series.steps[fed:]
        for name, plot in self._plots.items():
            plot.append([float(event.step) for event in new], [float(getattr(event, name)) for event in new])
            plot.refresh()
        self._fed = (len(series.steps), series.generation, key)
        self.show_values(series.steps[-1] if series.steps else None)

    def show_values(self, event: StepDone | None) -> None:
        """Write the figures of one step."""
        texts = {"learning_rate": significant(event.learning_rate), "gradient_norm": significant(event.gradient_norm),
                 "tokens_per_second": rate(event.tokens_per_second),
                 "memory_bytes": size_bytes(event.memory_bytes)} if event else {}
        for name, value in self._values.items():
            value.say(texts.get(name, "–"))

    def set_cursor(self, step: float | None) -> None:
        """Show the cursor at a step in all four."""
        for plot in self._plots.values():
            plot.set_cursor(step)
