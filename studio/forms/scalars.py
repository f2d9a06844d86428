"""Editors of single values: switches, numbers, texts and choices."""

from __future__ import annotations

import math
from typing import Any

from PySide6.QtWidgets import QLineEdit

from engine.settings import SettingField
from studio.forms.editor import Editor
from studio.i18n import show, tr
from studio.i18n.numbers import THIN_SPACE, grouped
from studio.widgets import NumberSlider, Segment, Switch, Text, set_property, set_tip
from studio.widgets.combo import Combo

_COUNTED_ON_A_SLIDER = 10_000
"""Whole numbers with a wider range are typed, unless their scale is logarithmic."""
_SEGMENT_CHARACTERS = 26


class SwitchEditor(Editor):
    """On or off."""

    def __init__(self, field: SettingField, path: str) -> None:
        super().__init__(field, path)
        self._switch = Switch(bool(field.default), tr(field.title), self.name_of("switch"))
        self._switch.edited.connect(self._tell)
        self.room.addWidget(self._switch)
        self.room.addStretch(1)
        self.setFocusProxy(self._switch)

    def value(self) -> bool:
        """On or off."""
        return self._switch.isChecked()

    def show_value(self, value: Any) -> None:
        """Show on or off."""
        self._switch.setChecked(bool(value))


class SliderEditor(Editor):
    """A number between two bounds."""

    def __init__(self, field: SettingField, path: str) -> None:
        super().__init__(field, path)
        low, high = float(field.low or 0), float(field.high or 0)
        start = start_of(field)
        self._slider = NumberSlider(
            low, high, start, whole=field.type == "int", logarithmic=field.scale == "log", default=start,
            places=_places(start, low), unit=tr(field.unit) if field.unit else "", label=tr(field.title),
            name=self.name_of("slider"))
        self._slider.edited.connect(self._tell)
        self.room.addWidget(self._slider)
        self.setFocusProxy(self._slider.number)

    def value(self) -> int | float:
        """The number."""
        return self._slider.value()

    def show_value(self, value: Any) -> None:
        """Show another number."""
        self._slider.set_value(value)


class NumberEditor(Editor):
    """A number that is typed, for ranges that no slider can show."""

    def __init__(self, field: SettingField, path: str) -> None:
        super().__init__(field, path)
        self._value: int | float = start_of(field)
        self._line = QLineEdit(self._written())
        self._line.setObjectName(self.name_of("number"))
        self._line.setMaximumWidth(160)
        show(self._line.setAccessibleName, tr(field.title))
        self._line.editingFinished.connect(self._on_typed)
        self.room.addWidget(self._line)
        if field.unit:
            self.room.addWidget(Text(tr(field.unit), "caption"))
        self.room.addStretch(1)
        self.setFocusProxy(self._line)

    def value(self) -> int | float:
        """The number."""
        return self._value

    def show_value(self, value: Any) -> None:
        """Show another number; what is being typed stays, and what was refused stays until the value changes."""
        is_same, self._value = value == self._value, value
        is_refused = bool(self._line.property("problem"))
        if self._line.isModified() and (self._line.hasFocus() or (is_refused and is_same)):
            return
        self._line.setText(self._written())
        self._mark("")

    def _written(self) -> str:
        return grouped(self._value) if self.field.type == "int" else f"{self._value:g}"

    def _on_typed(self) -> None:
        text = self._line.text().replace(THIN_SPACE, "").replace(" ", "").replace(",", ".")
        try:
            value: int | float = int(text) if self.field.type == "int" else float(text)
        except ValueError:
            value = math.nan
        low = -math.inf if self.field.low is None else self.field.low
        high = math.inf if self.field.high is None else self.field.high
        if not low <= value <= high:  # also what is not a number
            self._mark(tr("Between {low} and {high}.", low=_limit(low), high=_limit(high)))
            return
        self._mark("")
        is_new, self._value = value != self._value, value
        self._line.setText(self._written())
        if is_new:
            self._tell(value)

    def _mark(self, tip: str) -> None:
        set_property(self._line, "problem", bool(tip))
        set_tip(self._line, tip)


