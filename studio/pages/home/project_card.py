"""A recent project: its curve, its best figure, its last words, its state."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QSizePolicy

from engine.errors import EngineError
from engine.project import Project
from studio.guard import guarded
from studio.i18n import tr
from studio.i18n.numbers import ago, decimal, percent
from studio.run_cards import RunCard, read_card
from studio.theme import theme
from studio.widgets import Card, Line, LinkButton, Sparkline, StateMark, Text, row
from studio.widgets.text import ElidedText

MARKS = {"running": "running", "done": "done", "failed": "error", "cut-off": "stale", "stopped": "stale"}


@dataclass(frozen=True)
class Recent:
    """What a card shows. `problem` is set for a project that cannot be opened."""

    path: Path
    name: str
    changed: float = 0.0
    run: RunCard | None = None
    problem: str = ""


def read_recent(path: Path) -> Recent:
    """Read a project's card from its folder; beside the window, because disks may be slow."""
    try:
        project = Project.open(path)
        cards = [read_card(run) for run in project.runs()]
        changed = max([card.created for card in cards] + [(path / "project.toml").stat().st_mtime])
    except (EngineError, OSError) as error:
        return Recent(path, path.name, problem=str(error) if path.exists() else "Moved or deleted")
    shown = next((card for card in reversed(cards) if card.validations), cards[-1] if cards else None)
    return Recent(path, project.name, changed, shown)


class ProjectCard(Card):
    """The whole card is one choice: click or Enter opens the project, Delete takes it off the list."""

    open_asked = Signal(object)
    forget_asked = Signal(object)
    locate_asked = Signal(object)

    def __init__(self, recent: Recent) -> None:
        super().__init__(name=f"home.project.{recent.path.name}", padding=14)
        self.recent = recent
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(recent.name)
        run = recent.run
        mark = StateMark(MARKS.get(run.status, "todo") if run else "todo",
                         run.step / run.steps if run and run.steps else None, 16)
        self.add(row(ElidedText(recent.name, "strong"), mark))
        if recent.problem:
            self._show_problem()
            return
        self.add(ElidedText(run.model if run and run.model else tr("Nothing trained yet"), "label"))
        live = run is not None and run.status == "running"
        values = [bits for _, bits in run.validations] if run else []
        self.add(Sparkline(values, "p2" if live else "p1"))
        best = decimal(run.best) if run and run.best is not None else "–"
        state = Text(self._state(), "caption", "ember" if live else "")
        self.add(row(Text(best, "card"), Text(tr("bits per byte"), "caption"), None, state))
        self.add(Line())
        self._said = run.prompt + run.sample if run and run.sample else ""
        self._sample = Text(" ".join(self._said.split())[:110], "label", "text2", wrap=True)
        self._sample.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self._sample.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Ignored)
        self._sample.setMinimumHeight(38)
        self.add(self._sample, 1)
        self.add(row(None, Text(ago(max(0.0, time.time() - recent.changed)), "caption")))
        theme.changed.connect(self._dress)
        self._dress()

    def _state(self) -> str:
        run = self.recent.run
        if run is None:
            return ""
        if run.status == "running":
            return tr("training {share}", share=percent(run.step / run.steps)) if run.steps else tr("training")
        return {"done": tr("trained"), "failed": tr("failed"), "stopped": tr("stopped"),
                "cut-off": tr("cut off")}.get(run.status, tr("not trained"))

    def _show_problem(self) -> None:
        self.add(Text(tr(self.recent.problem), "label", "text3", wrap=True))
        self.add(ElidedText(str(self.recent.path), "caption", "text3"))
        self.body.addStretch(1)
        self.add(row(LinkButton(tr("Locate"), on=lambda: self.locate_asked.emit(self.recent.path), size="small",
                                name=f"home.locate.{self.recent.path.name}"),
                     LinkButton(tr("Remove"), on=lambda: self.forget_asked.emit(self.recent.path), size="small",
                                name=f"home.remove.{self.recent.path.name}"), None))

    def _dress(self) -> None:
        self._sample.setFont(theme.font(13, 400, "serif", self._said))

    @guarded()
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Open."""
        if event.button() == Qt.MouseButton.LeftButton and not self.recent.problem:
            self.open_asked.emit(self.recent.path)

    @guarded()
    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter opens, Delete takes off the list, arrows go to the neighbours."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and not self.recent.problem:
            self.open_asked.emit(self.recent.path)
        elif event.key() == Qt.Key.Key_Delete:
            self.forget_asked.emit(self.recent.path)
        elif event.key() in (Qt.Key.Key_Right, Qt.Key.Key_Down):
            self.focusNextChild()
        elif event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Up):
            self.focusPreviousChild()
        else:
            super().keyPressEvent(event)
