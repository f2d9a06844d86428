"""What the text is like: lengths, letters, and how words repeat."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import pyqtgraph as pg
from PySide6.QtWidgets import QWidget

from engine.corpora.statistics import Statistics, slope
from engine.errors import EngineError
from studio.i18n import said, tr, words
from studio.i18n.numbers import decimal, grouped, percent, short
from studio.pages.corpus.reading import Shelf
from studio.plots.canvas import pen
from studio.plots.still import StillCanvas
from studio.session import Session
from studio.texts.statistics import statistics_from
from studio.theme import theme
from studio.widgets import Spinner, Text, bare, column, row, set_shown

QUERY = "corpus.statistics"
LETTERS = 16
SCRIPTS = {"Latin": "Latin", "Han": "Chinese characters", "Cyrillic": "Cyrillic", "Greek": "Greek letters",
           "Hiragana": "Hiragana", "Katakana": "Katakana", "Hangul": "Hangul", "Arabic": "Arabic letters",
           "Hebrew": "Hebrew letters", "Devanagari": "Devanagari", "Thai": "Thai letters", "Other": "Other"}


class BarsPlot(StillCanvas):
    """Bars with a word under each, or under every few where they would not fit."""

    def __init__(self, name: str, label: str) -> None:
        self._bars = pg.BarGraphItem(x=[], height=[], width=0.74)
        super().__init__(name)
        words(self.setAccessibleName, label)
        self.getPlotItem().addItem(self._bars)

    def show_bars(self, labels: Sequence[str], heights: Sequence[float], every: int, is_share: bool) -> None:
        """Draw other bars."""
        self._bars.setOpts(x=list(range(len(heights))), height=list(heights), width=0.74)
        self.mark_axis("bottom", [(place, text) for place, text in enumerate(labels) if place % every == 0])
        high = max([*heights, 1e-9])
        step = 10 ** math.floor(math.log10(high))
        step = step if high / step >= 2.5 else step / 2
        step = step if is_share else max(1.0, step)
        ticks = [step * number for number in range(1, int(high / step) + 1)][:5]
        self.mark_axis("left", [(tick, percent(tick, 0 if step >= 0.01 else 1) if is_share else short(tick))
                                for tick in ticks])
        self.getPlotItem().getViewBox().setRange(xRange=(-0.7, max(1, len(heights)) - 0.2), yRange=(0, high * 1.06),
                                                 padding=0)

    def restyle(self) -> None:
        """Take the theme's colours anew."""
        super().restyle()
        self._bars.setOpts(brush=theme.colour("p1"), pen=None)


class LawPlot(StillCanvas):
    """A curve whose both axes are logarithmic."""

    def __init__(self, name: str, label: str) -> None:
        self._curve = pg.PlotDataItem()
        super().__init__(name)
        words(self.setAccessibleName, label)
        self.getPlotItem().addItem(self._curve)

    def show_points(self, points: Sequence[tuple[int, int]]) -> None:
        """Draw another curve."""
        xs, ys = [math.log10(x) for x, _ in points], [math.log10(y) for _, y in points]
        self._curve.setData(xs, ys)
        for side, values in (("bottom", xs), ("left", ys)):
            high = max([*values, 1.0])
            self.mark_axis(side, [(power, short(10**power)) for power in range(0, int(high) + 1)
                                  if high < 5 or power % 2 == 0])
        self.getPlotItem().getViewBox().setRange(xRange=(-0.1, max([*xs, 1.0]) * 1.06),
                                                 yRange=(-0.1, max([*ys, 1.0]) * 1.06), padding=0)

    def restyle(self) -> None:
        """Take the theme's colours anew."""
        super().restyle()
        self._curve.setPen(pen("p1", 2))


