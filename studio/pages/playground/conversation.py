"""Chat and Q&A: questions and answers one below the other, in the format of the model's task."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit

from engine.tasks.example import Example
from engine.tasks.kinds.chat import Chat
from studio.i18n import tr, words
from studio.i18n.numbers import grouped
from studio.pages.playground.asking import Asking
from studio.pages.playground.prompting import Format, example_for, format_for
from studio.pages.playground.transforming import UNTRAINED
from studio.talker import Talker
from studio.theme import theme
from studio.widgets import (
    Card,
    ElidedText,
    EmptyState,
    Panel,
    PrimaryButton,
    QuietButton,
    Scroll,
    Strip,
    Text,
    bare,
    column,
    row,
    set_shown,
)


class Turn(Panel):
    """What one of the two said; the model's text grows while it is written."""

    def __init__(self, speaker: str, text: str = "") -> None:
        super().__init__(f"playground.turn-{speaker}", 10)
        self.speaker = speaker
        self.text = ""
        self._said = Text("", "body", wrap=True, selectable=True)
        self.add(Text(tr("You") if speaker == "user" else tr("Model"), "caption"))
        self.add(self._said)
        theme.changed.connect(self._dress)
        self.put(text)

    def put(self, text: str) -> None:
        """Show another text."""
        self.text = text
        self._dress()
        self._said.say(text or "…")

    def _dress(self) -> None:
        self._said.setFont(theme.font(15, 400, "serif", self.text[:200]))


