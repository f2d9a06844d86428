"""The sampling card: presets, sliders, length, seed, stop texts."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit

from engine.generation.filter import SamplingFilter
from engine.generation.filters.frequency_penalty import FrequencyPenalty
from engine.generation.filters.presence_penalty import PresencePenalty
from engine.generation.spec import PRESETS, SamplingSpec
from engine.settings import SettingField, fields_of
from studio.i18n import show, tr, words
from studio.widgets import Card, Fold, FormRow, IconButton, NumberSlider, Segment, bare, column, row
from studio.widgets.text import set_tip

PENALTIES: dict[str, type[SamplingFilter]] = {"frequency-penalty": FrequencyPenalty,
                                              "presence-penalty": PresencePenalty}
SLIDERS = ("temperature", "top_k", "top_p", "min_p", "repetition_penalty", "max_tokens")


class SamplingCard(Card):
    """Its values go with each request; a preset sets the sliders."""

    edited = Signal()

    def __init__(self) -> None:
        self._presets = Segment([("Safe", tr("Safe")), ("Balanced", tr("Balanced")), ("Wild", tr("Wild"))], "Balanced",
                                "playground.preset", tr("How daring"))
        super().__init__(tr("Sampling"), actions=[self._presets], name="playground.sampling", padding=14)
        self._presets.chosen.connect(self._on_preset)
        self._fields = {field.name: field for field in fields_of(SamplingSpec)}
        self._sliders: dict[str, NumberSlider] = {}
        self.body.setSpacing(2)
        for name in SLIDERS:
            slider = self._sliders[name] = _slider(self._fields[name])
            slider.edited.connect(lambda _value: self.edited.emit())
            self.add(FormRow(tr(self._fields[name].title), slider, label_width=104))
        self.seed = QLineEdit("42")
        self.seed.setObjectName("playground.seed")
        self.seed.setMaximumWidth(96)
        words(self.seed.setAccessibleName, "Seed")
        dice = IconButton("dices", tr("Another seed"), self.roll, "playground.roll", "small")
        seeds = row(self.seed, dice, None)
        self.add(FormRow(tr("Seed"), bare(seeds), label_width=104))
        self.body.addSpacing(2)
        self.stop = QLineEdit()
        self.stop.setObjectName("playground.stop-texts")
        words(self.stop.setAccessibleName, "Stop at")
        words(self.stop.setPlaceholderText, "such as END | ###")
        self.add(FormRow(tr("Stop at"), self.stop, label_width=104))

        self._extra = {name: self._made_extra(kind, name) for name, kind in PENALTIES.items()}
        self._texts = {name: self._made_texts(name) for name in ("ban", "choose")}
        more = column(*(FormRow(tr(fields_of(kind)[0].title), self._extra[name], label_width=120)
                        for name, kind in PENALTIES.items()),
                      *(FormRow(tr(self._fields[name].title), field, label_width=120)
                        for name, field in self._texts.items()), spacing=2)
        self.add(Fold(tr("More settings"), bare(more), name="playground.more-sampling"))

    def _made_extra(self, kind: type[SamplingFilter], name: str) -> NumberSlider:
        field = fields_of(kind)[0]
        made = NumberSlider(0, field.high or 2, 0.0, label=tr(field.title), name=f"playground.{name}")
        made.edited.connect(lambda _value: self.edited.emit())
        set_tip(made, tr(field.help))
        return made

    def _made_texts(self, name: str) -> QLineEdit:
        made = QLineEdit()
        made.setObjectName(f"playground.{name}")
        show(made.setAccessibleName, tr(self._fields[name].title))
        words(made.setPlaceholderText, "such as one | other")
        set_tip(made, tr(self._fields[name].help))
        return made

    def value(self) -> dict[str, Any]:
        """The settings as the talk takes them."""
        stops = [part.replace("\\n", "\n") for part in self.stop.text().split("|") if part]
        found: dict[str, Any] = {name: slider.value() for name, slider in self._sliders.items()}
        extra = [{"kind": name, "value": slider.value()} for name, slider in self._extra.items() if slider.value()]
        listed = {name: [part.replace("\\n", "\n") for part in field.text().split("|") if part]
                  for name, field in self._texts.items()}
        return {**found, **listed, "seed": self.seed_value(), "stop": stops, "more_filters": extra}

    def seed_value(self) -> int:
        """The seed; what is no number counts as 42."""
        text = self.seed.text().strip()
        if not (text.isascii() and text.isdigit() and int(text) < 2**32):
            self.seed.setText("42")
        return int(self.seed.text())

    def roll(self) -> None:
        """Take the next seed."""
        self.seed.setText(str((self.seed_value() * 6364136223846793005 + 1442695040888963407) % 100_000))
        self.edited.emit()

    def _on_preset(self, name: str) -> None:
        for field, value in PRESETS[name].items():
            self._sliders[field].set_value(value)
        self.edited.emit()


def _slider(field: SettingField) -> NumberSlider:
    high = {"top_k": 1000, "max_tokens": 2000}.get(field.name, field.high)
    made = NumberSlider(field.low or 0, high or 1, field.default, whole=field.type == "int",
                        logarithmic=field.scale == "log", label=tr(field.title), name=f"playground.{field.name}")
    set_tip(made, tr(field.help))
    return made
