"""Translate and Summarise: a text on the left, what the model makes of it on the right."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QGridLayout, QPlainTextEdit

from engine.tasks.example import Example
from studio.i18n import Translated, show, tr, words
from studio.i18n.numbers import grouped
from studio.pages.playground.asking import Asking
from studio.pages.playground.prompting import Format, example_for, format_for
from studio.talker import Talker
from studio.theme import theme
from studio.widgets import Button, Card, ElidedText, Panel, PrimaryButton, QuietButton, SerifText, Strip, Text, row

TITLES = {"translate": (tr("Text to translate"), tr("Translation"), tr("Translate"), "languages"),
          "summarise": (tr("Text to summarise"), tr("Summary"), tr("Summarise"), "file-text")}
UNTRAINED = tr("This model only continues text. Answers follow a template.")


class Transforming(Card):
    """One of the two modes. The prompt is written in the format of the model's task."""

    def __init__(self, mode: str, session: Any, talker: Talker) -> None:
        super().__init__("", "", name=f"playground.{mode}-card", padding=14)
        self._mode, self._session = mode, session
        self._recipe: Mapping[str, Any] = {}
        self._seed = 0
        self.asking = Asking(talker, self)
        asked, given, verb, _ = TITLES[mode]
        self._verb = verb
        self._honest = Strip("info", UNTRAINED, closable=False, name=f"playground.{mode}-honest")
        self.box = _Box(asked, f"playground.{mode}-text")
        self.answer = SerifText("", 16, given, f"playground.{mode}-answer")
        self.answer.setProperty("surface", "panel")
        panel = Panel(f"playground.{mode}-panel", 10)
        panel.add(self.answer, 1)
        self._example = QuietButton(tr("An example"), "shuffle", self._on_example, f"playground.{mode}-example",
                                    tr("A text that was kept apart from training"), size="small")
        copy = QuietButton(tr("Copy"), "copy", self._on_copy, f"playground.{mode}-copy", size="small")
        sides = QGridLayout()
        sides.setSpacing(12)
        sides.addLayout(row(Text(asked, "label"), None, self._example), 0, 0)
        sides.addLayout(row(Text(given, "label"), None, copy), 0, 1)
        sides.addWidget(self.box, 1, 0)
        sides.addWidget(panel, 1, 1)
        for place in (0, 1):
            sides.setColumnStretch(place, 1)
        sides.setRowStretch(1, 1)
        self._expected = ElidedText("", "label", name=f"playground.{mode}-expected")
        self._read = ElidedText("", "caption", name=f"playground.{mode}-read")
        self._problem = Strip(name=f"playground.{mode}-problem")
        self.go_button = PrimaryButton(verb, "play", self.go_or_stop, f"playground.{mode}-go")
        self._again = Button(tr("Another answer"), "rotate-ccw", self.again, f"playground.{mode}-again",
                             tr("Written by chance rather than by the likeliest token each time"))
        self._figures = Text("", "label", name=f"playground.{mode}-figures")
        for part in (self._honest, sides, self._expected, self._read, self._problem,
                     row(self.go_button, self._again, None, self._figures)):
            self.add(part, 1 if part is sides else 0)
        self.asking.written.connect(self.answer.set_text)
        self.asking.ended.connect(self._on_ended)
        self.asking.failed.connect(self._on_failed)
        self.asking.cut_off.connect(self._on_cut_off)
        self.box.textChanged.connect(self._on_typed)
        self.serve(None, "best", {})

    def serve(self, run: Path | None, checkpoint: str, recipe: Mapping[str, Any]) -> None:
        """Ask this model from now on; `recipe` is what it was trained with."""
        self.asking.run, self.asking.checkpoint, self._recipe = run, checkpoint, recipe
        self._honest.setVisible(run is not None and not self.form().is_learned)
        self._show_buttons()

    def form(self) -> Format:
        """The prompt format in use."""
        return format_for(self._mode, self._recipe)

    def reset(self) -> None:
        """Forget everything, for another project; a request under way is given up."""
        self.asking.forget()
        self.box.clear()
        self.answer.set_text("")
        for text in (self._expected, self._read, self._figures):
            text.say("")
        self._problem.hide()
        self.serve(None, "best", {})

    # what the user does

    def go_or_stop(self) -> None:
        """Answer with the likeliest token each time, or stop."""
        if self.asking.is_busy():
            self.asking.stop()
        else:
            self._ask(None)

    def again(self) -> None:
        """Another answer, by chance."""
        self._seed += 1
        self._ask(self._seed)

    def _ask(self, seed: int | None) -> None:
        form, text = self.form(), self.box.toPlainText().strip()
        role = next(each.name for each in form.task.roles if each.is_needed)
        if not text:
            self.box.setFocus()
            return
        prompt = form.task.prompt({role: text})
        if self.asking.ask(prompt, form, seed):
            self._problem.hide()
            self.answer.set_text("")
            self._read.say(tr("The model reads: {prompt}", prompt=prompt.replace("\n", "⏎")))
            self._figures.say(tr("Loading the model"))
            self._show_buttons()

    def _on_copy(self) -> None:
        QGuiApplication.clipboard().setText(self.answer.toPlainText())

    def _on_example(self) -> None:
        stage = self._session.standing.stages.get("cleaned")
        folder = stage.latest if stage is not None else None
        if folder is not None:
            recipe, task = self._session.recipe, self.form().task
            self._session.queries.ask(f"playground.{self._mode}", lambda _query: example_for(folder, recipe, task),
                                      self._on_found)

    def _on_found(self, example: Example | None) -> None:
        if not isinstance(example, Example):
            self._problem.tell("info", tr("The corpus has no examples of this task."))
            return
        self.box.setPlainText(example.source)
        self._expected.say(tr("Expected: {answer}", answer=example.answer.replace("\n", "⏎")))

    # what the model says

    def _on_typed(self) -> None:
        self._expected.say("")

    def _on_ended(self, answer: str, figures: str) -> None:
        self.answer.set_text(answer)
        self._figures.say(figures)
        self._show_buttons()

    def _on_failed(self, what: str, more: str) -> None:
        self._figures.say("")
        self._problem.tell("error", what, more)
        self._show_buttons()

    def _on_cut_off(self, tokens: int) -> None:
        self._problem.tell("info", tr("The first {count} tokens are out of reach.", count=grouped(tokens)))

    def _show_buttons(self) -> None:
        busy = self.asking.is_busy()
        self.go_button.say(tr("Stop") if busy else self._verb)
        self.go_button.set_icon("square" if busy else "play")
        self._again.setEnabled(not busy)
        self._example.setEnabled(self.asking.run is not None)


class _Box(QPlainTextEdit):
    """The text to work on; Tab leaves it."""

    def __init__(self, label: Translated, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setTabChangesFocus(True)
        self.setProperty("surface", "panel")
        show(self.setAccessibleName, label)
        words(self.setPlaceholderText, "Type or paste any text.")
        theme.changed.connect(self._dress)
        self.textChanged.connect(self._dress)
        self._dress()

    def _dress(self) -> None:
        font = theme.font(16, 400, "serif", self.toPlainText()[:200])
        if self.font() != font:
            self.setFont(font)
