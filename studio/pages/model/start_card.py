"""What training begins with: nothing, an earlier model, or one from elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QFileDialog

from studio.i18n import tr
from studio.i18n.numbers import grouped, short
from studio.job_words import run_title
from studio.run_cards import RunCard
from studio.widgets import Button, Card, Segment, Text, row, set_shown
from studio.widgets.combo import Combo


class StartCard(Card):
    """Edits `recipe.start.run`; what follows from it is shown by the page."""

    def __init__(self, session: Any) -> None:
        super().__init__(name="model.start", padding=12)
        self._session = session
        self._kind = Segment([("nothing", tr("Nothing")), ("earlier", tr("An earlier model")),
                              ("imported", tr("An imported folder"))], name="model.start.kind", label=tr("Start from"))
        self._kind.chosen.connect(self._on_kind)
        self._runs = Combo(name="model.start.run", label=tr("Earlier model"))
        self._runs.chosen.connect(session.start_from)
        self._import = Button(tr("Import…"), "folder-open", self.ask_folder, "model.start.import")
        self._elsewhere = Button(tr("Of another project…"), "folder-open", self._on_elsewhere, "model.start.elsewhere")
        self._line = Text("", "caption", wrap=True, name="model.start.line")
        self._aside = Text(tr("A model that was trained or imported before learns a new text sooner."), "caption",
                           name="model.start.aside")
        self.add(row(Text(tr("Start from"), "label-strong"), self._kind, self._aside, self._runs, self._elsewhere,
                     self._import, None, spacing=10))
        self.add(self._line)

    def show_start(self, card: RunCard | None) -> None:
        """Show the settings as they are; `card` is the run that they name, as far as it could be read."""
        run = self._session.recipe.start.run
        kind = "nothing" if run is None else "imported" if card is not None and card.is_imported else "earlier"
        can_edit = self._session.project is not None and not self._session.read_only_because
        for widget in (self._kind, self._runs, self._import, self._elsewhere):
            widget.setEnabled(can_edit)
        self._kind.choose(kind)
        options = [(each.name, _title(each)) for each in self._possible(kind == "imported")]
        if run is not None and all(name != run for name, _ in options):
            options.append((run, _title(card) if card is not None else Path(run).name))
        self._runs.set_options(options, run or "")
        set_shown(self._runs, run is not None)
        set_shown(self._import, kind == "imported")
        set_shown(self._elsewhere, kind == "earlier")
        set_shown(self._aside, run is None)
        set_shown(self._line, run is not None)
        self._line.say(self._words(card))

    def _words(self, card: RunCard | None) -> str:
        if card is None:
            return tr("This run cannot be read any more. Choose another, or start from nothing.")
        return tr("{model} with {parameters} parameters and {pieces} pieces. Its shape and its tokenizer are taken "
                  "over; it stays as it is, and the new run keeps a copy.", model=tr(card.model),
                  parameters=short(card.parameters or 0), pieces=grouped(card.vocab_size or 0))

    def _possible(self, imported: bool) -> Sequence[RunCard]:
        """The runs to choose from, the newest first."""
        return [card for card in reversed(self._session.runs())
                if card.has_checkpoint and card.is_imported == imported]

    def _on_kind(self, kind: str) -> None:
        if kind == "nothing":
            self._session.start_from(None)
            return
        possible = self._possible(kind == "imported")
        if possible:
            self._session.start_from(possible[0].name)
        elif kind == "imported":
            self.ask_folder()
        else:
            self._on_elsewhere()
        self._kind.choose(self._kind_now())

    def _kind_now(self) -> str:
        run = self._session.recipe.start.run
        imported = {card.name for card in self._session.runs() if card.is_imported}
        return "nothing" if run is None else "imported" if run in imported else "earlier"

    def ask_folder(self) -> None:
        """Ask for a model from elsewhere and import it; when that is done, training begins with it."""
        path = QFileDialog.getExistingDirectory(self, tr("Choose a folder of Hugging Face, with config.json"))
        if path:
            self._session.import_model(Path(path))

    def _on_elsewhere(self) -> None:
        path = QFileDialog.getExistingDirectory(self, tr("Choose the folder of a run, with run.toml"))
        if path and (Path(path) / "run.toml").is_file():
            self._session.start_from(path)
        elif path:
            self._session.told.emit("warn", tr("That is not the folder of a run."),
                                    tr("A folder in runs of a project, with run.toml, was expected."))


def _title(card: RunCard) -> str:
    name = run_title(card.name)
    return tr("{name} · {size}", name=name, size=short(card.parameters)) if card.parameters else name
