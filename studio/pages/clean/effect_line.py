"""What cleaning is good for: bits per character of a 5-gram of the raw text and of the cleaned text."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from studio.i18n import Translated, tr
from studio.i18n.numbers import decimal, grouped
from studio.texts.cleaning import Applied, Effect
from studio.widgets import Button, Text, column, row, set_shown, set_tip

SAME = 0.01
"""Differences of fewer bits say nothing."""


class EffectLine(QWidget):
    """One line of figures, one of meaning, and the way to have it measured."""

    asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("clean.effect")
        self._title = Text(tr("Effect on learning"), "label-strong")
        self._figures = Text("", "label-strong", name="clean.effect.figures")
        self._words = Text("", "caption", wrap=True, name="clean.effect.words")
        self._measure = Button(tr("Measure"), "", self.asked.emit, "clean.effect.measure", size="small")
        line = row(self._title, None, self._figures, self._measure)
        self.setLayout(column(line, self._words, spacing=2))

    def show_effect(self, applied: Applied | None, is_busy: bool) -> None:
        """Show what was measured after cleaning the whole corpus; `applied` None means it was not cleaned yet."""
        effect = applied.effect if applied is not None else None
        set_shown(self._measure, applied is not None and not applied.is_measured and not is_busy)
        set_shown(self._figures, effect is not None)
        if effect is not None:
            self._figures.say(tr("{raw} → {cleaned} bits per character", raw=decimal(effect.raw, 2),
                                 cleaned=decimal(effect.cleaned, 2)))
        self._words.say(_verdict(effect) if effect is not None else _unmeasured(applied))
        set_tip(self, tr("Two small counting models, 5-grams, learn from equally much raw and cleaned text. Each then "
                         "foretells clean text that neither has seen, character by character. Fewer bits mean that "
                         "the text taught more. {characters} characters were counted and {held_out} foretold.",
                         characters=grouped(effect.characters), held_out=grouped(effect.held_out))
                if effect is not None else "")


def _unmeasured(applied: Applied | None) -> Translated:
    if applied is None:
        return tr("Measured once the steps are applied to all: how much better cleaned text teaches a small model.")
    if applied.is_measured:
        return tr("There is too little text to measure it.")
    return tr("How much better does cleaned text teach a small model? Takes a few seconds.")


def _verdict(effect: Effect) -> Translated:
    """What the two figures mean, in words."""
    gain = effect.raw - effect.cleaned
    if abs(gain) < SAME:
        return tr("A small model learns the same from both: cleaning neither helps nor harms here.")
    if gain > 0:
        return tr("A small model that learns from the cleaned text foretells clean text better. Fewer bits are better.")
    return tr("A small model learns less from the cleaned text: look whether a step drops too much.")