class StatisticsView(QWidget):
    """Measured when it is first looked at, and kept while the reading stays."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._shelf: Shelf | None = None
        self._is_known = False
        self.lengths = BarsPlot("corpus.lengths", "Documents by length")
        self.letters = BarsPlot("corpus.letters", "The most frequent characters")
        self.zipf = LawPlot("corpus.zipf", "How often each word occurs, by its rank")
        self.heaps = LawPlot("corpus.heaps", "Different words among the words read")
        self._notes = [Text("", "caption", wrap=True, name=f"corpus.{name}-note")
                       for name in ("lengths", "letters", "zipf", "heaps")]
        titles = (tr("Length of documents"), tr("Characters"), tr("How often words occur (Zipf)"),
                  tr("How many words there are (Heaps)"))
        plots = row(spacing=18)
        for title, plot, note in zip(titles, (self.lengths, self.letters, self.zipf, self.heaps), self._notes,
                                     strict=True):
            part = column(Text(title, "label-strong"), spacing=4)
            part.addWidget(plot, 1)
            part.addWidget(note)
            plots.addWidget(bare(part), 1)
        self._plots = bare(plots)
        self._line = Text("", "label", "text2", wrap=True, name="corpus.statistics-line")
        self._busy = bare(row(Spinner(), Text(tr("Looking at the text"), "label"), None))
        layout = column(self._line, self._busy, spacing=8)
        layout.addWidget(self._plots, 1)
        layout.addStretch()
        self.setLayout(layout)
        self._busy.hide()
        self._plots.hide()

    def show_shelf(self, shelf: Shelf | None) -> None:
        """Look at another reading."""
        if shelf is not self._shelf:
            self._shelf, self._is_known = shelf, False
            self._session.queries.cancel(QUERY)
            for widget in (self._plots, self._busy):
                set_shown(widget, False)
            self._line.say("")

    def look(self) -> None:
        """Measure, unless that was done."""
        shelf = self._shelf
        if shelf is not None and not self._is_known and not self._session.queries.is_asking(QUERY):
            set_shown(self._busy, True)
            self._session.queries.look_up(QUERY, "statistics.corpus", {"folder": str(Path(shelf.folder))},
                                          self._on_known, shape=statistics_from)

    def _on_known(self, found: Statistics | EngineError | None) -> None:
        if found is None:
            return
        set_shown(self._busy, False)
        if isinstance(found, EngineError):
            self._line.say(said(found.what, found.expected, found.fix))
            return
        self._is_known = True
        set_shown(self._plots, True)
        self._line.say(tr("{words} words, {different} different ones, {once} of them seen once. Measured on {share} "
                          "of the text.", words=grouped(found.words), different=grouped(found.different_words),
                          once=grouped(found.once), share=percent(found.sampled)))
        begins = [short(first) if first < 1000 else f"{grouped(first // 1000)} k" for first, _, _ in found.lengths]
        every = max(1, -(-len(begins) // 5))
        self.lengths.show_bars(begins, [count for _, _, count in found.lengths], every, False)
        letters = found.letters[:LETTERS]
        self.letters.show_bars([sign for sign, _ in letters], [share for _, share in letters], 1, True)
        self.zipf.show_points(found.zipf)
        self.heaps.show_points(found.heaps)
        self._say_notes(found)

    def _say_notes(self, found: Statistics) -> None:
        lengths, letters, zipf, heaps = self._notes
        lengths.say(tr("Documents by characters; every bar is twice as long as the one before."))
        letters.say(tr("{count} different ones. {scripts}", count=grouped(found.characters),
                       scripts=lambda: _scripts(found)))
        steepness, growth = slope(found.zipf), slope(found.heaps)
        if steepness is not None:
            zipf.say(tr("Times seen by rank, a line of slope {slope}; in natural text about −1.",
                        slope=decimal(steepness, 2).replace("-", "−")))
        if growth is not None:
            heaps.say(tr("Different words grow with the text to the power {power}; in English about 0.5.",
                         power=decimal(growth, 2)))


def _scripts(found: Statistics) -> str:
    """The scripts that matter and their shares, in the language of the moment."""
    return " · ".join(f"{tr(SCRIPTS.get(script, script))} {percent(share)}"
                      for script, share in found.scripts[:3] if share >= 0.005)
