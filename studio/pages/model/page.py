"""The Model page: choose shape and size with their consequences in sight."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from engine.errors import EngineError
from engine.models.spec import ModelSpec, Size
from engine.settings import from_plain, kinds, member
from engine.training.memory import expected_bytes
from studio.forms import RecipeForm
from studio.i18n import tr
from studio.pages import Command, Page
from studio.pages.model.diagram import Diagram
from studio.pages.model.family_card import FamilyCard
from studio.pages.model.going_on import Elsewhere, GoingOnCard
from studio.pages.model.size_card import SizeCard, resized
from studio.pages.model.start_card import StartCard
from studio.run_cards import RunCard
from studio.widgets import Button, Card, PrimaryButton, Scroll, Text, bare, column, row, set_shown

ASSUMED_TOKENS, EPOCHS = 1_000_000, 10
"""How much is read in all, about, before a plan is made: the usual batch depends on it a little."""

ASSUMED_VOCABULARY = 8000
CARDS = {"hmm": ("Hidden Markov", "States behind the words", "a minute · to look into", "shuffle"),
         "n-gram": ("n-gram", "Counts word runs", "seconds · the baseline", "table"),
         "rnn": ("Recurrent net", "A memory read along", "minutes · small texts", "refresh-cw"),
         "transformer": ("Transformer", "Attention", "minutes to hours · best", "network")}
EXPORTS = {"fast": "Fast: learns soonest on a CPU. Other programs do not know this shape; it works in Wenlu.",
           "llama": "Llama: known to most other programs.",
           "own": "With experts this shape works in Wenlu only.",
           "mistral": "Llama with an attention window: other programs know it as Mistral.",
           "gpt2": "GPT-2: known to many other programs."}


class ModelPage(Page):
    """The recipe's model, or what Wenlu would choose."""

    def __init__(self, session: Any) -> None:
        self._train = PrimaryButton(tr("Train this model"), "flame", self._on_train, "model.train")
        super().__init__(tr("Model"), tr("Change the size; the rest follows."), [self._train])
        self.session = session
        self._cards = {"": FamilyCard("", tr("Let Wenlu choose"), tr("Largest that fits the time"),
                                      tr("measured on this machine"), "wand-sparkles")}
        for kind in kinds(ModelSpec):
            title, line, cost, icon = CARDS.get(kind, (member(ModelSpec, kind).title, "", "", "network"))
            self._cards[kind] = FamilyCard(kind, tr(title), tr(line), tr(cost), icon)
        families = row(spacing=14)
        for card in self._cards.values():
            card.chosen.connect(self._on_family)
            families.addWidget(card, 1)
        self._families = bare(families)
        self._start, self._elsewhere = StartCard(session), Elsewhere(session, self._show)
        self.body.addWidget(self._start)
        self.body.addWidget(self._families)
        self._size, self._diagram = SizeCard(), Diagram()
        self._size.dialled.connect(self._on_dialled)
        self._form = RecipeForm(session, "model")
        advanced = Card(tr("Settings"), name="model.settings", padding=14)
        advanced.add(Scroll(self._form), 1)
        self._shape_note = Text("", "caption", wrap=True)
        advanced.add(self._shape_note)
        self._auto = Card(tr("Left to Wenlu"), name="model.auto", padding=14)
        self._auto.add(Text(tr("When training starts, Wenlu measures this machine and takes the largest model that "
                               "can read the text often enough in the time. What it chose is listed on the Train "
                               "page."), "body", "text2", wrap=True))
        self._auto.add(row(Button(tr("Choose by hand"), "sliders-horizontal", self._on_by_hand, "model.by-hand"), None))
        self._auto.body.addStretch(1)
        self._going_on = GoingOnCard(session)
        left = bare(column(self._size, self._going_on, advanced, self._auto, spacing=12))
        for place in (1, 2, 3):
            left.layout().setStretch(place, 1)  # type: ignore[union-attr]
        left.setFixedWidth(392)
        self._left, self._advanced = left, advanced
        self._architecture = Card(tr("Architecture"), tr("Click a block to edit it"),
                                  [Text(tr("parameters"), "caption")], name="model.architecture", padding=14)
        self._architecture.add(self._diagram, 1)
        self._diagram.pressed.connect(self._on_block)
        columns = row(left, spacing=14)
        columns.addWidget(self._architecture, 1)
        self.body.addLayout(columns, 1)
        self.narrowed.connect(lambda narrow: left.setFixedWidth(350 if narrow else 392))
        for signal in (session.changed, session.opened, session.closed, session.stages_changed):
            signal.connect(self._show)
        self._show()

    def entered(self) -> None:
        """Show the model as it is now."""
        self._show()

    def _show(self) -> None:
        if not self.isVisible() and self.key:
            return
        spec: ModelSpec | None = self.session.recipe.model
        begun = self._elsewhere.card()
        earlier = _read_model(begun.model_settings) if begun is not None else None
        self._start.show_start(begun)
        is_begun = self.session.recipe.start.run is not None
        set_shown(self._families, not is_begun)
        set_shown(self._going_on, is_begun)
        self._going_on.show_model(earlier, spec)
        for kind, card in self._cards.items():
            card.set_chosen(kind == (spec.kind if spec else ""))
        if is_begun:
            self._show_earlier(earlier, begun)
            return
        shown = spec or self._last_chosen()
        self._advanced.setVisible(spec is not None)
        self._auto.setVisible(spec is None)
        self._size.setVisible(shown is not None)
        if shown is None:
            self._diagram.show_size(None)
            self.head.say(tr("Wenlu chooses when training starts."))
            return
        vocabulary, tokens = self._of_the_text()
        size = _size_of(shown, vocabulary or ASSUMED_VOCABULARY, tokens)
        if size is None:
            return
        needed = expected_bytes(shown, size, self.session.recipe.training, EPOCHS * (tokens or ASSUMED_TOKENS))
        self._size.show_model(shown, size, needed, tokens, self._flops_per_second(), vocabulary is None)
        self._diagram.show_size(size)
        self._architecture.set_caption(tr("Click a block to edit it") if spec is not None else "")
        self._shape_note.say(tr(EXPORTS[_exported_as(shown)]) if hasattr(shown, "shape") else "")
        self.head.say(tr("Chosen by Wenlu for the last run.") if spec is None
                      else tr("Change the size; the rest follows."))

    def _show_earlier(self, earlier: ModelSpec | None, card: RunCard | None) -> None:
        """The model that training goes on with, and what that costs in the way that was chosen."""
        self._advanced.setVisible(self.session.recipe.model is not None)
        self._auto.hide()
        self._size.setVisible(earlier is not None)
        self.head.say(tr("Training goes on from an earlier model."))
        size = None
        if earlier is not None and card is not None and card.vocab_size is not None:
            grown = card.vocab_size + self.session.recipe.start.new_pieces
            size = self.session.recipe.start.method.size_of(earlier, grown, grown > card.vocab_size)
            tokens = self._of_the_text()[1]
            needed = expected_bytes(earlier, size, self.session.recipe.training,
                                    EPOCHS * (tokens or ASSUMED_TOKENS))
            self._size.show_model(earlier, size, needed, tokens, self._flops_per_second(), False)
            self._size.show_learning(size)
        self._diagram.show_size(size)
        self._architecture.set_caption("")
        self._shape_note.say("")

    def _last_trained(self) -> RunCard | None:
        """The newest run whose model is known."""
        return next((card for card in reversed(self.session.runs())
                     if card.resolved_model and not card.is_imported), None)

    def _last_chosen(self) -> ModelSpec | None:
        """The model of the newest run, as what Wenlu would choose about."""
        card = self._last_trained()
        return _read_model(card.resolved_model) if card is not None else None

    def _of_the_text(self) -> tuple[int | None, int | None]:
        """Vocabulary and training tokens of the newest token files, as of the last look at the disk."""
        summary = self.session.standing.summary("tokens")
        train = summary.get("splits", {}).get("train", {})
        return summary.get("vocab_size"), train.get("tokens")

    def _flops_per_second(self) -> float | None:
        """What this machine did in the newest run, from its log."""
        card, chosen = self._last_trained(), self._last_chosen()
        vocabulary, _ = self._of_the_text()
        if card is None or card.tokens_per_second is None or chosen is None or vocabulary is None:
            return None
        size = _size_of(chosen, vocabulary, None)
        return card.tokens_per_second * size.flops_per_token if size else None

    # what the user does

    def _on_family(self, kind: str) -> None:
        current = self.session.recipe.model
        if kind == (current.kind if current else ""):
            return
        self.session.edit("model", {"kind": kind} if kind else None)

    def _on_by_hand(self) -> None:
        chosen = self._last_chosen()
        self.session.edit("model", chosen if chosen is not None else {"kind": "transformer"})

    def _on_dialled(self, key: str) -> None:
        spec = self.session.recipe.model or self._last_chosen()
        if spec is not None:
            self.session.edit("model", resized(spec, key))

    def _on_block(self, name: str) -> None:
        if self._form.form is not None:
            self._form.form.focus(name)

    def _on_train(self) -> None:
        if self.session.train():
            self.go.emit("train")

    def commands(self) -> Sequence[Command]:
        """What can be done here."""
        titles = {kind: tr(CARDS[kind][0]) if kind in CARDS else tr("Let Wenlu choose") for kind in self._cards}
        own = Command(tr("Import a model"), self._start.ask_folder)
        return (own, *(Command(tr("Choose: {model}", model=title), lambda kind=kind: self._on_family(kind), str(number))
                     for number, (kind, title) in enumerate(titles.items(), 1)))


def _read_model(plain: dict[str, Any]) -> ModelSpec | None:
    """A model from a run's settings; None for one that this Wenlu does not know."""
    try:
        return from_plain(member(ModelSpec, str(plain.get("kind"))), plain)
    except EngineError:
        return None


def _exported_as(spec: Any) -> str:
    """Which of the sentences about other programs holds for a Transformer."""
    if spec.shape == "llama" and spec.n_experts > 1:
        return "own"
    return "mistral" if spec.shape == "llama" and spec.window is not None else str(spec.shape)


def _size_of(spec: ModelSpec, vocabulary: int, tokens: int | None) -> Size | None:
    """The size of a model; None while its settings contradict each other."""
    if spec.problems():
        return None
    sized = getattr(spec, "size_for", None)
    return sized(vocabulary, tokens) if sized is not None and tokens else spec.size(vocabulary)
