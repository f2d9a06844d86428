"""A slider with a number at its right that can be typed."""

from __future__ import annotations

import math

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFocusEvent, QFontMetrics, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QSlider, QWidget

from studio.guard import guarded
from studio.i18n import show, tr
from studio.i18n.numbers import THIN_SPACE, grouped
from studio.theme import theme
from studio.widgets.text import Text, set_property, set_tip

_TICKS = 1000
"""Positions of the handle where the numbers between the bounds are not counted one by one."""


class NumberSlider(QWidget):
    """A number between two bounds. Double-click resets it; `edited` carries the number the user chose."""

    edited = Signal(object)

    def __init__(self, low: float, high: float, value: float, *, whole: bool = False, logarithmic: bool = False,
                 default: float | None = None, places: int = 2, unit: str = "", label: str = "",
                 name: str = "") -> None:
        super().__init__()
        self.setObjectName(name)
        self._low, self._high, self._whole, self._places = low, max(high, low), whole, 0 if whole else places
        self._logarithmic = logarithmic and low > 0
        self._default = value if default is None else default
        self._value = self._tidy(value)
        self.track = _Track(self, self._ticks())
        self.number = _Number(self)
        self.setFocusProxy(self.track)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.track, 1)
        layout.addWidget(self.number)
        if unit:
            layout.addWidget(Text(unit, "caption"))
        if name:
            self.track.setObjectName(f"{name}.track")
            self.number.setObjectName(f"{name}.number")
        for part in (self.track, self.number):
            show(part.setAccessibleName, label)
        self._show()
        self._fit_number()
        theme.changed.connect(self._fit_number)
        self.track.valueChanged.connect(self._on_moved)
        self.number.editingFinished.connect(self._on_typed)

    def value(self) -> int | float:
        """The number as it is."""
        return self._value

    def set_value(self, value: float) -> None:
        """Show another number without telling anyone; a number that is still being typed stays."""
        self._value = self._tidy(value)
        if self.number.isModified() and self.number.hasFocus():
            self.track.setValue(self._tick())
        else:
            self._show()

    def set_bounds(self, low: float, high: float) -> None:
        """Change the bounds; a number outside moves to the nearer one."""
        self._low, self._high = low, max(high, low)
        self.track.set_ticks(self._ticks())
        self.set_value(self._value)
        self._fit_number()

    def reset(self) -> None:
        """Go back to the default."""
        self._take(self._default)

    def _take(self, value: float) -> None:
        tidy = self._tidy(value)
        changed = tidy != self._value
        self._value = tidy
        self._show()
        if changed:
            self.edited.emit(tidy)

    def _tidy(self, value: float) -> int | float:
        bounded = min(max(value, self._low), self._high)
        return round(bounded) if self._whole else round(float(bounded), 12)

    def _show(self) -> None:
        self.track.setValue(self._tick())
        self.number.setText(self._written())
        set_property(self.number, "problem", False)
        set_tip(self.number, "")

    def _fit_number(self) -> None:
        """Give the number the room that the longest one between the bounds needs."""
        metrics = QFontMetrics(theme.font(13, 600))
        ends = (self._low, self._high, self._value)
        self.number.setFixedWidth(max(metrics.horizontalAdvance(self._written(self._tidy(end))) for end in ends) + 18)

    def _written(self, value: float | None = None) -> str:
        value = self._value if value is None else value
        if self._whole:
            return grouped(value)
        if self._logarithmic or (value and abs(value) < 10.0**-self._places):
            return f"{value:.3g}"
        return f"{value:.{self._places}f}"

    def _ticks(self) -> int:
        span = self._high - self._low
        return max(1, round(span)) if self._whole and not self._logarithmic and span <= _TICKS else _TICKS

    def _tick(self) -> int:
        if self._high <= self._low:
            return 0
        if self._logarithmic:
            return round(_TICKS * math.log(self._value / self._low) / math.log(self._high / self._low))
        return round(self._ticks() * (self._value - self._low) / (self._high - self._low))

    def _value_at(self, tick: int) -> int | float:
        share = tick / self._ticks()
        if self._logarithmic:
            return self._tidy(float(f"{self._low * (self._high / self._low) ** share:.3g}"))
        span = self._high - self._low
        fine = math.ceil(-math.log10(span / _TICKS)) if span > 0 else 0
        return self._tidy(round(self._low + span * share, max(self._places, fine)))

    def _on_moved(self, tick: int) -> None:
        if tick == self._tick():
            return  # the echo of showing a number
        value = self._value_at(tick)
        if self.track.isSliderDown():  # the handle stays under the pointer
            changed, self._value = value != self._value, value
            self.number.setText(self._written())
            if changed:
                self.edited.emit(value)
            return
        if value == self._value and self._whole:  # a key must always move a counted number
            value = self._tidy(self._value + (1 if tick > self._tick() else -1))
        self._take(value)

    def _on_typed(self) -> None:
        text = self.number.text().replace(THIN_SPACE, "").replace(" ", "").replace(",", ".")
        if text == self._written().replace(THIN_SPACE, ""):
            self._show()
            return
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not self._low <= value <= self._high:  # also what is not a number
            set_property(self.number, "problem", True)
            set_tip(self.number, tr("Between {low} and {high}.", low=f"{self._low:g}", high=f"{self._high:g}"))
            return
        self._take(value)


class _Track(QSlider):
    """The slider itself; the wheel moves it only when it has the focus, so that a page can be scrolled over it."""

    def __init__(self, owner: NumberSlider, ticks: int) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self._owner = owner
        self.set_ticks(ticks)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def set_ticks(self, ticks: int) -> None:
        """How many steps there are from end to end."""
        self.setRange(0, ticks)
        self.setSingleStep(max(1, ticks // 100))
        self.setPageStep(max(1, ticks // 10))

    @guarded()
    def mouseDoubleClickEvent(self, _event: QMouseEvent) -> None:
        """Go back to the default."""
        self._owner.reset()

    @guarded()
    def wheelEvent(self, event: QWheelEvent) -> None:
        """Move only with the focus."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class _Number(QLineEdit):
    """The number at the right; leaving it with a wrong number shows the right one again."""

    def __init__(self, owner: NumberSlider) -> None:
        super().__init__()
        self._owner = owner
        self.setProperty("quiet", True)
        self.setAlignment(Qt.AlignmentFlag.AlignRight)

    @guarded()
    def focusInEvent(self, event: QFocusEvent) -> None:
        """Mark all, so that typing replaces."""
        super().focusInEvent(event)
        self.selectAll()
