"""What the model writes along its way, tied to the cursor of the plot."""

from __future__ import annotations

import bisect

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLineEdit, QSlider, QVBoxLayout, QWidget

from engine.events import SampleWritten
from engine.runs.series import RunSeries
from studio.i18n import tr, words
from studio.i18n.numbers import grouped, percent
from studio.theme import theme
from studio.widgets import Card, IconButton, Panel, Scroll, StateMark, Text, row, set_tip

SHOWN = 12
"""Samples in the list at once, around the cursor; all can be reached with the scrubber."""


class SamplePanel(Panel):
    """One sample: its step, and the text as far as it is written."""

    def __init__(self) -> None:
        super().__init__(padding=8)
        self._mark = StateMark("running", None, 14)
        self._step = Text("", "label-strong")
        self._place = Text(tr("at cursor"), "caption")
        self._text = Text("", "body", wrap=True, selectable=True)
        self._copied = Text("", "caption")
        set_tip(self._copied, tr("Share of its tokens in runs of 8 or more (12 Chinese characters) that stand word for "
                                 "word in the training text."))
        self.add(row(self._mark, self._step, self._copied, None, self._place))
        self.add(self._text)
        theme.changed.connect(self._dress)

    def show_sample(self, sample: SampleWritten, at_cursor: bool, is_live: bool, copied: float | None = None) -> None:
        """Show a sample; one that is still being written wears the running mark."""
        self._copied.say(tr("{share} copied", share=percent(copied)) if copied is not None else "")
        self._copied.setVisible(copied is not None)
        writing = is_live and not sample.done
        self._mark.setVisible(writing)
        self._step.say(tr("Step {step}, writing", step=grouped(sample.step)) if writing
                       else tr("Step {step}", step=grouped(sample.step)))
        self._step.set_tone("ember" if writing else "text2")
        self._place.setVisible(at_cursor)
        self._text.say(sample.prompt + sample.text)
        self.set_chosen(at_cursor)
        self._dress()

    def _dress(self) -> None:
        self._text.setFont(theme.font(13, 400, "serif", self._text.text()))


class SamplesCard(Card):
    """The samples of the run in focus; the scrubber below is the plot's cursor."""

    cursor_moved = Signal(float)
    asked = Signal(str)
    """Write a sample now, with this prompt (empty: the run's own)."""

    def __init__(self) -> None:
        super().__init__(tr("Samples"), name="train.samples", padding=14)
        self._now = IconButton("dices", tr("Write a sample now"), self._on_asked, "train.sample-now", "small")
        self.prompt = QLineEdit()
        self.prompt.setObjectName("train.sample-prompt")
        words(self.prompt.setAccessibleName, "Beginning that every sample goes on from")
        words(self.prompt.setPlaceholderText, "the run's own")
        self.prompt.returnPressed.connect(self._on_asked)
        self.add(row(Text(tr("Prompt"), "label"), self.prompt, self._now))
        self._empty = Text(tr("The first sample appears after a few steps."), "body", "text3", wrap=True)
        self.add(self._empty)
        inner = QWidget()
        self._list = QVBoxLayout(inner)
        self._list.setContentsMargins(0, 0, 0, 0)
        self._list.setSpacing(4)
        self._list.addStretch(1)
        self._scroll = Scroll(inner)
        self._follows = True
        bar = self._scroll.verticalScrollBar()
        bar.rangeChanged.connect(self._on_grown)
        bar.sliderMoved.connect(self._on_scrolled)
        bar.actionTriggered.connect(self._on_scrolled)
        self.add(self._scroll, 1)
        self._scrubber = QSlider(Qt.Orientation.Horizontal)
        self._scrubber.setObjectName("train.scrubber")
        words(self._scrubber.setAccessibleName, "Step of the cursor")
        self._scrubber.valueChanged.connect(self._on_scrubbed)
        self._first, self._last = Text("0", "caption"), Text("", "caption")
        self.add(self._scrubber)
        self.add(row(self._first, None, Text(tr("linked to the plot cursor"), "caption"), None, self._last))
        self._panels: list[SamplePanel] = []
        self._samples: list[SampleWritten] = []
        self._shares: dict[tuple[int, str], float] = {}
        self._cursor: float | None = None
        self._is_live = False

    def show_series(self, series: RunSeries, is_live: bool, can_ask: bool) -> None:
        """Show a run's samples as its log tells them."""
        self._samples, self._is_live = series.samples, is_live
        self._now.setVisible(can_ask)
        self.prompt.setEnabled(can_ask)
        last = series.steps[-1].step if series.steps else 0
        if self._scrubber.maximum() != last:
            self._scrubber.setMaximum(max(last, 1))
        self._last.say(grouped(last))
        self._stand()
        self._empty.setVisible(not self._samples)
        self._fill()

    def show_copied(self, shares: dict[tuple[int, str], float]) -> None:
        """Tell of the samples how much of each was copied, by (step, text)."""
        self._shares = shares
        self._fill()

    def set_cursor(self, step: float | None) -> None:
        """Mark the sample at the cursor; None means the newest."""
        self._cursor = step
        self._stand()
        self._fill()

    def _stand(self) -> None:
        """Put the scrubber at the cursor; without one at the end, whose sample is shown."""
        place = self._scrubber.maximum() if self._cursor is None else round(self._cursor)
        if not self._scrubber.isSliderDown() and self._scrubber.value() != place:
            self._moving = True
            self._scrubber.setValue(place)
            self._moving = False

    _moving = False

    def _fill(self) -> None:
        steps = [sample.step for sample in self._samples]
        if self._cursor is None:
            chosen, last = None, len(steps)
        else:
            chosen = max(0, bisect.bisect_right(steps, self._cursor) - 1) if steps else None
            last = min(len(steps), (chosen or 0) + SHOWN // 2)
        shown = list(range(max(0, last - SHOWN), last))
        while len(self._panels) < len(shown):
            panel = SamplePanel()
            self._list.insertWidget(self._list.count() - 1, panel)
            self._panels.append(panel)
        for panel, index in zip(self._panels, shown, strict=False):
            sample = self._samples[index]
            panel.show_sample(sample, index == chosen, self._is_live and index == len(steps) - 1,
                              self._shares.get((sample.step, sample.text)))
            panel.show()
        for panel in self._panels[len(shown):]:
            panel.hide()
        if chosen in shown:
            self._scroll.ensureWidgetVisible(self._panels[shown.index(chosen)])

    def _on_grown(self, _low: int, high: int) -> None:
        """Keep the newest sample in sight, unless the user looks at an older one."""
        if self._follows and self._cursor is None:
            self._scroll.verticalScrollBar().setValue(high)

    def _on_scrolled(self, _value: int) -> None:
        bar = self._scroll.verticalScrollBar()
        self._follows = bar.sliderPosition() >= bar.maximum() - 8

    def _on_scrubbed(self, step: int) -> None:
        if not self._moving and (self._scrubber.isSliderDown() or self._scrubber.hasFocus()):
            self._cursor = float(step)
            self._fill()
            self.cursor_moved.emit(float(step))

    def _on_asked(self) -> None:
        self.asked.emit(self.prompt.text())

