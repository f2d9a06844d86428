"""Samples of tasks: what each is, what a small model can be expected to learn of it, and a button that does it all."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QSizePolicy, QWidget

from engine.corpora.samples import TASK_SAMPLES, Sample
from studio.i18n import language, tr
from studio.theme import theme
from studio.widgets import Button, ElidedText, Panel, QuietButton, Text, bare, column, row, set_tip

TITLES = {"translation": tr("Translate"), "question-answering": tr("Answer questions"),
          "summarisation": tr("Summarise"), "chat": tr("Chat"), "classification": tr("Classify")}


class TaskList(QWidget):
    """A row for every task that has samples, in the language that is shown if there is one in it.

    `train_asked` makes a project and trains it; `look_asked` makes it and shows the text. Both carry a sample's id.
    """

    train_asked = Signal(str)
    look_asked = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("home.tasks")
        kinds = dict.fromkeys(sample.task for sample in TASK_SAMPLES)
        self.rows = [TaskRow([sample for sample in TASK_SAMPLES if sample.task == kind], self) for kind in kinds]
        rows = column(*self.rows, None, spacing=6)
        self.setLayout(rows)
        language.changed.connect(self._on_language)

    def _on_language(self) -> None:
        for each in self.rows:
            each.show_language()


class TaskRow(Panel):
    """One task with its sample in the language of the window, or the only one there is."""

    def __init__(self, samples: Sequence[Sample], owner: TaskList) -> None:
        kind = samples[0].task
        super().__init__(f"home.task.{kind}", 8)
        self._samples = {sample.language: sample for sample in samples}
        self._licence = ElidedText("", "caption")
        self._opening = ElidedText("", "label")
        self._honest = Text("", "caption", wrap=True)
        self._honest.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        self._honest.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        look = QuietButton(tr("Look inside"), "", lambda: owner.look_asked.emit(self.sample().id),
                           f"home.task.{kind}.look", size="small")
        train = Button(tr("Train now"), "flame", lambda: owner.train_asked.emit(self.sample().id),
                       f"home.task.{kind}.train", size="small")
        self.body.setSpacing(2)
        heading = row(Text(TITLES[kind], "strong"), spacing=6)
        heading.addWidget(self._licence, 1)
        for button in (look, train):
            heading.addWidget(button)
        self.add(heading)
        self.add(self._opening)
        self.add(self._honest)
        theme.changed.connect(self._dress)
        self.show_language()

    def sample(self) -> Sample:
        """The sample that the buttons are about."""
        return self._samples.get(language.current()) or next(iter(self._samples.values()))

    def show_language(self) -> None:
        """Show the sample in the language of the window."""
        sample = self.sample()
        self._licence.say(tr(sample.licence))
        self._opening.say(sample.opening)
        self._honest.say(tr(sample.honest))
        set_tip(self, sample.title)
        self._dress()

    def _dress(self) -> None:
        self._opening.setFont(theme.font(13, 400, "serif", self.sample().opening))
        metrics = self._honest.fontMetrics()
        lines = 2 if metrics.horizontalAdvance(self._honest.text()) > theme.px(300) else 1
        self._honest.setMinimumHeight(lines * metrics.lineSpacing() + 2)


def beside(texts: QWidget, tasks: TaskList, choice: QWidget) -> QWidget:
    """The column of samples: a choice above, texts or tasks below it."""
    return bare(column(row(choice, None), texts, tasks, spacing=10))