class TextEditor(Editor):
    """A line of text; line ends and tabs are written as \\n and \\t."""

    def __init__(self, field: SettingField, path: str) -> None:
        super().__init__(field, path)
        self._value = str(field.default or "")
        self._line = QLineEdit(escaped(self._value))
        self._line.setObjectName(self.name_of("text"))
        show(self._line.setAccessibleName, tr(field.title))
        self._line.textEdited.connect(self._on_typed)
        self.room.addWidget(self._line)
        self.setFocusProxy(self._line)

    def value(self) -> str:
        """The text."""
        return self._value

    def show_value(self, value: Any) -> None:
        """Show another text; the cursor stays where the text is the same."""
        if value != self._value:
            self._value = str(value)
            self._line.setText(escaped(self._value))

    def _on_typed(self, text: str) -> None:
        self._value = unescaped(text)
        self._tell(self._value)


class ChoiceEditor(Editor):
    """One of a few; an optional one has "chosen by Wenlu" as its first."""

    def __init__(self, field: SettingField, path: str) -> None:
        super().__init__(field, path)
        self._values = _values(field)
        options = [(str(number), text) for number, (_value, text) in enumerate(self._values)]
        self._control = self._make(options, tr(field.title))
        self._control.chosen.connect(self._on_chosen)
        is_wide = isinstance(self._control, Combo)
        self.room.addWidget(self._control, 1 if is_wide else 0)
        self.room.addStretch(0 if is_wide else 1)
        self.show_value(field.default)
        self.setFocusProxy(self._control.button("0") if isinstance(self._control, Segment) else self._control)

    def value(self) -> Any:
        """The choice; None when it is left to Wenlu."""
        return self._values[int(self._control.value() or 0)][0]

    def show_value(self, value: Any) -> None:
        """Show another choice."""
        number = next((number for number, (other, _text) in enumerate(self._values) if other == value), 0)
        self._control.choose(str(number))

    def _make(self, options: list[tuple[str, str]], title: str) -> Segment | Combo:
        name = self.name_of("choice")
        if len(options) <= 4 and sum(_width(text) for _key, text in options) <= _SEGMENT_CHARACTERS:
            return Segment(options, name=name, label=title)
        return Combo(options, name=name, label=title)

    def _on_chosen(self, number: str) -> None:
        self._tell(self._values[int(number)][0])


def _width(text: str) -> int:
    """About how wide a text is, in Latin letters: a Chinese character takes two."""
    return sum(2 if sign > "\u2e80" else 1 for sign in text)


def _values(field: SettingField) -> list[tuple[Any, str]]:
    left_to_wenlu = [(None, tr(field.auto) if field.auto else tr("Chosen by Wenlu"))] if field.optional else []
    if field.type == "bool":
        return [*left_to_wenlu, (True, tr("On")), (False, tr("Off"))]
    return [*left_to_wenlu, *((value, tr(text)) for value, text in field.choices.items())]


def has_slider(field: SettingField) -> bool:
    """Whether a number can be set well with a slider."""
    if field.low is None or field.high is None:
        return False
    return field.type == "float" or field.scale == "log" or field.high - field.low <= _COUNTED_ON_A_SLIDER


def start_of(field: SettingField) -> int | float:
    """A number to begin with where there is none: the default, or the middle of the range."""
    if field.default is not None:
        return field.default  # type: ignore[no-any-return]
    low, high = field.low if field.low is not None else 0.0, field.high if field.high is not None else 100.0
    middle = math.sqrt(low * high) if field.scale == "log" and low > 0 else min(low + 1, high)
    return round(middle) if field.type == "int" else float(f"{middle:.2g}")


def _places(*numbers: float) -> int:
    """Decimals needed to write these numbers; at least two."""
    return max(2, *(len(f"{number:.6f}".rstrip("0").partition(".")[2]) for number in numbers))


def _limit(number: float) -> str:
    return grouped(number) if math.isfinite(number) and number == round(number) else f"{number:g}".replace("inf", "∞")


def escaped(text: str) -> str:
    """A text on one line."""
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t").replace("\r", "\\r")


def unescaped(text: str) -> str:
    """A text as it was before `escaped`; a lone backslash stays."""
    signs = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\"}
    made, position = [], 0
    while position < len(text):
        sign = signs.get(text[position + 1:position + 2]) if text[position] == "\\" else None
        made.append(text[position] if sign is None else sign)
        position += 1 if sign is None else 2
    return "".join(made)
