"""What the model is to learn, in a sheet: the task with its settings, and the first batch as the model sees it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QDialog, QVBoxLayout, QWidget

from engine.corpora.corpus import Corpus
from engine.errors import EngineError
from engine.runs.folder import RunFolder
from engine.settings import member, members_of, to_plain
from engine.tasks.batch import FirstBatch, first_batch
from engine.tasks.fitting import Fitting, fitting_task
from engine.tasks.task import Task
from studio.forms import RecipeForm
from studio.i18n import said, show, tr
from studio.i18n.numbers import grouped, percent
from studio.theme import theme
from studio.widgets import (
    Button,
    Card,
    Chip,
    EmptyState,
    IconButton,
    LinkButton,
    PrimaryButton,
    Scroll,
    Segment,
    Text,
    TokenChips,
    bare,
    column,
    row,
    set_shown,
)

FIRST = ("continuation", "translation", "summarisation", "question-answering", "chat", "classification")
"""The order of the tasks; those that are not named here follow in their own."""
LEARNED, READ = "accent_soft", "hover"
"""Colours of tokens that are learned and of those that are only read."""


class TaskSheet(QDialog):
    """Edits take effect at once and are saved; the batch is that of the text as it was cut last."""

    def __init__(self, session: Any, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("task.sheet")
        self.resize(min(1040, parent.window().width() - 40), min(640, parent.window().height() - 40))
        show(self.setWindowTitle, tr("Task and first batch"))
        self._session = session
        self._batch: FirstBatch | None = None
        self._window = 0
        self._asked: object = None
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 16, 20, 16)
        columns = row(self._settings(), spacing=14)
        columns.addWidget(self._view(), 1)
        layout.addLayout(columns, 1)
        layout.addLayout(row(None, PrimaryButton(tr("Done"), "check", self.accept, "task.done")))
        for signal in (session.changed, session.stages_changed, session.job_changed):
            signal.connect(self._show)
        self._show()
        stage = session.standing.stages.get("cleaned")
        corpus = stage.latest if stage is not None else None
        if corpus is not None:
            session.queries.ask("task.fitting", lambda _query: fitting_task(Corpus(corpus)), self._on_fitting)

    def _settings(self) -> QWidget:
        known = sorted(members_of(Task), key=lambda kind: (  # type: ignore[type-abstract]
            FIRST.index(kind.kind) if kind.kind in FIRST else len(FIRST), kind.kind))
        self.kind = Segment([(kind.kind, tr(kind.title)) for kind in known], name="task.kind", label=tr("Task"),
                            columns=2)
        self.kind.chosen.connect(lambda kind: self._session.edit("task.kind", kind))
        self._summary = Text("", "label", wrap=True, name="task.summary")
        self._found = Text("", "label", wrap=True, name="task.found")
        self._suggested = LinkButton("", "wand-sparkles", self._on_suggested, "task.suggested", size="small")
        self._suggestion = ""
        self._form = RecipeForm(self._session, "task", label_width=104)
        whole = column(Text(tr("Task"), "card"), self.kind, self._summary, self._found,
                       bare(row(self._suggested, None)), 4, self._form, None)
        card = Card(name="task.settings", padding=14)
        card.add(Scroll(bare(whole)), 1)
        card.setFixedWidth(theme.px(340))
        set_shown(self._suggested, False)
        return card

    def _view(self) -> QWidget:
        card = Card(tr("The first batch"), tr("exactly as the model sees it"), name="task.batch", padding=14)
        self._place = Text("", "label", name="task.window")
        back = IconButton("chevron-left", tr("Window before"), lambda: self._step(-1), "task.before", "small")
        onward = IconButton("chevron-right", tr("Next window"), lambda: self._step(1), "task.next", "small")
        self._ways = (back, onward)
        for widget in (back, self._place, onward):
            card.add_action(widget)
        self._chips = TokenChips(tr("Tokens of the window"), "task.chips")
        self._legend = Text(tr("green: learned · grey: only read"), "caption")
        self._figures = Text("", "label", wrap=True, name="task.figures")
        self._cut = Button(tr("Cut the text into tokens"), "puzzle", lambda: self._session.run("tokenize"), "task.cut")
        self._empty = EmptyState("puzzle", tr("The text is not cut for this task yet"),
                                 tr("Then this shows which tokens are read and which are learned."), [self._cut],
                                 "task.empty")
        for part, stretch in ((self._chips, 1), (self._empty, 1), (self._legend, 0), (self._figures, 0)):
            card.add(part, stretch)
        return card

    # what is shown

    def _show(self) -> None:
        task = self._session.recipe.task
        self.kind.choose(task.kind)
        self._summary.say(tr(type(task).summary()))
        standing = self._session.standing
        is_done = standing.is_done("tokens") and standing.is_done("tokenizer")
        self._cut.setEnabled(bool(self._session.sources) and not self._session.job_verb()
                             and not self._session.problems())
        asked = (standing.stages["tokens"].folder, self._session.recipe) if is_done else None
        if asked != self._asked:
            self._asked = asked
            if asked is None:
                self._take(None)
            else:
                self._ask(standing.stages["tokens"].folder, standing.stages["tokenizer"].folder)

    def _ask(self, tokens: Path, tokenizer: Path) -> None:
        settings = {"recipe": to_plain(self._session.recipe)}
        run = next((self._session.run_folder(card.name) for card in reversed(self._session.runs())
                    if tokens.name == f"tokens-{card.fingerprints.get('tokens')}" and card.resolved_model), None)
        self._session.queries.ask("task.batch", lambda _query: _batch_of(tokens, tokenizer, settings, run),
                                  self._take, self._on_failed)

    def _take(self, batch: FirstBatch | None) -> None:
        self._batch = batch
        self._window = 0
        self._show_window()

    def _on_failed(self, error: EngineError) -> None:
        self._take(None)
        self._empty.say(said(error.what), said(error.expected, error.fix))

    def _show_window(self) -> None:
        batch = self._batch
        rows = batch.rows if batch is not None else ()
        for part in (self._chips, self._legend, self._figures, self._place, *self._ways):
            set_shown(part, bool(rows))
        set_shown(self._empty, not rows)
        if batch is None or not rows:
            return
        tokens = rows[self._window]
        self._chips.set_chips([Chip(token.piece, token.id, LEARNED if token.is_learned else READ) for token in tokens])
        self._place.say(tr("window {number} of {count}", number=self._window + 1, count=len(rows)))
        share = batch.learned / max(1, sum(map(len, rows)))
        if batch.is_assumed:
            self._figures.say(tr("{share} of these tokens are learned. Windows of {context} tokens are shown; context "
                                 "and batch are settled when training begins.", share=percent(share),
                                 context=grouped(batch.context_length)))
        else:
            self._figures.say(tr("{share} of these tokens are learned. A step reads {windows} windows of {context} "
                                 "tokens.", share=percent(share), windows=grouped(batch.windows),
                                 context=grouped(batch.context_length)))

    def _step(self, by: int) -> None:
        if self._batch is not None and self._batch.rows:
            self._window = (self._window + by) % len(self._batch.rows)
            self._show_window()

    def _on_fitting(self, found: Fitting) -> None:
        if not isinstance(found, Fitting):
            return
        self._found.say(tr("The documents have the parts {roles}.", roles=", ".join(found.roles)) if found.roles
                        else tr("The documents are plain texts: choose the columns of the source for other tasks."))
        if found.kind is not None and found.kind != self._session.recipe.task.kind:
            self._suggestion = found.kind
            self._suggested.say(tr("They suit: {task}",
                                   task=tr(member(Task, found.kind).title)))  # type: ignore[type-abstract]
            set_shown(self._suggested, True)

    def _on_suggested(self) -> None:
        self._session.edit("task.kind", self._suggestion)
        set_shown(self._suggested, False)


def _batch_of(tokens: Path, tokenizer: Path, settings: dict[str, Any], run: RunFolder | None) -> FirstBatch:
    """The batch of the newest run on these tokens, where there is one: its settings are all settled."""
    return first_batch(tokens, tokenizer, run.settings() if run is not None else settings)
