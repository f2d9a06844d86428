"""Six figures of the run in focus: step, time left, speed, losses."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from engine.runs.series import RunSeries
from studio.i18n import tr
from studio.i18n.numbers import decimal, duration, grouped, percent, rate
from studio.widgets import Bar, BigNumber, Card, Line, Text, bare, column, row


class Numbers(Card):
    """Everything in it is read from the run's log."""

    def __init__(self) -> None:
        super().__init__(name="train.numbers", padding=14)
        self._step = BigNumber(tr("Step"), name="train.step")
        self._share = Text("", "label-strong", "ember", name="train.share")
        self._bar = Bar(name="train.bar")
        self._left = BigNumber(tr("Time left"), name="train.time-left")
        self._speed = BigNumber(tr("Speed"), unit=tr("tokens/s"), name="train.speed")
        self._training = BigNumber(tr("Training loss"), unit=tr("bits/byte"), name="train.training")
        self._validation = BigNumber(tr("Validation loss"), unit=tr("bits/byte"), name="train.validation")
        self._best = BigNumber(tr("Best"), unit=tr("bits/byte"), name="train.best")
        first = bare(column(row(self._step, None, self._share), self._bar, spacing=6))
        self.add(_in_a_row([first, self._left, self._speed, self._training, self._validation, self._best]))

    def show_series(self, series: RunSeries, is_live: bool) -> None:
        """Show a run as its log tells it; the ember is for a run that lives."""
        last = series.steps[-1] if series.steps else None
        total = series.plan.steps if series.plan else None
        self._step.set_value(grouped(last.step) if last else "–",
                             tr("of {total}", total=grouped(total)) if total else "")
        fraction = series.fraction or 0.0
        self._share.say(percent(fraction) if last else "")
        self._share.set_tone("ember" if is_live and not series.is_paused else "text3")
        self._bar.set_fraction(fraction, "ember" if is_live and not series.is_paused else "line_strong")
        left = last.seconds_left if last and is_live else None
        self._left.set_value(duration(left) if left is not None else "–", "")
        self._speed.set_value(rate(last.tokens_per_second) if last else "–")
        self._training.set_value(decimal(last.bits_per_byte) if last else "–")
        validated = series.validations[-1] if series.validations else None
        self._validation.set_value(decimal(validated.bits_per_byte) if validated else "–")
        best = series.best
        self._best.set_label(tr("Best, step {step}", step=grouped(best.step)) if best else tr("Best"))
        self._best.set_value(decimal(best.bits_per_byte) if best else "–", tone="ok" if best else "text")


def _in_a_row(widgets: list[QWidget]) -> QWidget:
    layout = row(spacing=16)
    for number, widget in enumerate(widgets):
        if number:
            layout.addWidget(Line("vertical"))
        layout.addWidget(widget, 1)
    return bare(layout)
