"""Runs side by side: their curves, the settings in which they differ, and what they write to the same prompt."""

from __future__ import annotations

from collections import Counter
from typing import Any

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QDialog, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from engine.errors import EngineError
from engine.models.spec import ModelSpec
from engine.runs.series import RunSeries
from engine.settings import from_plain
from engine.variants import differences
from studio.i18n import show, tr, words
from studio.pages.train.compare_table import Compared, CompareTable
from studio.pages.train.loss_card import LIVE_TOKENS, UNITS, bits_per_nat
from studio.pages.train.samples_card import SamplePanel
from studio.pages.train.shelf import Shelf
from studio.plots.loss_plot import LossPlot, Row
from studio.widgets import Button, Scroll, Segment, Text, bare, column, row, set_shown
from studio.widgets.combo import Combo

MOST_CURVES, MOST_SAMPLES = 12, 6
UNIMPORTANT = ("training.validate_every", "training.sample_every")
TERA = 1e12
REDRAW_MS = 250


class CompareSheet(QDialog):
    """Follows the runs while they train; it reads them one after another when it opens."""

    def __init__(self, shelf: Shelf, names: list[str], parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("train.compare-sheet")
        self.setMinimumSize(1000, 600)
        show(self.setWindowTitle, tr("Compare runs"))
        self._shelf, self._names = shelf, names
        self._is_compute = False
        self.view = Segment([("curves", tr("Curves")), ("settings", tr("Results and settings")),
                             ("samples", tr("Samples"))], name="train.compare.view", label=tr("What is compared"))
        self.view.chosen.connect(self._on_view)
        self.across = Segment([("steps", tr("Step")), ("tokens", tr("Tokens")), ("time", tr("Time")),
                               ("flops", tr("Compute"))], name="train.compare.across",
                              label=tr("What the plot runs along"))
        self.across.chosen.connect(self._on_across)
        self.unit = Combo([(key, tr(text)) for key, text in UNITS.items()], "bits-per-byte", "train.compare.unit",
                          tr("Unit of the loss"))
        self.unit.setFixedWidth(150)
        self.unit.chosen.connect(lambda key: self.plot.use(unit=key))
        self.plot = LossPlot()
        self.plot.setObjectName("train.compare.plot")
        words(self.plot.setAccessibleName, "Validation loss of the runs")
        self.legend = Text("", "caption", wrap=True)
        self.table = CompareTable()
        self.prompt = Combo([], "", "train.compare.prompt", tr("Prompt"))
        self.prompt.setMaximumWidth(16_777_215)
        self.prompt.chosen.connect(lambda _prompt: self._show_samples())
        self._panels = QHBoxLayout()
        self._panels.setSpacing(10)
        self._no_samples = Text(tr("No run has written a sample yet."), "body", "text3")
        self._stack = QStackedWidget()
        samples = bare(column(row(Text(tr("Prompt"), "label"), self.prompt), self._no_samples,
                              Scroll(bare(self._panels)), spacing=8))
        for page in (bare(column(self.plot, self.legend, spacing=4)), self.table, samples):
            self._stack.addWidget(page)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 16, 20, 16)
        layout.setSpacing(10)
        layout.addLayout(row(Text(tr("Compare runs"), "card"), 12, self.view, None, self.unit, self.across))
        layout.addWidget(self._stack, 1)
        layout.addLayout(row(None, Button(tr("Close"), "", self.accept, "train.compare.close")))
        self._timer = QTimer(self, singleShot=True, interval=REDRAW_MS)
        self._timer.timeout.connect(self._show)
        shelf.grew.connect(self._schedule)
        words(self._reword, "{run} validation {value}")

    def _reword(self, _text: str) -> None:
        """Words in the plot and in the table do not follow the language by themselves."""
        self._show()

    def _on_view(self, key: str) -> None:
        self._stack.setCurrentIndex(("curves", "settings", "samples").index(key))
        for part in (self.across, self.unit):
            set_shown(part, key == "curves")

    def _on_across(self, key: str) -> None:
        self._is_compute = key == "flops"
        self._show_curves()
        self.plot.use(across="tokens" if key == "flops" else key)  # type: ignore[arg-type]

    def _read(self) -> dict[str, RunSeries]:
        """The runs that are read by now; the others come in one after another."""
        return {name: series for name in self._names if (series := self._shelf.series(name)) is not None}

    def _schedule(self) -> None:
        """Runs in training grow many times a second; the first look is at once."""
        if not self._timer.isActive():
            self._timer.start(REDRAW_MS if self.plot.points_in_focus() else 0)

    def _show(self) -> None:
        if not self.isVisible() and self.plot.points_in_focus():
            return
        self._show_curves()
        self._show_table()
        self._show_prompts()

    def _show_curves(self) -> None:
        """Draw the validation losses; along the compute, the place of the tokens is taken by floating-point work."""
        missing = []
        for number, (name, series) in enumerate(list(self._read().items())[:MOST_CURVES]):
            flops = self._flops_per_token(name, series) if self._is_compute else None
            self.plot.hide_run(name)
            if self._is_compute and flops is None:
                missing.append(self._shelf.title(name))
                continue
            factor = (flops or 0.0) / TERA if self._is_compute else 1.0
            self.plot.show_run(name, self._shelf.title(name), LIVE_TOKENS[min(number, len(LIVE_TOKENS) - 1)], False)
            scale = bits_per_nat([*series.baselines, *series.validations[:1]]) or 1.0
            self.plot.set_scales(name, scale, scale)
            self.plot.feed(name, [], [_row(each, factor) for each in series.validations])
        self.plot.refresh()
        if self._is_compute:
            line = tr("across: floating-point operations of training, in 10¹²")
            self.legend.say(tr("{first} {second}", first=line, second=tr("Not known for {runs}.",
                                                                         runs=", ".join(missing))) if missing else line)
        else:
            self.legend.say(tr("loss on the validation text; the lower, the better"))

    def _flops_per_token(self, name: str, series: RunSeries) -> float | None:
        card = self._shelf.card(name)
        vocabulary = [each.summary["vocab_size"] for each in series.stages if "vocab_size" in each.summary]
        if card is None or not card.resolved_model or not vocabulary:
            return None
        try:
            spec = from_plain(ModelSpec, card.resolved_model)  # type: ignore[type-abstract]
            return float(spec.size(int(vocabulary[-1])).flops_per_token)
        except EngineError:
            return None

    def _show_table(self) -> None:
        read = self._read()
        cards = {name: self._shelf.card(name) for name in self._names}
        settings = [card.settings if card else {} for card in cards.values()]
        differing = [(path, values) for path, values in differences(settings) if path not in UNIMPORTANT]
        rows = []
        for number, name in enumerate(self._names):
            series = read.get(name)
            best = series.best if series else None
            last = series.steps[-1] if series and series.steps else None
            plan = series.plan if series else None
            rows.append(Compared(
                self._shelf.title(name), best.bits_per_byte if best else None, last.step if last else None,
                plan.parameters if plan else None, last.seconds if last else None,
                tuple(values[number] for _, values in differing)))
        self.table.figures.show_rows(rows, [path for path, _ in differing])

    def _show_prompts(self) -> None:
        found = Counter(prompt for series in self._read().values() for prompt in {each.prompt for each in
                                                                                  series.samples if each.done})
        prompts = [prompt for prompt, _ in found.most_common()]
        if [self.prompt.itemText(number) for number in range(self.prompt.count())] != [_line(each) for each in prompts]:
            value = self.prompt.value() if self.prompt.value() in prompts else ""
            self.prompt.set_options([(prompt, _line(prompt)) for prompt in prompts], value)
        set_shown(self.prompt, bool(prompts))
        set_shown(self._no_samples, not prompts)
        self._show_samples()

    def _show_samples(self) -> None:
        while (item := self._panels.takeAt(0)) is not None:
            if item.widget() is not None:
                item.widget().deleteLater()
        shown = 0
        for name, series in self._read().items():
            fitting = [each for each in series.samples if each.done and each.prompt == self.prompt.value()]
            if not fitting or shown == MOST_SAMPLES:
                continue
            shown += 1
            panel = SamplePanel()
            panel.show_sample(fitting[-1], False, False)
            holder = column(Text(self._shelf.title(name), "strong"), panel, None, spacing=6)
            self._panels.addWidget(bare(holder), 1)


def _row(event: Any, factor: float) -> Row:
    return (float(event.step), float(event.tokens) * factor, event.seconds, event.loss)


def _line(prompt: str) -> str:
    return " ".join(prompt.split())[:120]
