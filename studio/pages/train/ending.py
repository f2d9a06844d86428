"""How a run ended, when it did not end well: what happened, what is safe, the way out."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from engine.runs.series import RunSeries
from studio.i18n import tr
from studio.i18n.numbers import grouped
from studio.widgets import Button, ErrorCard, Strip


class Ending(QWidget):
    """Hidden while a run lives or is done; `continue_asked` when the user wants it to go on."""

    continue_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("train.ending")
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._shown: tuple[object, ...] = ()
        self.hide()

    def show_ending(self, status: str, series: RunSeries, output: str, can_continue: bool) -> None:
        """Show how the run in focus ended, if there is something to say or do."""
        ended = series.ended
        shown = (status, ended, len(series.checkpoints), can_continue)
        if shown == self._shown:
            return
        self._shown = shown
        while (item := self._layout.takeAt(0)) is not None:
            item.widget().deleteLater()
        self.setVisible(status in ("cut-off", "stopped", "failed"))
        saved = series.checkpoints[-1].step if series.checkpoints else None
        safe = tr("Everything up to step {step} is saved.", step=grouped(saved)) if saved is not None else \
            tr("Nothing was saved yet.")
        go_on = Button(tr("Continue"), "play", self.continue_asked.emit, "train.continue")
        if status == "failed" and ended is not None:
            fix = tr(ended.fix) if ended.fix else ""
            card = ErrorCard(tr(ended.what), tr("{expected} {safe}", expected=tr(ended.expected), safe=safe), fix,
                             [go_on] if can_continue else [], ended.details, "train.error")
            self._layout.addWidget(card)
        elif status == "cut-off":
            card = ErrorCard(tr("The engine ended without a last word."), safe,
                             tr("Continue goes on from there, to the same end."),
                             [go_on] if can_continue else [], output, "train.error")
            self._layout.addWidget(card)
        elif status == "stopped":
            self._layout.addWidget(Strip("info", tr("Stopped."), safe, [go_on] if can_continue else [],
                                         closable=False, name="train.stopped"))


