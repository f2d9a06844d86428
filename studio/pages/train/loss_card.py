"""The loss plot with its controls."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QBuffer, Signal
from PySide6.QtWidgets import QComboBox, QFileDialog, QSizePolicy

from engine import storage
from engine.errors import EngineError
from engine.events import BaselineScored, StepDone, Validated
from engine.runs.series import RunSeries
from engine.training.finding import Finding
from studio.i18n import said, tr, words
from studio.plots.loss_plot import LossPlot, Row
from studio.widgets import Card, IconButton, NumberSlider, Segment, Text, bare, row

UNITS = {"bits-per-byte": "bits per byte", "nats-per-token": "nats per token", "perplexity": "perplexity"}
LIVE_TOKENS = ("p2", "p4", "p5", "p6")


class LossCard(Card):
    """Curves of the run in focus and of those laid over it."""

    cursor_moved = Signal(float)
    told = Signal(str, object, object)  # level, one sentence, more

    def __init__(self) -> None:
        super().__init__(tr("Loss"), name="train.loss-card")
        self.plot = LossPlot()
        self.plot.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.plot.setMinimumHeight(90)
        self.plot.cursor_moved.connect(self.cursor_moved)
        words(self.plot.setAccessibleName, "Loss of the run over its steps")
        self.across = Segment([("steps", tr("Step")), ("tokens", tr("Tokens")), ("time", tr("Time"))],
                              name="train.across", label=tr("What the plot runs along"))
        self.across.chosen.connect(lambda key: self.plot.use(across=key))
        self.scale = Segment([("linear", tr("Linear")), ("log", tr("Log"))], name="train.scale",
                             label=tr("Scale of the loss"))
        self.scale.chosen.connect(lambda key: self.plot.use(is_log=key == "log"))
        self.unit = QComboBox()
        self.unit.setObjectName("train.unit")
        words(self.unit.setAccessibleName, "Unit of the loss")
        for key in UNITS:
            self.unit.addItem("", key)
        words(self._name_units, "bits per byte")
        self.unit.currentIndexChanged.connect(self._on_unit)
        self.smoothing = NumberSlider(0.0, 0.99, 0.9, name="train.smoothing", label=tr("Smooth"))
        self.smoothing.setFixedWidth(118)
        self.smoothing.edited.connect(lambda value: self.plot.use(smoothing=float(value)))
        export = IconButton("download", tr("Save the curve as a picture or a table"), self._save, "train.save-curve")
        self._smooth = Text(tr("Smooth"), "label")
        self.unit.setFixedWidth(132)
        for segment in (self.across, self.scale):
            segment.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        for widget in (self.unit, self.across, self.scale, self._smooth, self.smoothing, export):
            self.add_action(widget)
        self.add(self.plot, 1)
        self._legend = bare(row(
            Text(tr("thin: each step · thick: smoothed training · orange: validation · dashed: n-gram"), "caption"),
            None, Text(tr("Drag to zoom. Double-click to fit."), "caption")))
        self.add(self._legend)
        self._fed: dict[str, tuple[int, int, int]] = {}
        self._focus = ""

    def _name_units(self, _text: str) -> None:
        for index, key in enumerate(UNITS):
            self.unit.setItemText(index, tr(UNITS[key]))

    def _on_unit(self, index: int) -> None:
        self.plot.use(unit=list(UNITS)[index])  # type: ignore[arg-type]

    def set_compact(self, compact: bool) -> None:
        """Drop what is not needed in a narrow window."""
        self.smoothing.setVisible(not compact)
        self._smooth.setVisible(not compact)
        self._legend.setVisible(not compact)

    def show_runs(self, focus: str, overlays: Sequence[tuple[str, str, RunSeries]]) -> None:
        """Draw these runs, as (key, name, series), and no others; `focus` is the key of the one in focus."""
        keys = [key for key, _, _ in overlays]
        for key in [known for known in self._fed if known not in keys or focus != self._focus]:
            self.plot.hide_run(key)
            del self._fed[key]
        self._focus = focus
        others = iter(LIVE_TOKENS[1:])
        for key, name, series in overlays:
            token = "p2" if key == focus else next(others, "p6")
            self._feed(key, name, series, token)
        chosen = next((series for key, _, series in overlays if key == focus), None)
        if chosen is not None:
            self._mark(focus, chosen)
        self.plot.refresh()

    def _feed(self, key: str, name: str, series: RunSeries, token: str) -> None:
        steps, validations, generation = self._fed.get(key, (0, 0, -1))
        if generation != series.generation:
            self.plot.show_run(key, name, token, key == self._focus)
            steps = validations = 0
        training, validation = bits_per_nat(series.steps), bits_per_nat([*series.baselines, *series.validations[:1]])
        self.plot.set_scales(key, training or validation or 1.0, validation or training or 1.0)
        self.plot.feed(key, [_row(event) for event in series.steps[steps:]],
                       [_row(event) for event in series.validations[validations:]])
        self._fed[key] = (len(series.steps), len(series.validations), series.generation)

    def _mark(self, key: str, series: RunSeries) -> None:
        best = series.best
        self.plot.set_best(key, (float(best.step), best.loss) if best else None)
        self.plot.set_baselines([(tr(each.title), each.loss) for each in series.baselines])

    def show_evidence(self, finding: Finding | None) -> None:
        """Mark where in the curves a finding shows."""
        mark = finding.marks[0] if finding is not None and finding.marks else None
        if mark is None:
            self.plot.set_zone(None)
        else:
            self.plot.set_zone(float(mark.step), float(mark.until) if mark.until is not None else None,
                               tr(mark.label), finding.level if finding is not None else "warn")

    def _save(self) -> None:
        path, _ = QFileDialog.getSaveFileName(self, tr("Save the curve"), "loss.png", "PNG (*.png);;CSV (*.csv)")
        if path:
            self.save_to(Path(path if path.endswith((".png", ".csv")) else f"{path}.png"))

    def save_to(self, path: Path) -> None:
        """Write the curve as a table (.csv) or a picture, and say whether that went well."""
        try:
            if path.suffix == ".csv":
                storage.write_text(path, self.table())
            else:
                storage.write_bytes(path, self._picture())
        except EngineError as error:
            self.told.emit("error", said(error.what), said(error.expected, error.fix))
        else:
            self.told.emit("ok", tr("The curve is saved."), str(path))

    def _picture(self) -> bytes:
        buffer = QBuffer()
        buffer.open(QBuffer.OpenModeFlag.WriteOnly)
        self.plot.grab().save(buffer, "PNG")
        return bytes(buffer.data().data())

    def table(self) -> str:
        """All points of the run in focus as CSV."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(["curve", "step", "tokens", "seconds", "nats_per_token"])
        for curve, rows in self.plot.points_in_focus():
            writer.writerows([curve, *row] for row in rows)
        return text.getvalue()


def bits_per_nat(events: Sequence[StepDone | Validated | BaselineScored]) -> float | None:
    """What one nat per token is in bits per byte on the text of these events; None before there is one."""
    return next((event.bits_per_byte / event.loss for event in events if event.loss), None)


def _row(event: StepDone | Validated) -> Row:
    return (float(event.step), float(event.tokens), event.seconds, event.loss)
