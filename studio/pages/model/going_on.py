"""How an earlier model goes on learning: the method, and what may be set anew."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from engine.errors import EngineError
from engine.models.spec import ModelSpec
from engine.runs.folder import RunFolder
from engine.settings import members_of
from engine.training.beginning import differences
from engine.training.method import MethodSpec
from engine.training.start import StartSpec
from studio.forms.spec_form import SpecForm
from studio.i18n import tr
from studio.run_cards import RunCard, read_card
from studio.widgets import Button, Card, Scroll, Segment, Text, bare, column, row, set_shown

NARROW = 104
"""Width of labels; controls that need more room stand below theirs."""


class GoingOnCard(Card):
    """Edits `recipe.start` but for the run itself."""

    def __init__(self, session: Any) -> None:
        super().__init__(tr("How it goes on"), name="model.going-on", padding=14)
        self._session = session
        self._earlier: ModelSpec | None = None
        members = members_of(MethodSpec)  # type: ignore[type-abstract]
        self._method = Segment([(each.kind, tr(each.title)) for each in members], name="model.method",
                               label=tr("Method"))
        self._method.chosen.connect(lambda kind: session.edit("start.method.kind", kind))
        self._words = Text("", "caption", wrap=True)
        self._forms = {each.kind: SpecForm(each, "start.method", label_width=NARROW) for each in members}
        self._others = SpecForm(StartSpec, "start", leave_out=("run", "method"), label_width=NARROW)
        for form in (*self._forms.values(), self._others):
            form.edited.connect(session.edit)
        self.add(row(self._method, None))
        self.add(self._words)
        self.add(Scroll(bare(column(*self._forms.values(), self._others, None))), 1)
        self._problem = Text("", "caption", "error", wrap=True, name="model.going-on.problem")
        self._again = Button(tr("Take the earlier shape"), "undo-2", lambda: session.edit("model", None),
                             "model.going-on.reset", size="small")
        self._by_hand = Button(tr("Set dropout and context"), "sliders-horizontal", self._on_by_hand,
                               "model.going-on.by-hand", size="small")
        self.add(self._problem)
        self.add(row(self._by_hand, self._again, None))

    def show_model(self, earlier: ModelSpec | None, chosen: ModelSpec | None) -> None:
        """Show whether the model that was set fits the earlier one."""
        self._earlier = earlier
        start = self._session.recipe.start
        self._method.choose(start.method.kind)
        self._words.say(tr(start.method.summary()))
        can_edit = self._session.project is not None and not self._session.read_only_because
        for kind, form in self._forms.items():
            set_shown(form, kind == start.method.kind)
        for form, value in ((self._forms[start.method.kind], start.method), (self._others, start)):
            form.show_value(value)
            form.show_problems(self._session.problems())
        for widget in (self._method, self._others, self._by_hand, self._again, *self._forms.values()):
            widget.setEnabled(can_edit)
        wrong = differences(earlier, chosen) if earlier is not None and chosen is not None else []
        if wrong:
            name, before, now = wrong[0]
            self._problem.say(tr("{setting} is {before} in the earlier model and {now} in the settings: weights of one "
                                 "shape do not fit another.", setting=name, before=before, now=now))
        set_shown(self._problem, bool(wrong))
        set_shown(self._by_hand, chosen is None and earlier is not None)
        set_shown(self._again, chosen is not None)

    def _on_by_hand(self) -> None:
        if self._earlier is not None:
            self._session.edit("model", self._earlier)


class Elsewhere:
    """The run that the settings name: one of this project, or one elsewhere, which is read beside the window."""

    def __init__(self, session: Any, told: Callable[[], None]) -> None:
        self._session, self._told = session, told
        self._asked = ""
        self._card: RunCard | None = None

    def card(self) -> RunCard | None:
        """What is known of it by now."""
        run = self._session.recipe.start.run
        own = next((card for card in self._session.runs() if card.name == run), None)
        if run is None or own is not None or self._session.project is None:
            return own
        folder = self._session.recipe.start.folder(self._session.project.path)
        if str(folder) != self._asked:
            self._asked, self._card = str(folder), None
            self._session.queries.ask("model.start", lambda _query: _read(folder), self._on_read, self._on_not_read)
        return self._card

    def _on_read(self, card: RunCard | None) -> None:
        self._card = card
        self._told()

    def _on_not_read(self, _error: EngineError) -> None:
        self._told()


def _read(folder: Path | None) -> RunCard | None:
    if folder is None or not (folder / "run.toml").is_file():
        return None
    return read_card(RunFolder(folder))
