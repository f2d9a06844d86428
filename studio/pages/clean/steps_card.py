"""The steps in their order."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Sequence
from functools import partial

from PySide6.QtCore import QPointF, Signal
from PySide6.QtWidgets import QMenu, QVBoxLayout

from engine.cleaning.step import CleaningStep
from engine.corpora.manifest import StepFigures
from engine.settings import members_of
from studio.i18n import counted, tr
from studio.i18n.numbers import grouped, percent
from studio.pages.clean.step_row import StepRow
from studio.widgets import Card, QuietButton, Scroll, bare, column, set_shown

WIDE, NARROW = 30, 28
"""Heights of a row; steps that do not fit scroll."""


class StepsCard(Card):
    """Choose, switch, move, add and take out; `ordered` carries all steps as the user wants them."""

    chosen = Signal(str)
    switched = Signal(str, bool)
    ordered = Signal(object)  # tuple[CleaningStep, ...]

    def __init__(self) -> None:
        self._add = QuietButton(tr("Add step"), "plus", self._on_add, "clean.add-step", size="small")
        super().__init__(tr("Steps"), tr("your files stay as they are"), [self._add], "clean.steps", 10)
        self._steps: tuple[CleaningStep, ...] = ()
        self._rows: dict[str, StepRow] = {}
        self._chosen = ""
        self._height = WIDE
        self._list: QVBoxLayout = column(spacing=1)
        holder = column(spacing=0)
        holder.addLayout(self._list)
        holder.addStretch(1)
        self._holder = bare(holder)
        self.area = Scroll(self._holder, "clean.steps.scroll")
        self.add(self.area, 1)
        self._menu = QMenu(self)

    def show_steps(self, steps: Sequence[CleaningStep], figures: Sequence[StepFigures], chosen: str,
                   at_fault: Collection[str] = ()) -> None:
        """Show steps with what they do to the sample; `at_fault` are kinds of steps with a setting to mend."""
        self._steps = tuple(steps)
        kinds = [step.kind for step in steps]
        if list(self._rows) != kinds:
            self._rebuild(kinds)
        effects = _effects(figures)
        for number, step in enumerate(steps, start=1):
            effect, tip = effects.get(step.kind, ("", ""))
            self._rows[step.kind].show_step(step, number, effect, tip, step.kind in at_fault)
        self.choose(chosen)
        set_shown(self._add, bool(self.missing()))

    def choose(self, kind: str) -> None:
        """Mark a step as the chosen one."""
        self._chosen = kind
        for key, row in self._rows.items():
            row.set_chosen(key == kind)

    def set_narrow(self, narrow: bool) -> None:
        """Lower rows for a small window."""
        self._height = NARROW if narrow else WIDE
        for row in self._rows.values():
            row.setFixedHeight(self._height)
        self._fit()

    def missing(self) -> list[type[CleaningStep]]:
        """Steps that are not in the list."""
        there = {step.kind for step in self._steps}
        return [kind for kind in members_of(CleaningStep) if kind.kind not in there]

    def move_step(self, kind: str, by: int) -> None:
        """Ask for a step to be one place higher or lower."""
        order = list(self._steps)
        place = next((number for number, step in enumerate(order) if step.kind == kind), -1)
        if place >= 0 and 0 <= place + by < len(order):
            order.insert(place + by, order.pop(place))
            self.ordered.emit(tuple(order))

    def take_out(self, kind: str) -> None:
        """Ask for a step to be taken out."""
        self.ordered.emit(tuple(step for step in self._steps if step.kind != kind))

    def focus(self, kind: str) -> None:
        """Put the focus on a row."""
        if kind in self._rows:
            self._rows[kind].setFocus()
            self.area.ensureWidgetVisible(self._rows[kind])

    def _rebuild(self, kinds: Sequence[str]) -> None:
        had_focus = next((key for key, row in self._rows.items() if row.hasFocus()), "")
        classes = {step.kind: type(step) for step in self._steps}
        for key in [key for key in self._rows if key not in kinds]:
            gone = self._rows.pop(key)
            self._list.removeWidget(gone)
            gone.hide()
            gone.deleteLater()
        rows = {}
        for number, key in enumerate(kinds):
            rows[key] = self._rows.get(key) or self._made(classes[key], number + 1)
            self._list.removeWidget(rows[key])
            self._list.insertWidget(number, rows[key])
        self._rows = rows
        self._fit()
        if had_focus in rows:
            rows[had_focus].setFocus()

    def _fit(self) -> None:
        line = self._height + 1
        least, most = min(len(self._rows), 4) * line + 2, len(self._rows) * line + 2
        self.area.setMinimumHeight(least)
        margins = self.layout().contentsMargins()  # type: ignore[union-attr]
        head = max(self.title.sizeHint().height(), self._add.sizeHint().height())
        self.setMaximumHeight(most + head + margins.top() + margins.bottom() + 12)  # no taller than its rows need

    def _made(self, kind: type[CleaningStep], number: int) -> StepRow:
        row = StepRow(kind, number)
        row.setFixedHeight(self._height)
        row.chosen.connect(self.chosen)
        row.switched.connect(self.switched)
        row.pressed_key.connect(self._on_key)
        row.asked_menu.connect(self._on_menu)
        row.handle.dragged.connect(partial(self._on_dragged, row.kind))
        row.handle.let_go.connect(self._on_let_go)
        return row

    # what the user does

    def _on_key(self, kind: str, word: str) -> None:
        keys = list(self._rows)
        if word in ("up", "down"):
            self.move_step(kind, -1 if word == "up" else 1)
        elif word == "remove":
            self.take_out(kind)
        else:
            place = keys.index(kind) + (1 if word == "next" else -1)
            if 0 <= place < len(keys):
                self.chosen.emit(keys[place])
                self.focus(keys[place])

    def _on_menu(self, kind: str, where: QPointF) -> None:
        self._menu.clear()
        self._menu.addAction(tr("Move up")).triggered.connect(lambda: self.move_step(kind, -1))
        self._menu.addAction(tr("Move down")).triggered.connect(lambda: self.move_step(kind, 1))
        self._menu.addAction(tr("Take out")).triggered.connect(lambda: self.take_out(kind))
        self._menu.popup(where.toPoint())

    def _on_dragged(self, kind: str, where: QPointF) -> None:
        """Rows make room while one is dragged; nothing is set before it is let go."""
        row = self._rows[kind]
        place = self._list.indexOf(row)
        wanted = int(self._holder.mapFromGlobal(where).y() // (self._height + 1))
        wanted = min(max(wanted, 0), len(self._rows) - 1)
        if wanted != place:
            self._list.removeWidget(row)
            self._list.insertWidget(wanted, row)

    def _on_let_go(self) -> None:
        kinds = sorted(self._rows, key=lambda kind: self._list.indexOf(self._rows[kind]))
        if kinds != [step.kind for step in self._steps]:
            by_kind = {step.kind: step for step in self._steps}
            self._rows = {kind: self._rows[kind] for kind in kinds}
            self.ordered.emit(tuple(by_kind[kind] for kind in kinds))

    def _on_add(self) -> None:
        self._menu.clear()
        for kind in self.missing():
            action = self._menu.addAction(tr(kind.title))
            action.triggered.connect(lambda _checked=False, kind=kind: self.ordered.emit((*self._steps, kind())))
        self._menu.popup(self._add.mapToGlobal(self._add.rect().bottomLeft()))


def _effects(figures: Sequence[StepFigures]) -> dict[str, tuple[str, str]]:
    """Share of the characters that each step took away or added, and the figures behind it."""
    found: dict[str, tuple[str, str]] = {}
    for before, after in itertools.pairwise(figures):
        change = after.characters - before.characters
        share = abs(change) / max(before.characters, 1)
        sign = "−" if change < 0 else "+"
        words = percent(0, 1) if not change else sign + percent(share, 1) if share >= 0.0005 else \
            f"< {percent(0.001, 1)}"
        changed = counted("{count} document changed", "{count} documents changed", after.changed)
        dropped = counted("{count} dropped", "{count} dropped", after.dropped)
        tip = tr("{changed}, {dropped}, {characters} characters", changed=changed, dropped=dropped,
                 characters=(sign if change else "") + grouped(abs(change)))
        found[after.kind] = (words, tip)
    return found
