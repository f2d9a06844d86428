"""The project's runs: which one is in focus, and which are laid over it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QVBoxLayout, QWidget

from studio.i18n import tr, words
from studio.i18n.numbers import decimal
from studio.theme import theme
from studio.widgets import Card, LinkButton, Scroll, StateMark, Text, column, row

MARKS = {"running": "running", "done": "done", "stopped": "stale", "failed": "error", "cut-off": "stale", "new": "todo"}


@dataclass(frozen=True)
class RunLine:
    """What one row shows, read from the run's log."""

    key: str
    title: str
    model: str
    best: float | None
    status: str
    fraction: float | None


class _Row(QWidget):
    """A check box to overlay, the name to bring it into focus, its best, its mark."""

    def __init__(self, line: RunLine) -> None:
        super().__init__()
        self.key = line.key
        self.box = QCheckBox()
        self.box.setObjectName(f"train.overlay.{line.key}")
        words(self.box.setAccessibleName, "Show {run} in the plot", run=line.title)
        self.name = LinkButton(line.title, name=f"train.focus.{line.key}", size="small")
        self._model = Text("", "caption")
        self._best = Text("", "strong")
        self._mark = StateMark("todo", None, 14)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 2, 0, 2)
        names = column(self.name, self._model, spacing=0)
        names.setAlignment(self.name, Qt.AlignmentFlag.AlignLeft)
        whole = row(self.box, names, None, self._best, self._mark)
        layout.addLayout(whole)

    def show_line(self, line: RunLine, in_focus: bool, overlaid: bool) -> None:
        self._model.say(line.model)
        self._best.say(decimal(line.best) if line.best is not None else "–")
        self._mark.set_state(MARKS.get(line.status, "todo"), line.fraction)
        self.box.setEnabled(not in_focus)
        if self.box.isChecked() != (in_focus or overlaid):
            self.box.setChecked(in_focus or overlaid)
        self.name.setFont(theme.font(13, 600 if in_focus else 400))


class RunsCard(Card):
    """`focused` asks for another run in focus; `overlaid` for one to be shown or hidden beside it."""

    focused = Signal(str)
    overlaid = Signal(str, bool)

    def __init__(self) -> None:
        super().__init__(tr("Runs"), name="train.runs", padding=14)
        inner = QWidget()
        self._list = QVBoxLayout(inner)
        self._list.setContentsMargins(0, 0, 0, 0)
        self._list.setSpacing(0)
        self._list.addStretch(1)
        self.add(Scroll(inner), 1)
        self._rows: dict[str, _Row] = {}

    def show_lines(self, lines: Sequence[RunLine], focus: str, overlays: set[str]) -> None:
        """Show the runs, newest first."""
        if [line.key for line in lines] != list(self._rows):
            for old in self._rows.values():
                old.deleteLater()
            self._rows = {line.key: self._made(line) for line in lines}
        for line in lines:
            self._rows[line.key].show_line(line, line.key == focus, line.key in overlays)

    def _made(self, line: RunLine) -> _Row:
        made = _Row(line)
        made.name.clicked.connect(lambda: self.focused.emit(line.key))
        made.box.clicked.connect(lambda on: self.overlaid.emit(line.key, on))
        self._list.insertWidget(self._list.count() - 1, made)
        return made
