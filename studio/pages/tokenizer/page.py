"""The Tokenizer page: how text becomes ids, and what a vocabulary holds."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QWidget

from engine.errors import EngineError
from studio.i18n import said, tr
from studio.i18n.numbers import decimal, grouped
from studio.job_words import STAGE_PAGES
from studio.pages import Command, Page
from studio.pages.tokenizer import reading
from studio.pages.tokenizer.comparing import Comparison
from studio.pages.tokenizer.comparison_sheet import ComparisonSheet
from studio.pages.tokenizer.length_card import LengthCard
from studio.pages.tokenizer.live_card import LiveCard
from studio.pages.tokenizer.settings_card import SettingsCard
from studio.pages.tokenizer.size_card import SizeCard
from studio.pages.tokenizer.vocabulary_card import VocabularyCard
from studio.task_sheet import TaskSheet
from studio.theme import theme
from studio.widgets import Button, Card, EmptyState, Segment, Strip, bare, column, row, set_shown

BEFORE = ("read", "clean", "tokenize")
"""Jobs that do nothing beyond this page; training is stopped on its own page only."""


class TokenizerPage(Page):
    """Everything on it is read from the recipe, the project folder and the events of the job at hand."""

    def __init__(self, session: Any) -> None:
        super().__init__(tr("Tokenizer"), tr("Models read ids, not letters."),
                         [Button(tr("Task and first batch"), "target", self._on_task, "tokenizer.task")])
        self.session = session
        self._vocabulary: reading.Vocabulary | None = None
        self._shown: tuple[Path | None, Path | None] = (None, None)
        self._is_seen = False
        self._build()
        for signal in (session.changed, session.opened, session.closed, session.stages_changed, session.job_changed):
            signal.connect(self._show)
        self.narrowed.connect(self._on_narrowed)
        self._on_narrowed(False)
        self._cut(self._live.text())

    def _build(self) -> None:
        self._strip = Strip(closable=False, name="tokenizer.strip")
        self._settings, self._live = SettingsCard(self.session), LiveCard()
        self._comparison = Comparison(self)
        self._sizes, self._lengths = SizeCard(self.session, self._comparison), LengthCard()
        self._table = VocabularyCard()
        self._tabs = Segment([("sizes", tr("Bytes per token")), ("lengths", tr("Token length")),
                              ("vocabulary", tr("Vocabulary"))], "vocabulary", "tokenizer.tabs",
                             tr("What is shown of the vocabulary"))
        self._tabs.chosen.connect(lambda _key: self._arrange())
        self._cards = {"sizes": self._sizes, "lengths": self._lengths, "vocabulary": self._table}
        cards = QHBoxLayout()
        cards.setSpacing(14)
        for card, stretch in ((self._sizes, 10), (self._lengths, 9), (self._table, 17)):
            cards.addWidget(card, stretch)
        self._nothing = Card(name="tokenizer.nothing")
        self._nothing.add(EmptyState("puzzle", tr("No tokenizer yet"), tr("Train one to see its vocabulary, how long "
                                     "its pieces are, and how short it makes your text."), name="tokenizer.empty"), 1)
        self._bottom = bare(column(row(self._tabs, None), cards, self._nothing, spacing=10))
        right: QWidget = bare(column(self._live, self._bottom, spacing=14))
        right.layout().setStretch(0, 5)  # type: ignore[union-attr]
        right.layout().setStretch(1, 4)  # type: ignore[union-attr]
        columns = row(self._settings, spacing=14)
        columns.addWidget(right, 1)
        self.body.addWidget(self._strip)
        self.body.addLayout(columns, 1)
        self._settings.foot.train_asked.connect(self._on_train)
        self._settings.foot.stop_asked.connect(self.session.stop)
        self._settings.foot.next_asked.connect(lambda: self.go.emit("model"))
        self._sizes.all_asked.connect(self._on_compare)
        self._live.typed.connect(self._cut)
        self._live.pointed.connect(self._table.point_at)
        self._live.passage_asked.connect(self._on_passage)
        self._table.pointed.connect(self._live.show_piece)

    def entered(self) -> None:
        """Show things as they are now."""
        self._is_seen = True
        self._show()

    def left(self) -> None:
        """Show no more."""
        self._is_seen = False

    # what is shown

    def _show(self) -> None:
        if not self._is_seen:
            return
        standing = self.session.standing
        is_stale = standing.is_stale("tokenizer")
        size = standing.summary("tokenizer").get("vocab_size")
        self._settings.show_settings(size if standing.is_done("tokenizer") else None)
        self._show_foot()
        self._show_strip(is_stale)
        tokenizer = standing.stages["tokenizer"].latest if "tokenizer" in standing.stages else None
        tokens = standing.stages["tokens"].latest if "tokens" in standing.stages else None
        if standing.is_done("tokenizer") != standing.is_done("tokens"):
            tokens = None  # of another tokenizer
        if (tokenizer, tokens) != self._shown:
            self._shown = (tokenizer, tokens)
            self._look(tokenizer, tokens)
        self._live.can_take_passage(self._cleaned() is not None)
        self._sizes.show_for(self._vocabulary, self._cleaned())

    def _show_foot(self) -> None:
        session, foot = self.session, self._settings.foot
        verb, stage = session.job_verb(), session.job_series().stage
        if verb == "tokenize" or (verb == "train" and STAGE_PAGES.get(stage) == "tokenizer"):
            foot.show_busy(session.job(), can_cancel=verb in BEFORE)
            return
        standing = session.standing
        is_done = standing.is_done("tokenizer") and standing.is_done("tokens")
        note = ""
        if any(task.verb == "tokenize" for task in session.queue.waiting):
            note = tr("Waits until the job at hand is done.")
        elif session.project is None or not session.sources:
            note = tr("Add text on the Corpus page first.")
        elif is_done:
            note = tr("Trained with these settings.")
        can_train = bool(session.project and not session.read_only_because and not session.problems() and not note)
        result: Literal["nothing", "older", "done"] = "older" if standing.is_stale("tokenizer") else "nothing"
        if is_done:
            result = "done"
        foot.show_rest(result, can_train, note, session.failure("tokenizer"))

    def _show_strip(self, is_stale: bool) -> None:
        if is_stale and self.session.job_verb() != "tokenize":
            if self._strip.isHidden():
                again = Button(tr("Run again"), "refresh-cw", self._on_train, "tokenizer.again", size="small")
                self._strip.tell("warn", tr("This tokenizer is older than the text or the settings."),
                                 tr("What is shown is of the older one."), [again])
        else:
            self._strip.hide()

    def _look(self, tokenizer: Path | None, tokens: Path | None) -> None:
        if tokenizer is None:
            self.session.queries.cancel("tokenizer")
            self._on_read(None)
        else:
            self.session.queries.ask("tokenizer", lambda _query: reading.read_vocabulary(tokenizer, tokens),
                                     self._on_read, self._on_not_read)

    def _on_read(self, vocabulary: reading.Vocabulary | None) -> None:
        self._vocabulary = vocabulary
        self._live.show_vocabulary(vocabulary)
        self._table.show_vocabulary(vocabulary)
        if vocabulary is not None:
            self._lengths.show_lengths(vocabulary.lengths)
        self._say_line()
        self._arrange()
        self._sizes.show_for(self._vocabulary, self._cleaned())
        self._cut(self._live.text())

    def _on_not_read(self, error: EngineError) -> None:
        self._on_read(None)
        self.session.told.emit("error", said(error.what), said(error.expected, error.fix))

    def _on_no_passage(self, error: EngineError) -> None:
        self.session.told.emit("error", said(error.what), said(error.fix))

    def _say_line(self) -> None:
        vocabulary = self._vocabulary
        if vocabulary is None:
            self.head.say(tr("Models read ids, not letters."))
        elif vocabulary.bytes_per_token is None:
            self.head.say(tr("{kind}, {pieces} pieces. Models read ids, not letters.", kind=self._title(),
                             pieces=grouped(len(vocabulary.pieces))))
        else:
            self.head.say(tr("{kind}, {pieces} pieces, {ratio} bytes per token. Models read ids, not letters.",
                             kind=self._title(), pieces=grouped(len(vocabulary.pieces)),
                             ratio=decimal(vocabulary.bytes_per_token, 1)))

    def _title(self) -> str:
        """The kind of the tokenizer that is shown, which may be older than the recipe's."""
        return reading.kind_title(self._vocabulary.tokenizer.kind) if self._vocabulary else ""

    def _cut(self, text: str) -> None:
        tokenizer = self._vocabulary.tokenizer if self._vocabulary is not None else None
        self.session.queries.ask("tokenizer.text", lambda _query: reading.cut_text(text, tokenizer),
                                 self._live.show_cut)

    def _cleaned(self) -> Path | None:
        """The cleaned text, of now or older."""
        stage = self.session.standing.stages.get("cleaned")
        return stage.latest if stage is not None else None

    # what the user does

    def _on_train(self) -> None:
        self.session.run("tokenize")

    def _on_compare(self) -> None:
        sheet = ComparisonSheet(self.session, self._comparison, self)
        sheet.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        sheet.open()

    def _on_task(self) -> None:
        sheet = TaskSheet(self.session, self)
        sheet.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        sheet.open()

    def _on_passage(self) -> None:
        folder = self._cleaned()
        if folder is not None:
            fields = {"folder": str(folder), "number": random.randrange(1 << 30)}
            self.session.queries.look_up("tokenizer.passage", "corpus.passage", fields, self._live.take,
                                         self._on_no_passage)

    def commands(self) -> Sequence[Command]:
        """What can be done here."""
        return (Command(tr("Type a text to cut"), self._live.focus_box, "Ctrl+L"),
                Command(tr("Find a token"), self._on_find, "Ctrl+F"),
                Command(tr("Copy the ids of the text"), self._live.copy_ids),
                Command(tr("Task and first batch"), self._on_task),
                Command(tr("Import a tokenizer"), self._settings.choose_file),
                *([Command(tr("Compare tokenizers"), self._on_compare)] if self._cleaned() is not None else []))

    def _on_find(self) -> None:
        if self._vocabulary is not None:
            self._tabs.choose("vocabulary")
            self._arrange()
            self._table.search.setFocus()

    # how it is laid out

    def _on_narrowed(self, narrow: bool) -> None:
        self._settings.setFixedWidth(theme.px(298 if narrow else 326))
        self._live.set_compact(narrow)
        self._arrange()

    def _arrange(self) -> None:
        """Side by side in a wide window, one at a time in a narrow one; before there are any, a word instead."""
        known = self._vocabulary is not None
        set_shown(self._tabs, known and self.narrow)
        set_shown(self._nothing, not known)
        for key, card in self._cards.items():
            set_shown(card, known and (not self.narrow or key == self._tabs.value()))
