"""How the figure of a step is spread over the sample, with the limits drawn."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from engine.cleaning.step import CleaningStep, Measure
from studio.guard import guarded
from studio.i18n import counted, language, tr
from studio.i18n.numbers import grouped, significant
from studio.theme import theme
from studio.widgets import Text, column, row, set_shown

BARS = 32


class Histogram(QWidget):
    """Bars of documents by their figure: kept ones below, dropped ones on top, and a line at each limit."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("clean.histogram")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._values: tuple[tuple[float, bool], ...] = ()
        self._limits: tuple[float, ...] = ()
        self._logarithmic = False
        theme.changed.connect(self._on_theme)

    def show_values(self, values: Sequence[tuple[float, bool]], limits: Sequence[float], logarithmic: bool) -> None:
        """Show figures with whether each document was dropped, and the limits."""
        self._values, self._limits, self._logarithmic = tuple(values), tuple(limits), logarithmic
        self.update()

    def counts(self) -> tuple[list[int], list[int]]:
        """Documents kept and dropped in each bar, from the left."""
        edges = self._bounds()
        places = [self._place(value, edges) for value, _ in self._values]
        return tuple([sum(place == bar and gone is dropped for place, (_, gone) in
                          zip(places, self._values, strict=True)) for bar in range(BARS)]
                     for dropped in (False, True))  # type: ignore[return-value]

    def _bounds(self) -> tuple[float, float]:
        numbers = [self._scaled(value) for value, _ in self._values]
        low, high = (min(numbers), max(numbers)) if numbers else (0.0, 1.0)
        room = 2 * (high - low) or math.inf
        near = [limit for limit in map(self._scaled, self._limits)
                if low - room <= limit <= high + room]  # a far limit would press all into one bar
        low, high = min([low, *near]), max([high, *near])
        return (low, high) if high > low else (low - 0.5, low + 0.5)

    def _scaled(self, value: float) -> float:
        return math.log10(max(value, 0.5)) if self._logarithmic else value

    def _place(self, value: float, bounds: tuple[float, float]) -> int:
        share = (self._scaled(value) - bounds[0]) / (bounds[1] - bounds[0])
        return int(np.clip(share * BARS, 0, BARS - 1))

    @guarded()
    def _on_theme(self) -> None:
        self.updateGeometry()
        self.update()

    @guarded(returns=QSize)
    def sizeHint(self) -> QSize:
        """Low and as wide as the form."""
        return QSize(200, theme.px(64))

    @guarded()
    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw bars, limits and both ends of the scale."""
        if not self._values:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font = theme.font(11)
        painter.setFont(font)
        words = painter.fontMetrics().height() + 2
        room = QRectF(1, 2, self.width() - 2, self.height() - words - 4)
        self._draw_bars(painter, room)
        bounds = self._bounds()
        painter.setPen(QPen(theme.colour("ember"), 1.6))
        for limit in self._limits:
            share = (self._scaled(limit) - bounds[0]) / (bounds[1] - bounds[0])
            if 0 <= share <= 1:
                across = room.left() + share * room.width()
                painter.drawLine(int(across), int(room.top() - 2), int(across), int(room.bottom()))
        painter.setPen(theme.colour("text3"))
        ends = QRectF(0, room.bottom() + 2, self.width(), words)
        for end, side in ((bounds[0], Qt.AlignmentFlag.AlignLeft), (bounds[1], Qt.AlignmentFlag.AlignRight)):
            value = 10.0**end if self._logarithmic else end
            painter.drawText(ends, int(side), grouped(value) if value >= 100 else significant(value, 2))

    def _draw_bars(self, painter: QPainter, room: QRectF) -> None:
        kept, dropped = self.counts()
        most = max(one + other for one, other in zip(kept, dropped, strict=True)) or 1
        wide = room.width() / BARS
        painter.setPen(theme.colour("line"))
        painter.drawLine(room.bottomLeft(), room.bottomRight())
        painter.setPen(Qt.PenStyle.NoPen)
        for bar in range(BARS):
            top = room.bottom()
            for count, token in ((kept[bar], "p1"), (dropped[bar], "p2")):
                if count:
                    tall = max(2.0, room.height() * math.sqrt(count / most) if not (kept[bar] and dropped[bar]) else
                               room.height() * math.sqrt((kept[bar] + dropped[bar]) / most) * count
                               / (kept[bar] + dropped[bar]))
                    painter.setBrush(theme.colour(token))
                    painter.drawRect(QRectF(room.left() + bar * wide + 0.5, top - tall, max(1.0, wide - 1), tall))
                    top -= tall


class MeasurePanel(QWidget):
    """The histogram with what it shows in words; hidden for steps without one clear figure."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("clean.measure")
        self._title = Text("", "label-strong", wrap=True, name="clean.measure.title")
        self._words = Text("", "caption", wrap=True, name="clean.measure.words")
        self.chart = Histogram()
        self.setLayout(column(row(self._title), self.chart, self._words, spacing=3))
        self._kind = ""
        self._values: tuple[tuple[float, bool], ...] = ()
        self._step: CleaningStep | None = None
        language.changed.connect(self._show)
        set_shown(self, False)

    def show_step(self, step: CleaningStep) -> None:
        """Draw the limits of this step at once; the figures follow with `show_values`."""
        if step.kind != self._kind:
            self._kind, self._values = step.kind, ()
        self._step = step
        self._show()

    def show_values(self, kind: str, values: tuple[tuple[float, bool], ...]) -> None:
        """Show figures of the sample, if they still are those of the step in sight."""
        if kind == self._kind:
            self._values = values
            self._show()

    def _show(self) -> None:
        step = self._step
        measure = step.measure if step is not None else None
        set_shown(self, bool(measure and self._values and step is not None and step.enabled))
        if step is None or measure is None:
            return
        unit = tr("{title}, {unit}", title=tr(measure.title), unit=tr(measure.unit)) if measure.unit else \
            tr(measure.title)
        self._title.say(unit)
        self.chart.show_values(self._values, limits_of(step, measure), measure.scale == "log")
        dropped = sum(gone for _, gone in self._values)
        looked_at = counted("{count} document of the sample looked at", "{count} documents of the sample looked at",
                            len(self._values))
        gone = counted("{count} dropped", "{count} dropped", dropped)
        self._words.say(tr("{looked_at}, {dropped}. Lines mark the limits.", looked_at=looked_at, dropped=gone)
                        if limits_of(step, measure) else tr("{looked_at}, {dropped}.", looked_at=looked_at,
                                                            dropped=gone))
        self.chart.setAccessibleName(self._words.text())


def limits_of(step: CleaningStep, measure: Measure) -> tuple[float, ...]:
    """The limits that are set, each once."""
    found = [getattr(step, name) for name in (*measure.lows, *measure.highs)]
    return tuple(dict.fromkeys(float(each) for each in found if each is not None))
