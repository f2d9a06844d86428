"""Bytes per token by vocabulary size, for the kinds of tokenizer that were measured."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QWidget

from engine.errors import EngineError
from engine.settings import members_of, to_plain
from engine.tokenizers.spec import LearnedSpec, TokenizerSpec
from studio.i18n import said, tr, words
from studio.i18n.numbers import decimal, short
from studio.pages.tokenizer.comparing import Comparison
from studio.pages.tokenizer.reading import Vocabulary, kind_title
from studio.plots.canvas import pen
from studio.plots.labels import EndLabel
from studio.plots.still import StillCanvas
from studio.theme import theme
from studio.theme.tokens import SERIES
from studio.widgets import Bar, Button, Card, QuietButton, Spinner, Text, bare, column, row, set_shown

Points = Sequence[tuple[int, float]]
Here = tuple[int, float | None]
"""The size of the tokenizer at hand, and its bytes per token on the corpus."""


class SizePlot(StillCanvas):
    """A curve for each kind, and a line at the trained size. Curves take their colours in the order of `kinds`."""

    def __init__(self, kinds: Sequence[str]) -> None:
        self._curves = {kind: pg.PlotDataItem(symbol="o", symbolSize=7) for kind in kinds}
        self._here = pg.InfiniteLine(angle=90)
        self._label: EndLabel | None = None
        super().__init__("tokenizer.size-plot")
        words(self.setAccessibleName, "Bytes per token by vocabulary size")
        item = self.getPlotItem()
        for curve in self._curves.values():
            item.addItem(curve)
        item.addItem(self._here, ignoreBounds=True)
        self._here.hide()
        self._label = EndLabel(item, "accent", (0, 1))

    def show_curves(self, curves: Mapping[str, Points], here: Here | None) -> None:
        """Draw what was measured."""
        for kind, curve in self._curves.items():
            points = curves.get(kind, ())
            curve.setData([math.log2(size) for size, _ in points], [figure for _, figure in points])
        every = [point for points in curves.values() for point in points]
        if not every:
            return
        sizes, figures = [size for size, _ in every], [figure for _, figure in every]
        if here is not None:
            sizes.append(here[0])
        left, right, low, high = math.log2(min(sizes)), math.log2(max(sizes)), min(figures), max(figures)
        room, above = max(0.3, (right - left) * 0.13), max(0.1, (high - low) * 0.15)
        self.mark_axis("bottom", [(math.log2(size), short(size)) for size in (250, 1000, 4000, 16000, 64000)
                                  if left <= math.log2(size) <= right])
        self.getPlotItem().getViewBox().setRange(xRange=(left - room, right + room),
                                                 yRange=(low - above, high + above), padding=0)
        self._here.setVisible(here is not None)
        if self._label is not None:
            self._label.say("" if here is None else f"{short(here[0])}: {decimal(here[1], 1)}" if here[1]
                            else short(here[0]))
        if here is not None and self._label is not None:
            place = math.log2(here[0])
            self._here.setValue(place)
            self._label.item.setAnchor((1 if place > (left + right) / 2 else 0, 1))
            self._label.move(place, low - above)

    def restyle(self) -> None:
        """Take the theme's colours anew."""
        super().restyle()
        for curve, token in zip(self._curves.values(), SERIES, strict=False):
            curve.setPen(pen(token, 2))
            curve.setSymbolBrush(theme.colour(token))
            curve.setSymbolPen(pen("surface", 1))
        self._here.setPen(pen("accent", 1, dashed=True))
        if self._label is not None:
            self._label.restyle()