class Conversation(Card):
    """A chat model reads all turns so far; one that answers single questions reads the last one alone."""

    def __init__(self, session: Any, talker: Talker) -> None:
        super().__init__("", "", name="playground.chat-card", padding=14)
        self._session = session
        self._recipe: Mapping[str, Any] = {}
        self._seed = 0
        self._turns: list[Turn] = []
        self.asking = Asking(talker, self)
        self._honest = Strip("info", UNTRAINED, closable=False, name="playground.chat-honest")
        self._list = column(None, spacing=8)
        self._scroll = Scroll(self._list, "playground.turns")
        self._empty = EmptyState("messages-square", tr("Ask something"), tr("The answer appears as it is written."),
                                 name="playground.chat-empty")
        self.passage = QPlainTextEdit()
        self.passage.setObjectName("playground.passage")
        self.passage.setTabChangesFocus(True)
        words(self.passage.setAccessibleName, "Passage to read")
        words(self.passage.setPlaceholderText, "A passage with the answer, if there is one.")
        self.question = QLineEdit()
        self.question.setObjectName("playground.question")
        words(self.question.setAccessibleName, "Your question")
        words(self.question.setPlaceholderText, "Write a question, then press Enter.")
        self.question.returnPressed.connect(self.go_or_stop)
        self.go_button = PrimaryButton(tr("Ask"), "play", self.go_or_stop, "playground.ask")
        self._again = QuietButton(tr("Another answer"), "rotate-ccw", self.again, "playground.chat-again",
                                  tr("Written by chance rather than by the likeliest token each time"))
        self._fresh = QuietButton(tr("New conversation"), "plus", self.clear, "playground.chat-new")
        self._example = QuietButton(tr("An example"), "shuffle", self._on_example, "playground.chat-example",
                                    tr("A text that was kept apart from training"))
        self._expected = ElidedText("", "label", name="playground.chat-expected")
        self._read = ElidedText("", "caption", name="playground.chat-read")
        self._problem = Strip(name="playground.chat-problem")
        self._figures = Text("", "label", name="playground.chat-figures")
        self.add(self._honest)
        self.add(self._empty, 1)
        self.add(self._scroll, 1)
        for part in (self._expected, self._read, self._problem, self.passage, row(self.question, self.go_button),
                     row(self._again, self._example, self._fresh, None, self._figures)):
            self.add(part)
        self.asking.written.connect(self._on_written)
        self.asking.ended.connect(self._on_ended)
        self.asking.failed.connect(self._on_failed)
        self.asking.cut_off.connect(self._on_cut_off)
        self.question.textEdited.connect(lambda _text: self._expected.say(""))
        theme.changed.connect(self._dress)
        self._dress()
        self.serve(None, "best", {})
        self._show_buttons()

    def _dress(self) -> None:
        self.passage.setFixedHeight(self.passage.fontMetrics().lineSpacing() * 3 + 20)

    def serve(self, run: Path | None, checkpoint: str, recipe: Mapping[str, Any]) -> None:
        """Ask this model from now on; `recipe` is what it was trained with."""
        self.asking.run, self.asking.checkpoint, self._recipe = run, checkpoint, recipe
        form = self.form()
        self._honest.setVisible(run is not None and not form.is_learned)
        set_shown(self.passage, any(role.name == "context" for role in form.task.roles))

    def form(self) -> Format:
        """The prompt format in use."""
        return format_for("chat", self._recipe)

    def reset(self) -> None:
        """Forget everything, for another project; a request under way is given up."""
        self.asking.forget()
        self.clear()
        self.question.clear()
        self.passage.clear()
        self.serve(None, "best", {})

    # what the user does

    def go_or_stop(self) -> None:
        """Ask what stands in the box, or stop the answer."""
        text = self.question.text().strip()
        if self.asking.is_busy():
            self.asking.stop()
        elif text and self.asking.run is not None:
            self._add("user", text)
            self.question.clear()
            self._ask(None)

    def again(self) -> None:
        """Another answer to the last question, by chance."""
        if self.asking.is_busy() or not self._turns:
            return
        if self._turns[-1].speaker == "assistant":
            self._remove_last()
        self._seed += 1
        self._ask(self._seed)

    def clear(self) -> None:
        """Begin anew."""
        self.asking.stop()
        self.asking.forget()
        while self._turns:
            self._remove_last()
        for text in (self._expected, self._read, self._figures):
            text.say("")
        self._problem.hide()
        self._show_buttons()

    def _ask(self, seed: int | None) -> None:
        form = self.form()
        prompt = form.task.prompt(self._given(form))
        if self.asking.ask(prompt, form, seed):
            self._problem.hide()
            self._read.say(tr("The model reads: {prompt}", prompt=prompt.replace("\n", "⏎")))
            self._figures.say(tr("Loading the model"))
            self._add("assistant", "")
            self._show_buttons()

    def _given(self, form: Format) -> dict[str, str]:
        """The turns for a chat; else the last question with the passage."""
        if isinstance(form.task, Chat):
            return {f"{turn.speaker} {number}": turn.text for number, turn in enumerate(self._turns)}
        role = next(each.name for each in form.task.roles if each.is_needed)
        return {role: self._turns[-1].text, "context": self.passage.toPlainText()}

    def _on_example(self) -> None:
        stage = self._session.standing.stages.get("cleaned")
        folder = stage.latest if stage is not None else None
        if folder is not None:
            recipe, task = self._session.recipe, self.form().task
            self._session.queries.ask("playground.chat", lambda _query: example_for(folder, recipe, task),
                                      self._on_found)

    def _on_found(self, example: Example | None) -> None:
        if not isinstance(example, Example):
            self._problem.tell("info", tr("The corpus has no examples of this task."))
            return
        self.question.setText(" ".join(example.source.split()))
        self.passage.setPlainText(example.given.get("context", ""))
        self._expected.say(tr("Expected: {answer}", answer=example.answer.replace("\n", "⏎")))
        self.question.setFocus()

    # the turns

    def _add(self, speaker: str, text: str) -> None:
        turn = Turn(speaker, text)
        self._turns.append(turn)
        holder = bare(row(*((120, turn) if speaker == "user" else (turn, 120)), spacing=0))
        holder.layout().setStretch(1 if speaker == "user" else 0, 1)  # type: ignore[union-attr]
        self._list.insertWidget(self._list.count() - 1, holder, 0, Qt.AlignmentFlag.AlignTop)
        self._show_buttons()
        QTimer.singleShot(0, self._to_the_end)

    def _remove_last(self) -> None:
        turn = self._turns.pop()
        holder = turn.parentWidget()
        self._list.removeWidget(holder)
        holder.deleteLater()

    def _to_the_end(self) -> None:
        bar = self._scroll.verticalScrollBar()
        bar.setValue(bar.maximum())

    # what the model says

    def _on_written(self, answer: str) -> None:
        if self._turns:
            self._turns[-1].put(answer)
            self._to_the_end()

    def _on_ended(self, answer: str, figures: str) -> None:
        if self._turns:
            self._turns[-1].put(answer)
        self._figures.say(figures)
        self._show_buttons()
        QTimer.singleShot(0, self._to_the_end)

    def _on_failed(self, what: str, more: str) -> None:
        if self._turns and not self._turns[-1].text:
            self._remove_last()
        self._figures.say("")
        self._problem.tell("error", what, more)
        self._show_buttons()

    def _on_cut_off(self, tokens: int) -> None:
        self._problem.tell("info", tr("The first {count} tokens are out of reach.", count=grouped(tokens)))

    def _show_buttons(self) -> None:
        busy = self.asking.is_busy()
        self.go_button.say(tr("Stop") if busy else tr("Ask"))
        self.go_button.set_icon("square" if busy else "play")
        self._again.setEnabled(not busy and bool(self._turns))
        self._fresh.setEnabled(bool(self._turns))
        set_shown(self._empty, not self._turns)
        set_shown(self._scroll, bool(self._turns))
