"""The curves of the project's runs: the living one as it grows, the others read once beside the window."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject, Signal

from engine.errors import EngineError
from engine.runs.series import RunSeries
from studio.job_words import run_title
from studio.pages.train.runs_card import RunLine
from studio.run_cards import RunCard


class Shelf(QObject):
    """Asks the session; `grew` tells that a run has more to show."""

    grew = Signal()

    def __init__(self, session: Any) -> None:
        super().__init__()
        self._session = session
        self._read: dict[str, RunSeries] = {}
        self._asked: str = ""
        session.happened.connect(self._on_happened)
        session.job_ended.connect(self._on_ended)
        session.stages_changed.connect(self.grew)
        session.opened.connect(self.clear)
        session.closed.connect(self.clear)

    def clear(self) -> None:
        """Forget everything, for another project."""
        self._read.clear()
        self._asked = ""
        self.grew.emit()

    def live(self) -> str:
        """The name of the run that trains now, or nothing."""
        return self._session.job_name() if self._session.job_verb() == "train" else ""

    def live_series(self) -> RunSeries | None:
        """What the run that trains has said so far; None without one."""
        return self.series(self.live()) if self.live() else None

    def is_starting(self) -> bool:
        """Whether a training was asked for that has no folder yet."""
        return self._session.job_verb() == "train" and not self.live()

    def names(self) -> list[str]:
        """All runs that were trained here, oldest first; imported ones have no curve."""
        names = [card.name for card in self._session.runs() if not card.is_imported]
        live = self.live()
        return [*names, live] if live and live not in names else names

    def card(self, name: str) -> RunCard | None:
        """A run in a few figures, as of the last look at the disk."""
        return next((card for card in self._session.runs() if card.name == name), None)

    def status(self, name: str) -> str:
        """running, done, stopped, failed, cut-off or new."""
        if name and name == self.live():
            return "running"
        card = self.card(name)
        return card.status if card else ""

    def title(self, name: str) -> str:
        """What the run is called."""
        card = self.card(name)
        return (card.title if card else "") or run_title(name)

    def series(self, name: str) -> RunSeries | None:
        """The curves; None until they are read, when `grew` tells."""
        if name and name == self.live():
            series: RunSeries = self._session.job_series()
            self._read[name] = series
            return series
        if name not in self._read and not self._asked and name:
            self._asked = name
            self._session.ask_series(name, self._on_read)
        return self._read.get(name)

    def lines(self) -> list[RunLine]:
        """One line a run, newest first."""
        made = []
        for name in reversed(self.names()):
            card, series = self.card(name), self._read.get(name)
            best = series.best.bits_per_byte if series and series.best else card.best if card else None
            plan = series.plan if series else None
            model = plan.model if plan else card.model if card else ""
            fraction = series.fraction if series else None
            origin = card.origin if card else {}
            made.append(RunLine(name, self.title(name), model, best, self.status(name), fraction,
                                tuple(origin.get("changes", ())), card.about.tags if card else (),
                                card.about.note if card else ""))
        return made

    def forget(self, name: str) -> None:
        """Read a run anew when it is asked for again."""
        self._read.pop(name, None)

    def _on_read(self, series: RunSeries | EngineError) -> None:
        name, self._asked = self._asked, ""
        self._read[name] = series if isinstance(series, RunSeries) else RunSeries()
        self.grew.emit()

    def _on_happened(self, _name: str, _events: list[Any]) -> None:
        self.grew.emit()

    def _on_ended(self, _verb: str, _name: str, _word: object) -> None:
        self.grew.emit()
