"""What a person does with runs beside training them: names, notes, the trash, variants of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from engine.errors import EngineError
from engine.runs.history import About, bring_back, discard, write_about
from engine.variants import Variant, sweep, what_if
from studio import launches
from studio.i18n import said


class RunHistory(QObject):
    """Acts on the runs of the session's project; what cannot be done is told, and nothing is lost."""

    discarded = Signal(str)   # name of the run, which lies in the trash now
    restored = Signal(str)

    def __init__(self, session: Any) -> None:
        super().__init__(session)
        self._session = session
        self._trashed: list[tuple[Path, str]] = []
        session.opened.connect(self._trashed.clear)
        session.closed.connect(self._trashed.clear)

    def describe(self, name: str, about: About) -> bool:
        """Keep title, note and tags of a run."""
        return self._do(name, lambda folder: write_about(folder, about))

    def discard(self, name: str) -> bool:
        """Move a run to the trash, from which `restore` brings it back."""
        def act(folder: Any) -> None:
            self._trashed.append((discard(folder), name))

        done = self._do(name, act)
        if done:
            self.discarded.emit(name)
        return done

    def restore(self) -> bool:
        """Bring the run back that was deleted last."""
        if not self._trashed:
            return False
        place, name = self._trashed[-1]
        try:
            run = bring_back(place, name)
        except EngineError as error:
            self._session.told.emit("error", said(error.what), said(error.expected, error.fix))
            return False
        self._trashed.pop()
        self._session.refresh()
        self.restored.emit(run.name)
        return True

    def what_if(self, name: str, change: str) -> bool:
        """Queue a run like this one with one change; raises EngineError where the change is not possible."""
        folder = self._session.run_folder(name)
        return folder is not None and self.queue_all([what_if(folder.settings(), change)], of=name)

    def sweep(self, over: Sequence[str], at_most: int | None = None) -> int:
        """Queue runs over settings of the project's recipe; gives how many. Raises EngineError as `sweep` does."""
        variants = sweep(self._session.recipe, over, at_most)
        numbers = [str(card.origin.get("sweep", "")).rpartition("-")[2] for card in self._session.runs()]
        number = max([int(each) for each in numbers if each.isdigit()] + [self._last_sweep]) + 1
        if not self.queue_all(variants, sweep=f"sweep-{number}"):
            return 0
        self._last_sweep = number
        return len(variants)

    _last_sweep = 0

    def queue_all(self, variants: Sequence[Variant], of: str = "", sweep: str = "") -> bool:
        """Put variants into the line of tasks."""
        session = self._session
        if not session.may_start():
            return False
        return all([session.queue.add(launches.variant_task(session.project, variant, of, sweep))
                    for variant in variants])

    def _do(self, name: str, act: Any) -> bool:
        folder = self._session.run_folder(name)
        if folder is None or self._session.read_only_because:
            return False
        try:
            act(folder)
        except EngineError as error:
            self._session.told.emit("error", said(error.what), said(error.expected, error.fix))
            return False
        self._session.refresh()
        return True
