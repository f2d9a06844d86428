"""The Export page: which model, in which format, and what was exported so far."""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QCoreApplication, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QGridLayout, QWidget

from engine.errors import EngineError
from engine.events import JobEnded
from engine.exchange.shelf import FOLDER, Shelved, shelved
from studio.i18n import counted, language, said, tr
from studio.i18n.numbers import ago, decimal, short
from studio.job_words import run_title
from studio.local_server import LocalServer
from studio.pages import Command, Page
from studio.pages.export.format_card import LINES, FormatCard
from studio.pages.export.offers import Offer, Offers, offers_for
from studio.pages.export.server_card import ServerCard
from studio.pages.export.shelf_card import ShelfCard
from studio.run_cards import RunCard
from studio.widgets import (
    Button,
    Card,
    EmptyState,
    PrimaryButton,
    Scroll,
    Segment,
    Spinner,
    Strip,
    Text,
    bare,
    column,
    row,
    set_shown,
)
from studio.widgets.combo import Combo

PRECISIONS = (("f32", tr("32 bit")), ("f16", tr("16 bit")), ("q8-0", tr("8 bit")))


class ExportPage(Page):
    """All figures come from the run's own files; exports are jobs of the engine."""

    def __init__(self, session: Any) -> None:
        self._open = Button(tr("Open export folder"), "folder-open", self._on_open, "export.open")
        super().__init__(tr("Export and serve"), tr("Take the model with you, or let other programs talk to it."),
                         [self._open])
        self.session = session
        self._cards: dict[str, FormatCard] = {}
        self._offers: dict[str, Offer] = {}
        self._shelf: list[Shelved] = []
        self._failed: dict[str, JobEnded] = {}
        self._asked: tuple[Any, ...] = ()
        self._model = Combo(name="export.model", label=tr("Model"))
        self._model.chosen.connect(self._on_choice)
        self._precision = Combo(PRECISIONS, "f32", "export.precision", tr("Precision of GGUF"))
        self._precision.setMinimumContentsLength(6)
        self._precision.chosen.connect(self._on_choice)
        self._about = Text("", "caption", wrap=True, name="export.about")
        choice = Card(name="export.choice", padding=12)
        line = row(Text(tr("Model"), "label"), self._model, self._about,
                   Text(tr("Precision of GGUF"), "label"), self._precision, spacing=10)
        line.setStretch(2, 1)
        choice.add(line)
        self._notice = Strip("info", closable=False, name="export.notice")
        inner = QWidget()
        self._grid = QGridLayout(inner)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(12)
        self._files = ShelfCard()
        self._files.shown.connect(self._on_show_folder)
        self._files.setFixedHeight(160)
        set_shown(self._files, False)
        self._looking = bare(row(Spinner(), Text(tr("Looking which formats fit"), "body", "text2"), None))
        self._left = bare(column(choice, self._notice, self._looking, Scroll(inner), self._files, spacing=12))
        self._left.layout().setStretch(3, 1)  # type: ignore[union-attr]
        self._server = LocalServer(self)
        self._serving = ServerCard(session, self._server)
        self._part = Segment([("export", tr("Formats")), ("serve", tr("Local server"))], name="export.part",
                             label=tr("What to show"))
        self._part.chosen.connect(lambda _key: self._fold())
        both = row(self._left, self._serving, spacing=14)
        both.setStretch(0, 1)
        self._whole = bare(column(bare(row(self._part, None)), bare(both), spacing=12), "export.whole")
        self._whole.layout().setStretch(1, 1)  # type: ignore[union-attr]
        self._empty = EmptyState("package-open", tr("No model yet"), tr("Train a model first."), [
            PrimaryButton(tr("Go to Train"), "flame", lambda: self.go.emit("train"), "export.train")], "export.empty")
        self.body.addWidget(self._whole, 1)
        self.body.addWidget(self._empty, 1)
        for signal in (session.opened, session.closed):
            signal.connect(self._forget)
        for signal in (session.opened, session.closed, session.stages_changed, session.job_changed):
            signal.connect(self._show)
        session.exported.connect(self._on_exported)
        language.changed.connect(self._on_language)
        self.narrowed.connect(self._on_narrowed)
        QCoreApplication.instance().aboutToQuit.connect(self._server.end)  # type: ignore[union-attr]
        self._on_narrowed(False)
        self._show()

    def entered(self) -> None:
        """Show the runs as they are now."""
        self._show()

    def _forget(self, *_: object) -> None:
        """What was told of the runs of another project."""
        self._failed, self._shelf, self._asked = {}, [], ()
        self._disable()

    def _disable(self) -> None:
        """Until it is known what fits the run that is chosen now."""
        set_shown(self._looking, True)
        for card in self._cards.values():
            card.setEnabled(False)

    # what is shown

    def _on_narrowed(self, narrow: bool) -> None:
        self._part.parentWidget().setVisible(narrow)
        self._serving.setMinimumWidth(0 if narrow else 352)
        self._serving.setMaximumWidth(16_777_215 if narrow else 352)
        self._place()
        self._fold()

    def _fold(self) -> None:
        """Both side by side where there is room, else the one that was chosen."""
        set_shown(self._left, not self.narrow or self._part.value() == "export")
        set_shown(self._serving, not self.narrow or self._part.value() == "serve")

    def _show(self) -> None:
        if not self.isVisible() and self.key:
            return
        cards = self._cards_of_runs()
        set_shown(self._whole, bool(cards))
        set_shown(self._empty, not cards)
        self._open.setEnabled(self.session.project is not None and bool(self.session.standing.exports))
        if not cards:
            return
        options = [(f"{card.name}/{which}", text) for card in reversed(cards)
                   for which, text in (("best", tr("{run}, best", run=run_title(card.name))),
                                       ("baseline", tr("{run}, its baseline", run=run_title(card.name))))
                   if which == "best" or (card.path / "checkpoints" / "baseline.safetensors").exists()]
        keys = [key for key, _ in options]
        if keys != [key for key, _ in self._model._options]:
            self._model.set_options(options, self._model.value() if self._model.value() in keys else "")
        card, which = self._chosen()
        if card is None:
            return
        self._about.say(self._words(card, which))
        self._ask(card, which)
        self._show_states()

    def _words(self, card: RunCard, which: str) -> str:
        if which == "baseline":
            return tr("n-gram model · {best} bits per byte", best=decimal(card.baseline)) \
                if card.baseline is not None else ""
        if card.best is None:
            return tr("{model} {parameters}", model=tr(card.model), parameters=short(card.parameters or 0))
        return tr("{model} {parameters} · {best} bits per byte", model=tr(card.model),
                  parameters=short(card.parameters or 0), best=decimal(card.best))

    def _ask(self, card: RunCard, which: str) -> None:
        wanted = (card.path, which, self._precision.value(), card.checkpoint_step, card.status,
                  self.session.standing.exports)
        if wanted != self._asked:
            if wanted[:3] != self._asked[:3]:
                self._disable()
            self._asked = wanted
            precision, project = self._precision.value(), self.session.project.path
            self.session.queries.ask("export offers", lambda _query: (offers_for(card.path, which, precision),
                                                                      shelved(project)), self._on_offers)

    def _on_offers(self, found: Any) -> None:
        if isinstance(found, EngineError):
            self._notice.tell("error", said(found.what), said(found.fix))
            set_shown(self._looking, False)
            return
        offers: Offers = found[0]
        self._shelf = found[1]
        self._offers = {each.format: each for each in offers.formats}
        order = [*LINES, *(kind for kind in self._offers if kind not in LINES)]
        if not self._cards:
            for kind in order:
                if kind in self._offers:
                    card = self._cards[kind] = FormatCard(self._offers[kind])
                    card.asked.connect(self._on_asked)
                    card.cancelled.connect(self._on_cancelled)
                    card.shown.connect(self._on_show)
            self._place()
        for each in self._cards.values():
            each.setEnabled(True)
        set_shown(self._looking, False)
        self._tell_notice(offers)
        self._files.show_shelf(self._shelf)
        set_shown(self._files, bool(self._shelf))
        self._show_states()

    def _tell_notice(self, offers: Offers) -> None:
        count, open_licences = len(offers.credits), sum(1 for source in self.session.sources if not source.licence)
        if open_licences:
            self._notice.tell("warn", counted("Licence not stated for {count} source",
                                              "Licence not stated for {count} sources", open_licences),
                              tr("Check that what was learned from it may be shared."))
        elif count:
            self._notice.tell("info", counted("{count} source asks for credit.", "{count} sources ask for credit.",
                                              count), tr("A NOTICE file goes into every export."))
        set_shown(self._notice, bool(count or open_licences))

    def _place(self) -> None:
        columns = 2
        for number, card in enumerate(self._cards.values()):
            self._grid.addWidget(card, number // columns, number % columns)
        for place in range(3):
            self._grid.setColumnStretch(place, int(place < columns))

    def _show_states(self) -> None:
        chosen, which = self._chosen()
        if chosen is None:
            return
        queue = self.session.exports
        waiting = {str(task.about) for task in queue.waiting}
        for kind, card in self._cards.items():
            card.show_offer(self._offers[kind], not self.session.read_only_because)
            last = next((each for each in self._shelf if (each.format, each.run, each.which)
                         == (kind, chosen.name, which)), None)
            about = f"{chosen.name}/{which}/{kind}"
            if about in self._failed and self._failed[about].status == "failed":
                word = self._failed[about]
                card.show_failed(said(word.what), " ".join(said(part) for part in (word.expected, word.fix) if part))
            elif last is not None and not self._offers[kind].why_not:
                card.show_done(last.size_bytes, ago(time.time() - last.time))
            if queue.current is not None and queue.current.about == about:
                progress = queue.series.progress
                done, total = (progress.done, progress.total) if progress else (0, None)
                card.show_busy(tr("Stopping") if queue.is_stopping() else tr("Reading back") if done else tr("Writing"),
                               done, total)
            else:
                card.show_busy(tr("Waiting") if about in waiting else "", 0, None)

    def _cards_of_runs(self) -> list[RunCard]:
        return [card for card in self.session.runs() if card.has_checkpoint]

    def _chosen(self) -> tuple[RunCard | None, str]:
        name, _, which = self._model.value().rpartition("/")
        return next((card for card in self._cards_of_runs() if card.name == name), None), which

    # what the user does

    def _on_choice(self, _key: str) -> None:
        self._show()

    def _on_asked(self, kind: str) -> None:
        card, which = self._chosen()
        if card is None:
            return
        self._failed.pop(f"{card.name}/{which}/{kind}", None)
        assignments = []
        if self._offers[kind].precisions:
            assignments.append(f"precision={self._precision.value()}")
        if kind == "report":
            assignments.append(f"language={language.current()}")
        self.session.export(card, which, kind, *assignments)
        self._show_states()

    def _on_cancelled(self, kind: str) -> None:
        queue, about = self.session.exports, f"{self._model.value()}/{kind}"
        if queue.current is not None and queue.current.about == about:
            queue.stop()
        for task in [task for task in queue.waiting if task.about == about]:
            queue.drop_waiting(task)
        self._show_states()

    def _on_exported(self, about: str, word: JobEnded) -> None:
        self._failed[about] = word
        self._asked = ()
        self._show()

    def _on_language(self) -> None:
        self._files.show_shelf(self._shelf)
        self._show()

    def _on_show(self, kind: str) -> None:
        chosen, which = self._chosen()
        last = next((each for each in self._shelf if chosen is not None and (each.format, each.run, each.which)
                     == (kind, chosen.name, which)), None)
        if last is not None:
            self._on_show_folder(last.folder)

    def _on_show_folder(self, name: str) -> None:
        if self.session.project is not None:
            _show_folder(self.session.project.path / FOLDER / name)

    def _on_open(self) -> None:
        if self.session.project is not None:
            _show_folder(self.session.project.path / FOLDER)

    def commands(self) -> Sequence[Command]:
        """What can be done here."""
        server = Command(tr("Copy the address of the local server"), self._serving.copy_address, "Ctrl+Shift+C")
        return server, *(Command(tr("Export: {format}", format=LINES[kind][1] if kind in LINES else tr(offer.title)),
                             partial(self._on_asked, kind))
                     for kind, offer in self._offers.items() if not offer.why_not)


def _show_folder(path: Path) -> None:
    if path.is_dir():
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))
