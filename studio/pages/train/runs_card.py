"""The project's runs: which one is in focus, and which are laid over it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QMenu, QVBoxLayout, QWidget

from studio.i18n import tr, words
from studio.i18n.numbers import decimal
from studio.theme import set_icon, theme
from studio.widgets import (
    Card,
    ElidedText,
    IconButton,
    LinkButton,
    Scroll,
    SearchField,
    StateMark,
    Text,
    column,
    row,
    set_shown,
    set_tip,
)

MARKS = {"running": "running", "done": "done", "stopped": "stale", "failed": "error", "cut-off": "stale", "new": "todo"}
FILTER_FROM = 6
"""So many runs make a field to filter them worth its room."""


@dataclass(frozen=True)
class RunLine:
    """What one row shows, read from the run's log; `changes` are "path=value" of a variant."""

    key: str
    title: str
    model: str
    best: float | None
    status: str
    fraction: float | None
    changes: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    note: str = ""

    def matches(self, wanted: str) -> bool:
        """Whether each of these words occurs in what is shown or noted."""
        text = " ".join((self.title, self.key, self.model, self.note, *self.changes, *self.tags)).casefold()
        return all(word in text for word in wanted.casefold().split())


class _Row(QWidget):
    """A check box to overlay, the name to bring it into focus, its best, its mark, a menu."""

    def __init__(self, line: RunLine) -> None:
        super().__init__()
        self.key = line.key
        self.box = QCheckBox()
        self.box.setObjectName(f"train.overlay.{line.key}")
        words(self.box.setAccessibleName, "Show {run} in the plot", run=line.title)
        self.name = LinkButton(line.title, name=f"train.focus.{line.key}", size="small")
        self._model = ElidedText("", "caption")
        self._differs = ElidedText("", "caption", name=f"train.differs.{line.key}")
        self._best = Text("", "strong")
        self._mark = StateMark("todo", None, 14)
        self.menu = IconButton("ellipsis", tr("What can be done with this run"), None, f"train.run-menu.{line.key}",
                               "small")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 2, 0, 2)
        names = column(self.name, self._model, self._differs, spacing=0)
        names.setAlignment(self.name, Qt.AlignmentFlag.AlignLeft)
        whole = row(self.box, names, self._best, self._mark, self.menu)
        whole.setStretch(1, 1)
        layout.addLayout(whole)

    def show_line(self, line: RunLine, in_focus: bool, overlaid: bool) -> None:
        self.name.say(line.title)
        self._model.say(" · ".join((line.model, *line.tags)) if line.tags else line.model)
        self._differs.say(", ".join(_short(change) for change in line.changes))
        set_shown(self._differs, bool(line.changes))
        set_tip(self.name, line.note)
        self._best.say(decimal(line.best) if line.best is not None else "–")
        self._mark.set_state(MARKS.get(line.status, "todo"), line.fraction)
        self.box.setEnabled(not in_focus)
        if self.box.isChecked() != (in_focus or overlaid):
            self.box.setChecked(in_focus or overlaid)
        self.name.setFont(theme.font(13, 600 if in_focus else 400))


def _short(change: str) -> str:
    """A change without the part of the recipe that it stands in."""
    path, _, value = change.partition("=")
    return f"{path.partition('.')[2] or path} = {value}"


class RunsCard(Card):
    """`focused` asks for another run in focus; `overlaid` for one to be shown or hidden beside it.

    `wished` carries what is to be done with a run: what-if, describe or delete.
    """

    focused = Signal(str)
    overlaid = Signal(str, bool)
    wished = Signal(str, str)   # what, name of the run
    compare_asked = Signal()
    sweep_asked = Signal()

    def __init__(self) -> None:
        super().__init__(tr("Runs"), name="train.runs", padding=14)
        self._compare = IconButton("git-compare", tr("Compare runs"), self.compare_asked.emit, "train.compare", "small")
        self._sweep = IconButton("layers", tr("Sweep over settings"), self.sweep_asked.emit, "train.sweep", "small")
        for button in (self._sweep, self._compare):
            self.add_action(button)
        self.filter = SearchField(tr("Filter by name, tag or note"), "train.runs-filter")
        self.filter.searched.connect(self._on_filter)
        self.add(self.filter)
        inner = QWidget()
        self._list = QVBoxLayout(inner)
        self._list.setContentsMargins(0, 0, 0, 0)
        self._list.setSpacing(0)
        self._list.addStretch(1)
        self.add(Scroll(inner), 1)
        self._rows: dict[str, _Row] = {}
        self._lines: dict[str, RunLine] = {}

    def show_lines(self, lines: Sequence[RunLine], focus: str, overlays: set[str]) -> None:
        """Show the runs, newest first."""
        if [line.key for line in lines] != list(self._rows):
            for old in self._rows.values():
                old.deleteLater()
            self._rows = {line.key: self._made(line) for line in lines}
        self._lines = {line.key: line for line in lines}
        for line in lines:
            self._rows[line.key].show_line(line, line.key == focus, line.key in overlays)
        set_shown(self.filter, len(lines) >= FILTER_FROM)
        set_shown(self._compare, len(lines) > 1)
        self._on_filter(self.filter.text())

    def _made(self, line: RunLine) -> _Row:
        made = _Row(line)
        made.name.clicked.connect(lambda: self.focused.emit(line.key))
        made.box.clicked.connect(lambda on: self.overlaid.emit(line.key, on))
        made.menu.clicked.connect(lambda: self._open_menu(line.key))
        self._list.insertWidget(self._list.count() - 1, made)
        return made

    def _on_filter(self, wanted: str) -> None:
        shown = wanted if len(self._lines) >= FILTER_FROM else ""
        for key, each in self._rows.items():
            set_shown(each, self._lines[key].matches(shown))

    def menu_of(self, key: str) -> QMenu:
        """What can be done with a run."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        entries = [("what-if", tr("What if? Repeat it with one change"), "split"),
                   ("describe", tr("Name, note and tags"), "pencil")]
        if self._lines[key].status != "running":
            entries.append(("delete", tr("Delete"), "trash-2"))
        for what, text, icon in entries:
            action = menu.addAction(text)
            set_icon(action, icon)
            action.triggered.connect(lambda _checked=False, what=what: self.wished.emit(what, key))
        return menu

    def _open_menu(self, key: str) -> None:
        button = self._rows[key].menu
        self.menu_of(key).popup(button.mapToGlobal(button.rect().bottomLeft()))
