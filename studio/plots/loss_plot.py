"""The loss plot: runs over steps, tokens or time, with baselines, the best checkpoint and a cursor to drag."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QMouseEvent, QResizeEvent

from studio.guard import guarded
from studio.i18n import tr
from studio.plots.canvas import Canvas, pen
from studio.plots.labels import EndLabel, spread
from studio.plots.readout import Readout
from studio.plots.track import Across, Track, Unit, in_unit
from studio.theme import theme

Row = tuple[float, float, float, float]


@dataclass
class Overlay:
    """What is drawn of one run."""

    training: Track | None
    validation: Track
    label: EndLabel
    name: str
    best: tuple[float, float] | None = None  # step, nats per token
    ends: list[EndLabel] = field(default_factory=list)

    def lead(self) -> Track:
        """The curve with the most points, for the cursor."""
        return self.training if self.training is not None and self.training.count else self.validation


class LossPlot(Canvas):
    """Feeds by run key; the run in focus has training and validation, the others their validation only."""

    cursor_moved = Signal(float)
    """The step under the cursor, after the user moved it."""

    def __init__(self) -> None:
        super().__init__("train.loss")
        self.across: Across = "steps"
        self.unit: Unit = "bits-per-byte"
        self.smoothing = 0.9
        self.is_log = False
        self._follows = True
        self._runs: dict[str, Overlay] = {}
        self._focus = ""
        self._baselines: list[tuple[float, pg.InfiniteLine, EndLabel]] = []
        self._titles: list[str] = []
        self._cursor_step: float | None = None
        self._bits_per_nat = 1.0
        item = self.getPlotItem()
        self._best = pg.ScatterPlotItem(symbol="d", size=11)
        self._best.setZValue(40)
        item.addItem(self._best, ignoreBounds=True)
        self._best_label = EndLabel(item, "ok", anchor=(0.5, 1.4))
        self._zone = pg.LinearRegionItem(movable=False)
        self._zone.setZValue(-500)
        self._zone_label = EndLabel(item, "warn", anchor=(0.5, 0))
        self._zone.hide()
        item.addItem(self._zone, ignoreBounds=True)
        self.readout = Readout(item)
        self.readout.line.sigDragged.connect(self._on_dragged)
        view = item.getViewBox()
        view.setMouseMode(pg.ViewBox.RectMode)
        view.setMouseEnabled(x=True, y=True)
        view.sigRangeChangedManually.connect(self._on_zoomed)
        view.sigXRangeChanged.connect(self._on_x_range_changed)
        self.scene().sigMouseClicked.connect(self._on_clicked)
        self.restyle()

    # data

    def show_run(self, key: str, name: str, token: str, in_focus: bool) -> None:
        """Make room for a run; the one in focus also shows its training loss."""
        item = self.getPlotItem()
        if key in self._runs:
            self.hide_run(key)
        training = Track(item, "p1", with_raw=True) if in_focus else None
        validation = Track(item, token, with_raw=False, width=2.4 if in_focus else 1.8)
        for track in filter(None, (training, validation)):
            track.show_as(self.across, self.unit, self.smoothing)
        label = EndLabel(item, token if token in ("p1", "p2", "p4") else "text2")
        overlay = Overlay(training, validation, label, name)
        if training is not None:
            overlay.ends.append(EndLabel(item, "p1"))
            self._focus = key
        self._runs[key] = overlay

    def set_scales(self, key: str, training: float, validation: float) -> None:
        """Say what one nat per token is in bits per byte, on the training and on the validation text of a run."""
        overlay = self._runs[key]
        if overlay.training is not None:
            overlay.training.set_scale(training)
        overlay.validation.set_scale(validation)
        if key == self._focus:
            self._bits_per_nat = validation

    def hide_run(self, key: str) -> None:
        """Take a run off the plot."""
        overlay = self._runs.pop(key, None)
        if overlay is None:
            return
        for part in filter(None, (overlay.training, overlay.validation, overlay.label, *overlay.ends)):
            part.remove()

    def feed(self, key: str, training: Sequence[Row], validation: Sequence[Row]) -> None:
        """Add (step, tokens, seconds, nats per token) points to a run."""
        overlay = self._runs[key]
        if overlay.training is not None:
            overlay.training.append(training)
        overlay.validation.append(validation)

    def points_in_focus(self) -> list[tuple[str, list[Row]]]:
        """All points of the run in focus: ("training", rows) and ("validation", rows)."""
        overlay = self._runs.get(self._focus)
        if overlay is None:
            return []
        tracks = [("training", overlay.training), ("validation", overlay.validation)]
        return [(name, track.rows()) for name, track in tracks if track is not None]

    def set_best(self, key: str, best: tuple[float, float] | None) -> None:
        """Mark the best validation of the run in focus: (step, nats per token)."""
        if key in self._runs:
            self._runs[key].best = best

    def set_baselines(self, baselines: Sequence[tuple[str, float]]) -> None:
        """Draw dashed lines: (title, nats per token)."""
        item = self.getPlotItem()
        if [(title, loss) for title, (loss, _, _) in zip(self._titles, self._baselines, strict=True)] == [*baselines]:
            return
        for _, line, label in self._baselines:
            item.removeItem(line)
            label.remove()
        self._baselines, self._titles = [], []
        for title, loss in baselines:
            line = pg.InfiniteLine(angle=0, pen=pen("p6", 1.2, dashed=True))
            line.setZValue(-100)
            item.addItem(line, ignoreBounds=True)
            label = EndLabel(item, "text2", anchor=(0, 1))
            self._baselines.append((loss, line, label))
            self._titles.append(title)

    def set_zone(self, first_step: float | None, until: float | None = None, words: str = "",
                 level: str = "warn") -> None:
        """Shade from one step to another, or draw a line at one, with some words; None removes it."""
        self._zone_from, self._zone_until = first_step, until
        self._zone_label.token = self._zone_token = level
        self._zone.setVisible(first_step is not None)
        self._zone_label.say(words if first_step is not None else "")
        self._zone_label.restyle()
        self._style_zone()

    _zone_from: float | None = None
    _zone_until: float | None = None
    _zone_token = "warn"

    def _style_zone(self) -> None:
        self._zone.setBrush(theme.colour(self._zone_token, 26))
        for line in self._zone.lines:
            line.setPen(pen(self._zone_token, 1, alpha=0 if self._zone_until is not None else 160))

    # view

    def use(self, across: Across | None = None, unit: Unit | None = None, smoothing: float | None = None,
            is_log: bool | None = None) -> None:
        """Change the axes or the smoothing; the view is fitted again."""
        self.across = across or self.across
        self.unit = unit or self.unit
        self.smoothing = self.smoothing if smoothing is None else smoothing
        self.is_log = self.is_log if is_log is None else is_log
        self.getPlotItem().getAxis("left").setLogMode(y=self.is_log)
        for overlay in self._runs.values():
            for track in filter(None, (overlay.training, overlay.validation)):
                track.show_as(self.across, self.unit, self.smoothing)
        self.fit()
        self.set_cursor(self._cursor_step)

    def refresh(self) -> None:
        """Draw what was fed since; follows the newest points until the user zooms."""
        if self._follows:
            self.fit()
        else:
            self._draw()

    def fit(self) -> None:
        """Show everything: all steps, and the height of all points but the steep first ones."""
        self._follows = True
        extents = [track.extent() for track in self._tracks() if track.count]
        if not extents:
            return
        last = max(float(xs[-1]) for xs, _ in extents)
        first = min(float(xs[0]) for xs, _ in extents)
        seen = np.concatenate([ys[np.searchsorted(xs, last * 0.1) if len(ys) > 20 else 0 :] for xs, ys in extents])
        seen = seen[np.isfinite(seen)]
        if not len(seen):
            return
        marks = [self._shown(loss) for loss, _, _ in self._baselines]
        low, high = min([float(seen.min()), *marks]), max([float(seen.max()), *marks])
        margin = max((high - low) * 0.08, 1e-3)
        low, high = low - margin, high + margin
        if self.is_log:
            low, high = math.log10(max(low, 1e-3)), math.log10(max(high, 2e-3))
        room = max((last - first) * 0.16, 1e-9)  # for the words at the ends of the lines
        self._is_fitting = True
        self.getPlotItem().getViewBox().setRange(xRange=(first, last + room), yRange=(low, high), padding=0)
        self._is_fitting = False
        self._draw()

    _is_fitting = False

    def _on_x_range_changed(self) -> None:
        if not self._is_fitting:  # else it is drawn once, when all of the range is set
            self._draw()

    def _tracks(self) -> list[Track]:
        return [track for each in self._runs.values() for track in (each.training, each.validation) if track]

    def _shown(self, loss: float) -> float:
        return float(in_unit(np.asarray([loss]), self.unit, self._bits_per_nat)[0])

    def _y(self, value: float) -> float:
        return math.log10(max(value, 1e-12)) if self.is_log else value

    def _draw(self) -> None:
        (first, last), _ = self.getPlotItem().getViewBox().viewRange()
        columns = max(100, self.width())
        for track in self._tracks():
            track.draw(first, last, columns, self.is_log)
        self._place_marks(first, last)
        self._place_labels(last)
        self._place_readout()

    def _place_marks(self, first: float, last: float) -> None:
        for (loss, line, label), title in zip(self._baselines, self._titles, strict=True):
            line.setPos(self._y(self._shown(loss)))
            label.say(f"{title} {self._shown(loss):.2f}")
            label.move(first, self._y(self._shown(loss)))
        overlay = self._runs.get(self._focus)
        best = overlay.best if overlay else None
        at = overlay.validation.place_of(best[0], self.across) if overlay and best else None
        if best is not None and at is not None:
            self._best.setData([at], [self._y(self._shown(best[1]))])
            self._best_label.say(tr("best"))
            is_late = at > (first + last) / 2  # beside it stand the words of the curves
            self._best_label.item.setAnchor((1.15, 0.9) if is_late else (0.5, 1.4))
            self._best_label.move(at, self._y(self._shown(best[1])))
        else:
            self._best.setData([], [])
            self._best_label.say("")
        if overlay and self._zone_from is not None:
            lead = overlay.lead()
            start = lead.place_of(self._zone_from, self.across)
            end = start if self._zone_until is None else lead.place_of(self._zone_until, self.across)
            if start is not None and end is not None:
                self._zone.setRegion((start, end))
                (left, right), (_, top) = self.getPlotItem().getViewBox().viewRange()
                middle = (start + end) / 2
                share = (middle - left) / max(right - left, 1e-9)
                self._zone_label.item.setAnchor((0 if share < 0.1 else 1 if share > 0.9 else 0.5, 0))
                self._zone_label.move(max(left, start) if share < 0.1 else min(right, end) if share > 0.9 else middle,
                                      top)

    def _place_labels(self, last: float) -> None:
        """Words at the ends of the lines, moved apart where they would cover each other."""
        wanted: list[tuple[EndLabel, float, float]] = []
        for overlay in self._runs.values():
            end = overlay.validation.end()
            if overlay.training is not None and overlay.training.end() is not None:
                x, y = overlay.training.end() or (0.0, 0.0)
                overlay.ends[0].say(tr("training {value}", value=f"{y:.2f}"))
                wanted.append((overlay.ends[0], x, self._y(y)))
            if end is not None:
                words = tr("validation {value}", value=f"{end[1]:.2f}") if overlay.training is not None else \
                    tr("{run} validation {value}", run=overlay.name, value=f"{end[1]:.2f}")
                overlay.label.say(words)
                wanted.append((overlay.label, end[0], self._y(end[1])))
        if not wanted:
            return
        view = self.getPlotItem().getViewBox()
        pixels = [view.mapViewToDevice(QPointF(x, y)) for _, x, y in wanted]
        if any(place is None for place in pixels):
            return
        moved = spread([place.y() for place in pixels], 16)
        right = view.mapViewToDevice(QPointF(last, 0)).x()
        for (label, x, _), place, y in zip(wanted, pixels, moved, strict=True):
            fits = place.x() + label.item.boundingRect().width() <= right
            label.item.setAnchor((0, 0.5) if fits else (1, 1))
            label.move(min(x, last), view.mapDeviceToView(QPointF(0, y)).y())

    # cursor

    def set_cursor(self, step: float | None) -> None:
        """Put the cursor at a step without telling anyone; None hides it."""
        self._cursor_step = step
        overlay = self._runs.get(self._focus)
        track = overlay.lead() if overlay else None
        place = track.place_of(step, self.across) if track and step is not None else None
        self.readout.show_at(place)
        self._place_readout()

    def _place_readout(self) -> None:
        overlay = self._runs.get(self._focus)
        if overlay is None or self.readout.place is None:
            return
        track = overlay.lead()
        step = track.step_at(self.readout.place, self.across) or 0.0
        values = [(overlay.training, "p1", "training {value}"), (overlay.validation, "p2", "validation {value}")]
        lines = [(token, tr(words, value=f"{value:.2f}"), self._y(value)) for each, token, words in values
                 if each is not None and (value := each.value_at(self.readout.place)) is not None]
        self.readout.say(step, lines)

    def _on_dragged(self) -> None:
        self.readout.place = float(self.readout.line.value())
        self._place_readout()
        self._tell()

    def _on_clicked(self, event: object) -> None:
        if getattr(event, "double", lambda: False)():
            self.fit()
            return
        if getattr(event, "button", lambda: None)() == Qt.MouseButton.LeftButton:
            place = self.getPlotItem().getViewBox().mapSceneToView(event.scenePos())  # type: ignore[attr-defined]
            self.readout.show_at(place.x())
            self._place_readout()
            self._tell()

    def _tell(self) -> None:
        overlay = self._runs.get(self._focus)
        if overlay is not None and self.readout.place is not None:
            step = overlay.lead().step_at(self.readout.place, self.across)
            self._cursor_step = step
            if step is not None:
                self.cursor_moved.emit(step)

    def _on_zoomed(self) -> None:
        self._follows = False
        self._draw()

    # events

    @guarded()
    def resizeEvent(self, event: QResizeEvent) -> None:
        """Draw again for the new width."""
        super().resizeEvent(event)
        if hasattr(self, "readout"):
            self._draw()

    @guarded()
    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Fit."""
        super().mouseDoubleClickEvent(event)
        self.fit()

    def restyle(self) -> None:
        """Take the theme's colours anew."""
        super().restyle()
        if not hasattr(self, "readout"):
            return
        self._style_zone()
        self._best.setPen(pen("ok", 2))
        self._best.setBrush(theme.colour("surface"))
        self.readout.restyle()
        labels = [self._best_label, self._zone_label, *(label for _, _, label in self._baselines)]
        for overlay in self._runs.values():
            labels += [overlay.label, *overlay.ends]
        for part in (*labels, *self._tracks()):
            part.restyle()
        for _, line, _ in self._baselines:
            line.setPen(pen("p6", 1.2, dashed=True))