class SizeCard(Card):
    """What other vocabulary sizes would give; a kind is measured when asked for, and kept while the text stays.

    `all_asked` asks for all kinds side by side.
    """

    all_asked = Signal()

    def __init__(self, session: Any, comparison: Comparison) -> None:
        super().__init__(tr("Bytes per token"), name="tokenizer.sizes", padding=14)
        self._session, self._comparison = session, comparison
        self._can_measure = False
        self._vocabulary: Vocabulary | None = None
        self.body.setSpacing(4)
        known = [kind.kind for kind in members_of(TokenizerSpec) if issubclass(kind, LearnedSpec)]
        self.plot = SizePlot(known)
        self._legend: dict[str, QWidget] = {}
        grid = QGridLayout()
        grid.setSpacing(2)
        for number, (kind, token) in enumerate(zip(known, SERIES, strict=False)):
            swatch = Bar(1.0, token, 4)
            swatch.setFixedWidth(14)
            entry = self._legend[kind] = bare(row(swatch, Text(kind_title(kind), "caption"), None, spacing=5))
            grid.addWidget(entry, number // 2, number % 2)
        self._words = Text(tr("How short the text becomes with smaller and larger vocabularies. Trains six of them "
                              "on 1 MB of your text, in up to a minute."), "label", wrap=True)
        self._problem = Text("", "caption", "error", wrap=True, name="tokenizer.sizes-problem")
        self.measure = Button(tr("Compare sizes"), "gauge", self._on_measure, "tokenizer.compare", size="small")
        self.all = QuietButton(tr("All kinds"), "table", self.all_asked.emit, "tokenizer.compare-all", size="small")
        cancel = QuietButton(tr("Cancel"), "x", comparison.cancel, "tokenizer.compare-cancel", size="small")
        self._busy = bare(row(Spinner(), Text(tr("Measuring"), "label"), None, cancel))
        self._rest = bare(column(None))
        self.add(bare(grid))
        self.add(self.plot, 1)
        buttons = bare(column(row(self.measure, None), row(self.all, None), spacing=2))
        buttons.layout().setContentsMargins(0, 6, 0, 0)  # type: ignore[union-attr]
        for widget in (self._words, self._problem, buttons, self._busy):
            self.add(widget)
        self.add(self._rest, 1)
        self._problem.hide()
        comparison.changed.connect(self._show)
        comparison.failed.connect(self._on_failed)

    @property
    def curves(self) -> dict[str, Points]:
        """Sizes and bytes per token of every kind that was measured."""
        found: dict[str, list[tuple[int, float]]] = {}
        for each in self._comparison.rows:
            found.setdefault(each.kind, []).append((each.vocab_size, each.bytes_per_token))
        return dict(found)

    def show_for(self, vocabulary: Vocabulary | None, corpus: Path | None) -> None:
        """Show the curves of this cleaned text, with the tokenizer at hand marked on them."""
        self._comparison.use(corpus)
        self._can_measure, self._vocabulary = corpus is not None, vocabulary
        self._show()

    def _show(self) -> None:
        spec, curves, vocabulary = self._session.recipe.tokenizer, self.curves, self._vocabulary
        is_measuring = self._comparison.is_measuring()
        for each, entry in self._legend.items():
            set_shown(entry, each in curves)
        set_shown(self.plot, bool(curves))
        set_shown(self._words, not curves)
        set_shown(self._rest, not curves)
        self.measure.say(tr("Add {kind}", kind=kind_title(spec.kind)) if curves else tr("Compare sizes"))
        set_shown(self.measure, not is_measuring and spec.kind not in curves and self._can_measure
                  and isinstance(spec, LearnedSpec))
        set_shown(self.all, not is_measuring and self._can_measure)
        set_shown(self._busy, is_measuring)
        if curves:
            is_drawn = vocabulary is not None and vocabulary.tokenizer.kind in curves
            self.plot.show_curves(curves, (len(vocabulary.pieces), vocabulary.bytes_per_token)
                                  if vocabulary is not None and is_drawn else None)

    def _on_measure(self) -> None:
        recipe = self._session.recipe
        self._say_problem("")
        self._comparison.measure([to_plain(recipe.tokenizer)],
                                 to_plain(recipe.model) if recipe.model is not None else None)

    def _on_failed(self, error: EngineError) -> None:
        self._say_problem(said(error.what))
        self._show()

    def _say_problem(self, text: str) -> None:
        self._problem.say(text)
        set_shown(self._problem, bool(text))
