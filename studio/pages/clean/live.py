"""The live preview: the steps tried on a sample of the corpus, beside the window, after every change."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from engine.cleaning.spec import CleaningSpec
from engine.errors import EngineError
from engine.settings import to_plain
from studio.texts.cleaning import Applied, Seen, Trial, Values, applied_from, passages_from, trial_from, values_from
from studio.texts.comparison import Passage

WAIT_MILLISECONDS = 120
"""A preview begins so long after the last change."""


class LivePreview(QObject):
    """Asks for previews and comparisons; the newest question wins."""

    tried = Signal(object)       # Trial
    applied = Signal(object)     # Applied
    compared = Signal(object)    # list[Passage]
    measured = Signal(object)    # Values
    failed = Signal(object)      # EngineError

    def __init__(self, session: Any, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._queries = session.queries
        self._wanted: tuple[Path, CleaningSpec, int] | None = None
        self._asked: dict[str, Any] = {}
        self._shown: dict[str, Any] = {}
        self._rest = QTimer(self, singleShot=True, interval=WAIT_MILLISECONDS)
        self._rest.timeout.connect(self._ask)

    def try_on(self, corpus: Path, spec: CleaningSpec, seed: int) -> None:
        """Try steps on a sample of a corpus, unless that was done last; `tried` tells the result."""
        wanted = (corpus, spec, seed)
        if wanted != self._wanted:
            self._wanted = wanted
            self._rest.start()

    def forget(self) -> None:
        """The project is gone."""
        self._rest.stop()
        self._wanted = None
        self._asked = self._shown = {}

    def read_applied(self, folder: Path) -> None:
        """Read what cleaning the whole corpus did."""
        self._queries.look_up("clean.applied", "clean.applied", {"folder": str(folder)}, self._on_applied,
                              self._on_failed, shape=lambda plain: applied_from(folder, plain))

    def compare(self, seen: Seen) -> None:
        """Cut one document of the last preview into passages before and after."""
        self._queries.look_up("clean.compare", "clean.compare", {**self._shown, "number": seen.number},
                              self._on_compared, self._on_failed, shape=passages_from)

    def measure(self, kind: str) -> None:
        """Measure the documents of the last preview that came to a step."""
        if self._shown:
            self._queries.look_up("clean.values", "clean.values", {**self._shown, "kind": kind}, self._on_measured,
                                  self._on_failed, shape=values_from)

    def _ask(self) -> None:
        if self._wanted is None:
            return
        corpus, spec, seed = self._wanted
        self._asked = {"corpus": str(corpus), "spec": to_plain(spec), "seed": seed}
        self._queries.look_up("clean.preview", "clean.preview", self._asked, self._on_tried, self._on_failed,
                              shape=trial_from)

    def _on_tried(self, trial: Trial) -> None:
        self._shown = self._asked
        self.tried.emit(trial)

    def _on_applied(self, applied: Applied) -> None:
        self.applied.emit(applied)

    def _on_compared(self, passages: list[Passage]) -> None:
        self.compared.emit(passages)

    def _on_measured(self, values: Values) -> None:
        self.measured.emit(values)

    def _on_failed(self, error: EngineError) -> None:
        """It is told and not tried again before something changes: the same steps would fail again."""
        self.failed.emit(error)
