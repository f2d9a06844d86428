"""How much of each sample stands word for word in the training text, asked beside the window."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from engine.events import SampleWritten

AT_ONCE = 20
MOST_BYTES = 20_000_000
"""An index of a larger training text is not made for samples alone; the Playground offers it."""


class Novelty(QObject):
    """`found` carries the copied share by (step, text). While a run trains only an index that is there is asked."""

    found = Signal(object)

    def __init__(self, queries: Any, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._queries = queries
        self._run: Path | None = None
        self._is_live = self._is_whole = self._is_asking = self._is_given_up = False
        self._wanted: list[tuple[int, str]] = []
        self._asked: list[tuple[int, str]] = []
        self._known: dict[tuple[int, str], float] = {}

    def look(self, run: Path | None, samples: Sequence[SampleWritten], is_live: bool) -> None:
        """Ask for the samples that are new."""
        if run != self._run or is_live != self._is_live:
            self._queries.cancel("novelty")
            self._run, self._is_live = run, is_live
            self._is_whole = self._is_asking = self._is_given_up = False
            self._known = {}
        self._wanted = [(sample.step, sample.text) for sample in samples if sample.done and sample.text.strip()]
        self._go()

    def _go(self) -> None:
        missing = [each for each in self._wanted if each not in self._known][:AT_ONCE]
        if self._run is None or self._is_asking or self._is_given_up or not missing:
            return
        if self._is_whole:
            self._asked = missing
            self._look_up("copies.shares", {"texts": [text for _, text in missing]}, self._on_shares)
        else:
            self._look_up("copies.make", {"begin": False}, self._on_state)

    def _look_up(self, name: str, fields: dict[str, Any], receiver: Any) -> None:
        self._is_asking = True
        self._queries.look_up("novelty", name, {"run": str(self._run), **fields}, receiver, self._on_failed)

    def _on_state(self, state: dict[str, Any] | None) -> None:
        self._is_asking = False
        if state is not None and state["is_whole"]:
            self._is_whole = True
            self._go()
        elif state is not None and not self._is_live and state["total"] <= MOST_BYTES:
            self._look_up("copies.make", {}, self._on_state)
        else:
            self._is_given_up = True

    def _on_shares(self, shares: list[float] | None) -> None:
        self._is_asking = False
        self._known.update(zip(self._asked, shares or [], strict=False))
        self._is_given_up = not shares
        self.found.emit(dict(self._known))
        self._go()

    def _on_failed(self, _error: object) -> None:
        self._is_asking, self._is_given_up = False, True
