"""The Playground: use the model and understand it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QComboBox, QSizePolicy, QStackedWidget

from engine.corpora.corpus import Corpus
from engine.corpora.split import Splitter
from engine.errors import EngineError
from studio.i18n import language, tr, words
from studio.job_words import run_title
from studio.pages import Command, Page
from studio.pages.playground.comparing import Comparing
from studio.pages.playground.conversation import Conversation
from studio.pages.playground.inside import Inside
from studio.pages.playground.inspector import Inspector
from studio.pages.playground.prompting import format_for
from studio.pages.playground.sampling import SamplingCard
from studio.pages.playground.scorer import Scorer
from studio.pages.playground.transforming import Transforming
from studio.pages.playground.writer import Writer
from studio.run_cards import RunCard
from studio.talker import Talker
from studio.widgets import Button, EmptyState, Scroll, Segment, Strip, Text, bare, column, row

PROMPTS = 3
LINES = {"complete": tr("Write a beginning. The model continues, one token at a time."),
         "chat": tr("Ask, and the model answers in the way of its examples."),
         "translate": tr("Write a text, and the model puts it into the other language."),
         "summarise": tr("Paste a text, and the model says in short what it says."),
         "score": tr("See how much the model expected each token of a text."),
         "compare": tr("The same prompt and the same seed, two models."),
         "inside": tr("See what goes on inside the model at each token.")}


def prompts_of(folder: Path, split: Any) -> list[str]:
    """The first words of a few documents that the model was never trained on."""
    splitter = Splitter(Corpus(folder), split)
    found: list[str] = []
    for document in splitter.corpus.documents():
        if splitter.split_of(document) == "validation":
            start = document.text.lstrip()[:200].split("\n\n")[-1]
            found.append(" ".join(start.split(" ")[:9]) if " " in start[:60] else start[:14])
        if len(found) == PROMPTS:
            break
    return [prompt for prompt in found if prompt.strip()]


def choices_of(cards: Sequence[RunCard]) -> list[tuple[str, str, str]]:
    """What can be talked to: (title, run, checkpoint), newest run first."""
    found = []
    for card in reversed(cards):
        title = card.title or run_title(card.name)
        if card.has_checkpoint and card.status == "running":
            found.append((tr("{run}, newest (in training)", run=title), card.name, "last"))
        if card.has_checkpoint:
            step = card.best_step if card.best_step is not None else card.checkpoint_step
            found.append((tr("{run}, best (step {step})", run=title, step=step), card.name, "best"))
            if card.status != "running" and card.checkpoint_step != card.best_step:
                found.append((tr("{run}, last (step {step})", run=title, step=card.checkpoint_step), card.name, "last"))
        if card.baseline is not None:
            found.append((tr("{run}, 5-gram", run=title), card.name, "baseline"))
    return found


class PlaygroundPage(Page):
    """Modes: write on, chat and answer, translate, summarise, score a text, look inside, compare."""

    def __init__(self, session: Any) -> None:
        super().__init__(tr("Playground"), tr("Write a beginning. The model continues, one token at a time."))
        self.session = session
        self.talker = Talker(self)
        self._choices: list[tuple[str, str, str]] = []
        self._was_suited = ""
        self._is_narrow = False
        self._mode = Segment([("complete", tr("Complete")), ("chat", tr("Chat and Q&A")),
                              ("translate", tr("Translate")), ("summarise", tr("Summarise")),
                              ("score", tr("Score text")), ("inside", tr("Inside")),
                              ("compare", tr("Compare"))],
                             name="playground.mode", label=tr("What to do"), columns=7)
        self._mode.chosen.connect(self._on_mode)
        self._model = QComboBox()
        self._model.setObjectName("playground.model")
        self._model.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self._model.setMinimumContentsLength(24)
        words(self._model.setAccessibleName, "Model")
        self._model.activated.connect(self._on_chosen)
        self._model_label = Text(tr("Model"), "label")
        self.body.addLayout(row(self._mode, None, self._model_label, self._model))
        self._strip = Strip(name="playground.strip")
        self.body.addWidget(self._strip)
        self.sampling = SamplingCard()
        self.writer = Writer(self.talker, self.sampling, session.queries)
        self.scorer = Scorer(self.talker, session.queries)
        self.inside = Inside(self.talker)
        self.comparing = Comparing(session, self.talker, self.sampling)
        self.conversation = Conversation(session, self.talker)
        self.translator = Transforming("translate", session, self.talker)
        self.summariser = Transforming("summarise", session, self.talker)
        self.inspector, self._score_inspector = Inspector(True), Inspector(False, "playground.score-inspector")
        self.writer.shown.connect(self._show_written)
        self.scorer.shown.connect(self._show_scored)
        self.inspector.pointed.connect(self.writer.point)
        self._score_inspector.pointed.connect(self.scorer.point)
        self.inspector.replaced.connect(self.writer.replace)
        self._sides = []
        complete = self._columns(self.writer, [self.sampling, self.inspector])
        score = self._columns(self.scorer, [self._score_inspector])
        inside = self._columns(self.inside, self.inside.side)
        train = Button(tr("Go to Train"), "flame", lambda: self.go.emit("train"), "playground.to-train")
        empty = EmptyState("messages-square", tr("No model yet"),
                           tr("Train one first; it can be tried here while it learns."), [train], "playground.empty")
        self._stack = QStackedWidget()
        self._parts = {"complete": complete, "chat": self.conversation, "translate": self.translator,
                       "summarise": self.summariser, "score": score,
                       "inside": inside, "compare": self.comparing, "": empty}
        for part in self._parts.values():
            self._stack.addWidget(part)
        self.body.addWidget(self._stack, 1)
        self.narrowed.connect(self._on_narrowed)
        session.stages_changed.connect(self._on_runs)
        session.closed.connect(self._on_closed)
        language.changed.connect(self._on_runs)
        self.talker.died.connect(lambda what: self._strip.tell("warn", what))
        self._on_runs()

    def _columns(self, left: Any, right: list[Any]) -> Any:
        for card in right:
            card.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        cards = column(*right, spacing=12)
        cards.setStretch(len(right) - 1, 1)
        side = Scroll(cards)  # a low window has no room for all of it
        side.setFixedWidth(340)
        self._sides.append(side)
        whole = row(spacing=12)
        whole.addWidget(left, 1)
        whole.addWidget(side)
        return bare(whole)

    # what happens

    def entered(self) -> None:
        """Get the model ready, and beginnings to try."""
        self._on_runs()
        self._warm()
        stage = self.session.standing.stages.get("cleaned")
        latest = stage.latest if stage is not None else None
        if latest is not None and not self.writer.page.writing.whole:
            split = self.session.recipe.split
            self.session.queries.ask("prompts", lambda _query: prompts_of(latest, split), self._on_prompts)
        self.writer.page.setFocus()

    def _on_prompts(self, prompts: list[str] | EngineError) -> None:
        if isinstance(prompts, list):
            self.writer.suggest(prompts)

    def _on_runs(self) -> None:
        choices = choices_of(self.session.runs())
        chosen = self._chosen()
        if [tuple(map(str, each)) for each in choices] != [tuple(map(str, each)) for each in self._choices]:
            self._choices = choices
            self._model.clear()
            self._model.addItems([title for title, _, _ in choices])
            keys = [(run, checkpoint) for _, run, checkpoint in choices]
            if chosen in keys:
                self._model.setCurrentIndex(keys.index(chosen))
            self._apply()
            self.comparing.serve(choices)
            self._on_mode(self._mode.value())
        self._show_mode()

    def _on_closed(self) -> None:
        self.talker.leave()
        for part in (self.writer, self.scorer, self.inside, self.comparing, *self._answering()):
            part.reset()
        self._was_suited = ""
        self._choices = []
        self._model.clear()

    def _chosen(self) -> tuple[str, str] | None:
        index = self._model.currentIndex()
        return self._choices[index][1:] if 0 <= index < len(self._choices) else None

    def _on_chosen(self, _index: int) -> None:
        self._apply()
        self._warm()

    def _apply(self) -> None:
        chosen = self._chosen()
        folder = self.session.run_folder(chosen[0]) if chosen else None
        for part in (self.writer, self.scorer):
            part.run = folder.path if folder else None
            part.checkpoint = chosen[1] if chosen else "best"
        self.writer.meter.look(self.writer.run, self.writer.page.writing.whole)  # copied from another run's text
        self.scorer.meter.look(self.scorer.run, self.scorer.map.toPlainText())
        self.inside.serve(folder.path if folder else None, chosen[1] if chosen else "best")
        recipe = next((card.recipe for card in self.session.runs() if chosen and card.name == chosen[0]), {})
        for part in self._answering():
            part.serve(folder.path if folder else None, chosen[1] if chosen else "best", recipe)
        self._suit(chosen[0] if chosen else "", recipe)

    def _answering(self) -> tuple[Any, ...]:
        return self.conversation, self.translator, self.summariser

    def _suit(self, run: str, recipe: dict[str, Any]) -> None:
        """Go to the mode that a run was trained for, once for each run that is chosen."""
        learned = [mode for mode in ("chat", "translate", "summarise") if format_for(mode, recipe).is_learned]
        if run and run != self._was_suited:
            self._was_suited = run
            if learned or self._mode.value() in ("chat", "translate", "summarise"):
                self._mode.choose(learned[0] if learned else "complete")
                self._on_mode(self._mode.value())

    def _warm(self) -> None:
        if self.writer.run is not None and not self.writer.is_writing():
            self.talker.load(self.writer.run, self.writer.checkpoint)

    def _show_mode(self) -> None:
        """Show what belongs to the mode; often, so that nothing is asked and no focus is taken here."""
        mode = self._mode.value()
        self._stack.setCurrentWidget(self._parts[mode if self._choices else ""])
        self.head.say(LINES[mode])
        self._model.setVisible(mode != "compare")  # each side has a choice of its own
        self._model_label.setVisible(mode != "compare" and not self._is_narrow)

    def _on_mode(self, mode: str) -> None:
        self._show_mode()
        if mode == "inside" and self._choices:
            self.inside.enter(self.writer.page.writing.whole or self.scorer.map.toPlainText())
        else:
            self.inside.leave()
        if mode == "compare":
            self.comparing.enter(self.writer.page.writing.prompt)

    def _on_narrowed(self, narrow: bool) -> None:
        for side in self._sides:
            side.setFixedWidth(290 if narrow else 340)
        self._is_narrow = narrow
        self._model_label.setVisible(not narrow and self._mode.value() != "compare")
        self._model.setMinimumContentsLength(22 if narrow else 24)

    def _show_written(self) -> None:
        tokens = self.writer.page.writing.tokens
        number = self.writer.number if self.writer.number >= 0 else len(tokens) - 1
        self.inspector.show_token(tokens, number, self.writer.vocabulary)

    def _show_scored(self) -> None:
        self._score_inspector.show_token(self.scorer.tokens, self.scorer.number, self.scorer.vocabulary)

    def _step(self, by: int) -> None:
        tokens = self.writer.page.writing.tokens
        if tokens:
            start = self.writer.number if self.writer.number >= 0 else len(tokens) - 1
            self.writer.point(min(max(start + by, 0), len(tokens) - 1))

    def _on_escape(self) -> None:
        if self.writer.is_writing():
            self.writer.go_or_stop()
        self.comparing.stop()
        for part in self._answering():
            part.asking.stop()

    def _go_or_stop(self) -> None:
        if self._mode.value() == "compare":
            self.comparing.go_or_stop()
            return
        parts = {"chat": self.conversation, "translate": self.translator, "summarise": self.summariser}
        parts.get(self._mode.value(), self.writer).go_or_stop()

    def commands(self) -> Sequence[Command]:
        """What can be done here."""
        return (Command(tr("Generate or stop"), self._go_or_stop),
                Command(tr("Stop writing"), self._on_escape, "Esc"),
                Command(tr("Write it again"), self.writer.again, "Ctrl+R"),
                Command(tr("Previous token"), lambda: self._step(-1), "Alt+Left"),
                Command(tr("Next token"), lambda: self._step(1), "Alt+Right"))
