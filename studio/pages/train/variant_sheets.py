"""Sheets that queue variants of runs: one change ("What if?"), and a sweep over some settings."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QDialog, QLineEdit, QSpinBox, QVBoxLayout, QWidget

from engine.errors import EngineError
from engine.recipe import Recipe
from engine.variants import Settable, change_text, pinned, settables, sweep, with_optimizer
from studio.forms.editor import Editor
from studio.forms.spec_form import editor_for
from studio.i18n import counted, said, show, tr, words
from studio.widgets import Button, PrimaryButton, Segment, Text, bare, column, row, set_shown
from studio.widgets.combo import Combo

PARTS = ("training", "model", "tokenizer")
ROWS = 3


def choices_of(recipe: Recipe) -> dict[str, Settable]:
    """What can be changed, by path: plain settings of training, model and tokenizer."""
    return {each.path: each for each in settables(recipe) if each.path.split(".")[0] in PARTS}


def options_of(choices: dict[str, Settable]) -> list[tuple[str, str]]:
    """Entries of a list to choose from: title and path."""
    return [(path, tr("{title} ({path})", title=tr(each.field.title), path=path)) for path, each in choices.items()]


class Sheet(QDialog):
    """A title, a line, what the subclass puts in, a place for a problem, and two buttons."""

    def __init__(self, parent: QWidget, title: str, line: str, start: str, name: str) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setMinimumWidth(560)
        show(self.setWindowTitle, title)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 16, 20, 16)
        layout.setSpacing(10)
        layout.addWidget(Text(title, "card"))
        layout.addWidget(Text(line, "label", wrap=True))
        self.room = column(spacing=10)
        layout.addLayout(self.room)
        self.problem = Text("", "label", "error", wrap=True, name=f"{name}.problem")
        self.problem.hide()
        layout.addWidget(self.problem)
        layout.addStretch(1)
        self.start = PrimaryButton(start, "play", self.on_start, f"{name}.start")
        layout.addLayout(row(None, Button(tr("Cancel"), "", self.reject, f"{name}.cancel"), self.start))

    def on_start(self) -> None:
        """Queue what was chosen and close, or say what is wrong."""
        raise NotImplementedError

    def say_problem(self, error: EngineError | None) -> None:
        """Show what cannot be done, or nothing."""
        self.problem.say(said(error.what, error.fix or error.expected) if error is not None else "")
        set_shown(self.problem, error is not None)


class WhatIfSheet(Sheet):
    """Chooses one setting of a run and its other value."""

    def __init__(self, session: Any, name: str, title: str, settings: dict[str, Any], parent: QWidget) -> None:
        super().__init__(parent, tr("What if?"),
                         tr("A new run repeats {run} with exactly one change and is laid over it. All that was chosen "
                            "for {run} stays as it was.", run=title), tr("Train it"), "train.what-if")
        self._session, self._name = session, name
        self._choices = choices_of(pinned(settings))
        first = "training.optimizer.learning_rate"
        self.setting = Combo(options_of(self._choices), first if first in self._choices else next(iter(self._choices)),
                             "train.what-if.setting", tr("Setting"))
        self.setting.setMaximumWidth(16_777_215)
        self.setting.chosen.connect(self._on_setting)
        self.room.addWidget(self.setting)
        self.editor: Editor | None = None
        self._value: Any = None
        self._help = Text("", "caption", wrap=True)
        self._on_setting(self.setting.value())
        self.room.addWidget(self._help)

    def _on_setting(self, path: str) -> None:
        chosen = self._choices[path]
        if self.editor is not None:
            self.room.removeWidget(self.editor)
            self.editor.hide()
            self.editor.deleteLater()
        self.editor = editor_for(chosen.field, path)
        self.editor.show_value(chosen.value)
        self.editor.edited.connect(self._on_edited)
        self._value = chosen.value
        self.room.insertWidget(1, self.editor)
        self._help.say(tr(chosen.field.help))
        self.say_problem(None)

    def _on_edited(self, path: str, value: Any) -> None:
        if path == self.setting.value():
            self._value = value
            if self.editor is not None:
                self.editor.show_value(value)

    def on_start(self) -> None:
        """Queue the run."""
        try:
            if self._session.history.what_if(self._name, change_text(self.setting.value(), self._value)):
                self.accept()
        except EngineError as error:
            self.say_problem(error)


class _Over(QWidget):
    """One setting of a sweep with its values."""

    def __init__(self, number: int, options: list[tuple[str, str]], value: str) -> None:
        super().__init__()
        self.setting = Combo(options, value, f"train.sweep.setting.{number}", tr("Setting"))
        self.values = QLineEdit()
        self.values.setObjectName(f"train.sweep.values.{number}")
        words(self.values.setAccessibleName, "Values, separated by commas")
        words(self.values.setPlaceholderText, "Values, separated by commas")
        line = row(self.setting, self.values)
        line.setStretch(0, 1)
        line.setStretch(1, 1)
        self.setLayout(line)

    def text(self) -> str:
        """As `path=a,b,c`; empty where no values are given."""
        return f"{self.setting.value()}={self.values.text()}" if self.values.text().strip() else ""


class SweepSheet(Sheet):
    """Chooses up to three settings with their values: all combinations, or some of them by chance."""

    def __init__(self, session: Any, parent: QWidget) -> None:
        super().__init__(parent, tr("Sweep over settings"),
                         tr("One run after another is trained, with the settings of the next run and these values. A "
                            "run that fails stops none of the others. Compare shows them, the best first."),
                         tr("Train all"), "train.sweep-sheet")
        self._session = session
        options = options_of(choices_of(with_optimizer(session.recipe)))
        wanted = [path for path in ("training.optimizer.learning_rate", "training.batch_size", "training.seed")
                  if path in dict(options)]
        self.overs = [_Over(number, options, wanted[number] if number < len(wanted) else "") for number in range(ROWS)]
        for each in self.overs:
            each.values.textChanged.connect(self._count)
            each.setting.chosen.connect(self._count)
            self.room.addWidget(each)
        self.way = Segment([("grid", tr("All combinations")), ("random", tr("Some by chance"))], name="train.sweep.way",
                           label=tr("Which combinations"))
        self.way.chosen.connect(self._count)
        self.most = QSpinBox()
        self.most.setObjectName("train.sweep.most")
        words(self.most.setAccessibleName, "How many")
        self.most.setRange(1, 200)
        self.most.setValue(8)
        self.most.valueChanged.connect(self._count)
        self._how_many = Text("", "label", name="train.sweep.count")
        self.room.addWidget(bare(row(self.way, self.most, None, self._how_many)))
        self._count()

    def _over(self) -> list[str]:
        return [text for each in self.overs if (text := each.text())]

    def _most(self) -> int | None:
        return self.most.value() if self.way.value() == "random" else None

    def _count(self, _change: object = None) -> None:
        set_shown(self.most, self.way.value() == "random")
        over = self._over()
        try:
            count = len(sweep(self._session.recipe, over, self._most())) if over else 0
            self.say_problem(None)
        except EngineError as error:
            count = 0
            self.say_problem(error)
        self._how_many.say(counted("{count} run", "{count} runs", count))
        self.start.setEnabled(count > 0)

    def on_start(self) -> None:
        """Queue the runs."""
        try:
            if self._session.history.sweep(self._over(), self._most()):
                self.accept()
        except EngineError as error:
            self.say_problem(error)
