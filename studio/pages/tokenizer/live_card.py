"""Try it: any text as its tokens, while it is typed."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPlainTextEdit

from engine.tokenizers.inspection import made_of
from studio.i18n import counted, tr, words
from studio.i18n.numbers import decimal, grouped
from studio.pages.tokenizer.reading import MOST_CHARACTERS, CutText, Vocabulary
from studio.theme import theme
from studio.widgets import Card, IconButton, Panel, QuietButton, Text, TokenChips, row, set_shown
from studio.widgets.chips import visible

SAMPLE = ("The old kettle sang before the guest had sat down. 掌柜笑着说：“客官，这茶可是今年的新茶。” "
          "Bill no. 2026 囍")
REST_MILLISECONDS = 60


class LiveCard(Card):
    """`typed` carries the text once the typing rests; `pointed` the id of the token walked to."""

    typed = Signal(str)
    pointed = Signal(int)
    passage_asked = Signal()

    def __init__(self) -> None:
        super().__init__(tr("Try it"), tr("Type anything. Tokens update as you type."), name="tokenizer.live",
                         padding=14)
        self._figures = [Text("–", "card", name=f"tokenizer.{key}") for key in ("tokens", "bytes", "ratio")]
        self._units = [Text(tr(unit), "label") for unit in ("tokens", "bytes", "bytes per token")]
        for figure, unit in zip(self._figures, self._units, strict=True):
            self.add_action(figure)
            self.add_action(unit)
        self.box = QPlainTextEdit(SAMPLE)
        self.box.setObjectName("tokenizer.text")
        self.box.setTabChangesFocus(True)
        words(self.box.setAccessibleName, "Text to cut into tokens")
        words(self.box.setPlaceholderText, "Type or paste any text.")
        self.chips = TokenChips(tr("Tokens of the text"), "tokenizer.chips")
        self.chips.focused.connect(self._on_focused)
        self._note = Text("", "caption", wrap=True, name="tokenizer.note")
        self._line = Panel("tokenizer.inspector", 8, "right")
        self._piece = Text("", "label-strong", name="tokenizer.piece")
        self._facts = Text("", "label", name="tokenizer.facts")
        self._line.add(self._piece)
        self._line.add(self._facts)
        self._copy = QuietButton(tr("Copy ids"), "copy", self.copy_ids, "tokenizer.copy-ids", size="small")
        self._passage = IconButton("shuffle", tr("Take a passage from the corpus"), self.passage_asked.emit,
                                   "tokenizer.passage", "small")
        self.add(self.box)
        self.add(self.chips, 1)
        self.add(self._note)
        self.add(row(self._line, None, self._passage, self._copy))
        self._vocabulary: Vocabulary | None = None
        self._cut = CutText((), 0, True)
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(REST_MILLISECONDS)
        self._rest.timeout.connect(lambda: self.typed.emit(self.text()))
        self.box.textChanged.connect(self._rest.start)
        theme.changed.connect(self._fit)
        self._fit()
        self.show_piece(-1)

    def text(self) -> str:
        """The text in the box."""
        return self.box.toPlainText()

    def _fit(self) -> None:
        self.box.setFixedHeight(self.box.fontMetrics().lineSpacing() * 3 + 20)

    def set_compact(self, compact: bool) -> None:
        """Drop what is not needed in a narrow window."""
        set_shown(self.caption, not compact)

    def show_vocabulary(self, vocabulary: Vocabulary | None) -> None:
        """The tokenizer whose tokens come next; None shows bytes."""
        self._vocabulary = vocabulary
        self.show_piece(-1)

    def show_cut(self, cut: CutText) -> None:
        """Show the tokens of the text."""
        self._cut = cut
        kept = self.chips.current() if cut.chips == self.chips.chips() else -1
        if kept < 0:
            self.chips.set_chips(cut.chips)
            self.show_piece(-1)
        tokens = len(cut.chips)
        for figure, text in zip(self._figures, (grouped(tokens), grouped(cut.size_bytes),
                                                decimal(cut.size_bytes / tokens, 1) if tokens else "–"), strict=True):
            figure.say(text)
        self._units[0].say(counted("token", "tokens", tokens))
        if not cut.is_whole:
            self._note.say(tr("Only the first {count} characters are cut here.", count=grouped(MOST_CHARACTERS)))
        elif self._vocabulary is None:
            self._note.say(tr("No tokenizer is trained yet: the text is spelled in bytes, one token each."))
        else:
            self._note.say("")
        set_shown(self._note, bool(self._note.text()))
        self._copy.setEnabled(tokens > 0)

    def show_piece(self, each: int) -> None:
        """Say all that is known of a token; -1 says how to point at one."""
        vocabulary = self._vocabulary
        if each < 0:
            self._piece.say("")
            self._facts.say(tr("Click a token, or walk with ← →."))
        elif vocabulary is None:
            self._piece.say("")
            self._facts.say(tr("byte {value} · id {id}", value=f"{each - 4:02X}", id=each))
        else:
            self._piece.say(visible(vocabulary.pieces[each]))
            self._facts.say(_facts(vocabulary, each))
        set_shown(self._piece, bool(self._piece.text()))

    def can_take_passage(self, can: bool) -> None:
        """Whether there is cleaned text to take a passage from."""
        set_shown(self._passage, can)

    def copy_ids(self) -> None:
        """Put the ids of all tokens on the clipboard."""
        QGuiApplication.clipboard().setText(" ".join(str(chip.id) for chip in self._cut.chips))

    def focus_box(self) -> None:
        """Put the cursor into the text."""
        self.box.setFocus()
        self.box.selectAll()

    def take(self, text: str) -> None:
        """Put another text into the box."""
        self.box.setPlainText(text)

    def _on_focused(self, number: int) -> None:
        if 0 <= number < len(self._cut.chips):
            self.show_piece(self._cut.chips[number].id)
            self.pointed.emit(self._cut.chips[number].id)


def _facts(vocabulary: Vocabulary, each: int) -> str:
    """One line about a piece: id, rank, how often it was seen, what it was merged from."""
    rank = vocabulary.rank(each)
    parts = made_of(vocabulary.tokenizer, each)
    if rank is None or vocabulary.counts is None:
        return tr("id {id}", id=each)
    seen = grouped(int(vocabulary.counts[each]))
    if parts is None:
        return tr("id {id} · seen {seen} times · rank {rank}", id=each, seen=seen, rank=grouped(rank))
    return tr("id {id} · seen {seen} times · rank {rank} · made of {left} + {right}", id=each, seen=seen,
              rank=grouped(rank), left=visible(parts[0]), right=visible(parts[1]))
