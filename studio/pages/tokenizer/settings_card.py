"""How the text is cut: kind, vocabulary size, options, and training."""

from __future__ import annotations

from typing import Any

from engine.errors import EngineError
from engine.settings import fields_of, from_plain, kinds, member, to_plain
from engine.tokenizers.spec import TokenizerSpec
from studio.forms import RecipeForm, editor_for, problem_sentences
from studio.forms.optional import OptionalEditor
from studio.i18n import tr
from studio.pages.tokenizer.training import TrainingFoot
from studio.theme import theme
from studio.widgets import Card, Line, Scroll, Segment, Text, bare, column, set_shown

SIZE = "tokenizer.vocab_size"


class SettingsCard(Card):
    """Edits `recipe.tokenizer`; its `foot` trains."""

    def __init__(self, session: Any) -> None:
        super().__init__(name="tokenizer.settings", padding=14)
        self._session = session
        options = [(kind, tr(member(TokenizerSpec, kind).title)) for kind in kinds(TokenizerSpec)]
        self.kind = Segment(options, name="tokenizer.kind", label=tr("Kind"))
        self.kind.chosen.connect(self._on_kind)
        for kind, _ in options:
            self.kind.button(kind).setStyleSheet("padding: 0 5px;")
        self._summary = Text("", "label", wrap=True, name="tokenizer.summary")
        field = next(each for each in fields_of(TokenizerSpec) if each.name == "vocab_size")
        editor = editor_for(field, SIZE)
        editor.edited.connect(session.edit)
        self._size = editor
        self._problem = Text("", "caption", "error", wrap=True, name="tokenizer.size-problem")
        self._hint = Text(tr("More pieces make shorter sequences but leave fewer examples for each."), "caption",
                          wrap=True)
        self._form = RecipeForm(session, "tokenizer", leave_out=("vocab_size",), label_width=104)
        self.foot = TrainingFoot()
        settings = column(
            Text(tr("Kind"), "label-strong"), self.kind, self._summary, 4,
            Text(tr("Vocabulary size"), "label-strong"), self._size, self._problem, self._hint, 4,
            Line(), 4, self._form, None)
        self.add(Scroll(bare(settings)), 1)
        self.add(self.foot)
        self._problem.hide()
        self._size.setMinimumHeight(theme.px(32))

    def show_settings(self, advised_size: int | None) -> None:
        """Show the recipe as it is; `advised_size` is what Wenlu chose when it was last left to it."""
        spec = self._session.recipe.tokenizer
        self.kind.choose(spec.kind)
        self._summary.say(tr(type(spec).summary()))
        if isinstance(self._size, OptionalEditor):
            self._size.show_advice(advised_size)
        self._size.show_value(spec.vocab_size)
        can_edit = self._session.project is not None and not self._session.read_only_because
        self.kind.setEnabled(can_edit)
        self._size.setEnabled(can_edit)
        problem = next((each for each in self._session.problems() if ".".join(each.path) == SIZE), None)
        self._problem.say(problem_sentences(problem) if problem else "")
        set_shown(self._problem, problem is not None)

    def _on_kind(self, kind: str) -> None:
        """Change the kind and keep the settings that both have."""
        spec = self._session.recipe.tokenizer
        known = {each.name for each in fields_of(member(TokenizerSpec, kind))}
        plain = {name: value for name, value in to_plain(spec).items() if name in known}
        try:
            from_plain(member(TokenizerSpec, kind), plain)
        except EngineError:
            plain = {}
        if not self._session.edit("tokenizer", {**plain, "kind": kind}):
            self.kind.choose(spec.kind)
