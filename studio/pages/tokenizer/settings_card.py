"""How the text is cut: kind, vocabulary size, options, and training."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QFileDialog

from engine.errors import EngineError
from engine.settings import fields_of, from_plain, member, members_of, to_plain
from engine.tokenizers.kinds.imported import Imported, imported
from engine.tokenizers.spec import LearnedSpec, TokenizerSpec
from studio.forms import RecipeForm, editor_for, problem_sentences
from studio.forms.optional import OptionalEditor
from studio.i18n import said, tr
from studio.job_words import run_title
from studio.pages.tokenizer.training import TrainingFoot
from studio.theme import theme
from studio.widgets import Button, Card, Line, Scroll, Segment, Text, bare, column, set_shown

SIZE = "tokenizer.vocab_size"
FIRST = ("bpe", "unigram", "byte-level", "character", "word")
"""The order of the kinds; those that are not named here follow in their own."""
FILES = "tokenizer.model, tokenizer.json (*.model *.json)"


class SettingsCard(Card):
    """Edits `recipe.tokenizer`; its `foot` trains."""

    def __init__(self, session: Any) -> None:
        super().__init__(name="tokenizer.settings", padding=14)
        self._session = session
        known = sorted(members_of(TokenizerSpec), key=lambda kind: (
            FIRST.index(kind.kind) if kind.kind in FIRST else len(FIRST), kind.kind))
        self.kind = Segment([(kind.kind, tr(kind.title)) for kind in known], name="tokenizer.kind", label=tr("Kind"),
                            columns=3)
        self.kind.chosen.connect(self._on_kind)
        self._summary = Text("", "label", wrap=True, name="tokenizer.summary")
        field = next(each for each in fields_of(LearnedSpec) if each.name == "vocab_size")
        editor = editor_for(field, SIZE)
        editor.edited.connect(session.edit)
        self._size = editor
        self._problem = Text("", "caption", "error", wrap=True, name="tokenizer.size-problem")
        self._hint = Text(tr("More pieces make shorter sequences but leave fewer examples for each."), "caption",
                          wrap=True)
        self._sizes = bare(column(Text(tr("Vocabulary size"), "label-strong"), self._size, self._problem, self._hint))
        self._file = Text("", "body", wrap=True, name="tokenizer.file")
        self._file_problem = Text("", "caption", "error", wrap=True, name="tokenizer.file-problem")
        self._files = bare(column(
            Text(tr("File"), "label-strong"), self._file, self._file_problem,
            Button(tr("Choose a file…"), "folder-open", self.choose_file, "tokenizer.choose-file", size="small")))
        self._form = RecipeForm(session, "tokenizer", leave_out=("vocab_size", "path", "digest"), label_width=104)
        self._taken_over = Text("", "body", wrap=True, name="tokenizer.taken-over")
        self._symbols = RecipeForm(session, "tokenizer", only=("user_symbols",), label_width=104,
                                    advanced_open=True)
        self.foot = TrainingFoot()
        self._own = bare(column(Text(tr("Kind"), "label-strong"), self.kind, self._summary, 4, self._sizes, self._files,
                                4, Line(), 4, self._form))
        settings = column(self._own, self._taken_over, self._symbols, None)
        self.add(Scroll(bare(settings)), 1)
        self.add(self.foot)
        self._problem.hide()
        self._file_problem.hide()
        self._size.setMinimumHeight(theme.px(32))

    def show_settings(self, advised_size: int | None) -> None:
        """Show the recipe as it is; `advised_size` is what Wenlu chose when it was last left to it."""
        spec, start = self._session.recipe.tokenizer, self._session.recipe.start
        set_shown(self._own, start.run is None)
        for widget in (self._taken_over, self._symbols):
            set_shown(widget, start.run is not None)
        if start.run is not None:
            self._taken_over.say(tr("Training goes on from {run}, whose model knows only its own tokenizer: that one "
                                    "is taken over. Special tokens are added to it here, and pieces learned on the "
                                    "new text on the Model page.", run=run_title(Path(start.run).name)))
        self.kind.choose(spec.kind)
        self._summary.say(tr(type(spec).summary()))
        set_shown(self._sizes, isinstance(spec, LearnedSpec))
        set_shown(self._files, isinstance(spec, Imported))
        if isinstance(self._size, OptionalEditor):
            self._size.show_advice(advised_size)
        self._size.show_value(spec.wanted_size)
        if isinstance(spec, Imported):
            self._file.say(Path(spec.path).name)
            self._file.setToolTip(spec.path)
        can_edit = self._session.project is not None and not self._session.read_only_because
        for widget in (self.kind, self._size, self._files):
            widget.setEnabled(can_edit)
        problem = next((each for each in self._session.problems() if ".".join(each.path) == SIZE), None)
        self._problem.say(problem_sentences(problem) if problem else "")
        set_shown(self._problem, problem is not None)

    def choose_file(self) -> None:
        """Ask for a tokenizer that was trained elsewhere, and look at it beside the window."""
        path = QFileDialog.getOpenFileName(self, tr("Choose a tokenizer"), "", FILES)[0]
        if path:
            self.take_file(Path(path))

    def take_file(self, path: Path) -> None:
        """Use a tokenizer from elsewhere, unless it is none."""
        set_shown(self._file_problem, False)
        self._session.queries.ask("tokenizer.import", lambda _query: imported(path), self._on_imported,
                                  self._on_not_imported)

    def _on_imported(self, spec: Imported) -> None:
        kept = {"user_symbols": list(self._session.recipe.tokenizer.user_symbols)}
        self._session.edit("tokenizer", {**to_plain(spec), **kept})

    def _on_not_imported(self, error: EngineError) -> None:
        self._file_problem.say(said(error.what, error.expected, error.fix))
        set_shown(self._file_problem, True)
        set_shown(self._files, True)
        self.kind.choose(self._session.recipe.tokenizer.kind)

    def _on_kind(self, kind: str) -> None:
        """Change the kind and keep the settings that both have; an imported one needs its file first."""
        spec = self._session.recipe.tokenizer
        if issubclass(member(TokenizerSpec, kind), Imported):
            self.kind.choose(spec.kind)
            self.choose_file()
            return
        known = {each.name for each in fields_of(member(TokenizerSpec, kind))}
        plain = {name: value for name, value in to_plain(spec).items() if name in known}
        try:
            from_plain(member(TokenizerSpec, kind), plain)
        except EngineError:
            plain = {}
        if not self._session.edit("tokenizer", {**plain, "kind": kind}):
            self.kind.choose(spec.kind)
