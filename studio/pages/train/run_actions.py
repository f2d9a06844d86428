"""What can be done with runs from the Train page: variants, notes, comparing, deleting with undo."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QDialog, QWidget

from engine.errors import EngineError
from studio.i18n import said, tr
from studio.pages.train.about_sheet import AboutSheet
from studio.pages.train.compare_sheet import CompareSheet
from studio.pages.train.runs_card import RunsCard
from studio.pages.train.shelf import Shelf
from studio.pages.train.variant_sheets import SweepSheet, WhatIfSheet
from studio.widgets import Button, Strip

MOST_COMPARED = 24


class RunActions(QObject):
    """Opens the sheets; `undo` is the strip that brings a deleted run back. `overlay` asks for a run in the plot."""

    overlay = Signal(str)
    undo_shown = Signal(bool)

    def __init__(self, session: Any, shelf: Shelf, card: RunsCard, page: QWidget) -> None:
        super().__init__(page)
        self._session, self._shelf, self._page = session, shelf, page
        self.undo = Strip(name="train.deleted")
        self.undo.closed.connect(self._hide_undo)
        self.sheet: QDialog | None = None
        card.wished.connect(self._on_wished)
        card.sweep_asked.connect(self.sweep)
        history = getattr(session, "history", None)
        if history is not None:
            history.discarded.connect(self._on_discarded)
            history.restored.connect(self._on_restored)
            session.job_started.connect(self._on_job_started)
            for left in (session.opened, session.closed):
                left.connect(self._hide_undo)

    def compare(self, names: list[str]) -> None:
        """Show runs side by side: these, or the newest where they are fewer than two."""
        chosen = names if len(names) > 1 else self._shelf.names()[-MOST_COMPARED:]
        self._open(CompareSheet(self._shelf, chosen, self._page))
        self._shelf.grew.emit()

    def sweep(self) -> None:
        """Choose settings with their values, and train over them."""
        self._open(SweepSheet(self._session, self._page))

    def _on_wished(self, what: str, name: str) -> None:
        card = self._shelf.card(name)
        if what == "delete":
            self._session.history.discard(name)
        elif card is not None and what == "describe":
            self._open(AboutSheet(self._session, name, card.about, self._page))
        elif card is not None:
            try:
                self._open(WhatIfSheet(self._session, name, self._shelf.title(name), card.settings, self._page))
            except EngineError as error:  # a run of an older or a newer Wenlu
                self._session.told.emit("error", said(error.what), said(error.expected, error.fix))

    def _open(self, sheet: QDialog) -> None:
        sheet.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.sheet = sheet
        sheet.open()

    def _on_discarded(self, name: str) -> None:
        button = Button(tr("Undo"), "undo-2", self._session.history.restore, "train.deleted.undo", size="small")
        self.undo.tell("info", tr("{run} is deleted.", run=self._shelf.title(name)),
                       tr("Until you empty it, it lies in the folder “trash” of the project."), [button])
        self.undo_shown.emit(True)
        self._shelf.forget(name)

    def _hide_undo(self) -> None:
        self.undo.hide()
        self.undo_shown.emit(False)

    def _on_restored(self, name: str) -> None:
        self._hide_undo()
        self._shelf.forget(name)

    def _on_job_started(self, verb: str, name: str) -> None:
        """A variant of a run is laid over that run."""
        about = self._session.job_about()
        if verb == "train" and isinstance(about, tuple) and about and about[0]:
            self.overlay.emit(str(about[0]))
