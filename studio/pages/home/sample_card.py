"""A sample corpus: its first lines before the click, and one button that does everything."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QSizePolicy

from engine.corpora.samples import Sample
from studio.i18n import tr
from studio.i18n.numbers import duration, size_bytes
from studio.theme import theme
from studio.widgets import Card, Panel, PrimaryButton, QuietButton, Tag, Text, row
from studio.widgets.strip import Glyph

LANGUAGES = {"en": "English", "zh": "中文"}


class SampleCard(Card):
    """`train_asked` makes a project and trains it; `look_asked` makes it and shows the text. Both carry the id."""

    train_asked = Signal(str)
    look_asked = Signal(str)

    def __init__(self, sample: Sample, budget_seconds: float) -> None:
        tag = Tag(LANGUAGES.get(sample.language, sample.language), "ok")
        super().__init__(sample.title, actions=[tag], name=f"home.sample.{sample.id}")
        self.add(Text(tr("Sample · {size} · {licence}", size=size_bytes(sample.size_bytes), licence=tr(sample.licence)),
                      "label"))
        panel = Panel(padding=10)
        self._sample = sample
        self._opening = sample.opening.replace("\n", "") if sample.language == "zh" else sample.opening
        self._text = Text(self._opening, "body", wrap=True)
        self._text.setMinimumHeight(40)
        self._text.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Ignored)
        self._text.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        panel.add(self._text, 1)
        panel.setMinimumHeight(60)
        self._panel = panel
        self.add(panel, 1)
        look = QuietButton(tr("Look inside"), "", lambda: self.look_asked.emit(sample.id), f"home.look.{sample.id}")
        train = PrimaryButton(tr("Train now"), "flame", lambda: self.train_asked.emit(sample.id),
                              f"home.train.{sample.id}")
        about = Text(tr("About {time}", time=lambda: duration(budget_seconds)), "label")
        self.add(row(Glyph("clock", "text2", 14), about, None, look, train))
        theme.changed.connect(self._dress)
        self._dress()

    def set_short(self, short: bool, narrow: bool = False) -> None:
        """Show two of the first lines, where there is less room."""
        self._panel.setMaximumHeight(62 if short else 16_777_215)
        most = 34 if self._sample.language == "zh" else 60 if narrow else 84
        whole = self._opening
        self._text.say(whole if not short or len(whole) <= most else whole[:most].rsplit(" ", 1)[0] + "…")

    def _dress(self) -> None:
        self._text.setFont(theme.font(14, 400, "serif", self._opening))
