"""The settings of the chosen step."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QTimer, Signal

from engine.cleaning.step import CleaningStep
from engine.corpora.manifest import StepFigures
from engine.settings import Problem, fields_of
from studio.forms import SpecForm
from studio.i18n import Translated, tr
from studio.i18n.numbers import grouped
from studio.pages.clean.histogram import MeasurePanel
from studio.widgets import Card, LinkButton, Scroll, Text, bare, column, row, set_shown


class StepCard(Card):
    """What the step does, its form, and the way back to its defaults."""

    edited = Signal(str, object)  # path, value
    removed = Signal(str)

    def __init__(self) -> None:
        super().__init__(name="clean.step-card", padding=14)
        self._form: SpecForm | None = None
        self._step: CleaningStep | None = None
        self._place = ""
        self._base: CleaningStep | None = None
        self._title = Text("", "card", name="clean.step-title")
        self._help = Text("", "label", wrap=True)
        self._none = Text(tr("This step has nothing to set."), "label", "text3", wrap=True)
        self._noted = Text("", "label", wrap=True, name="clean.noted")
        self.measure = MeasurePanel()
        self._room = column(spacing=8)
        self._reset = LinkButton(tr("Reset step"), on=self._on_reset, name="clean.reset-step")
        self._remove = LinkButton(tr("Take out"), on=self._on_remove, name="clean.remove-step")
        content = column(self._title, self._help, self.measure, self._noted, self._room, self._none, None, spacing=8)
        self._scroll = Scroll(bare(content), "clean.step-scroll")
        self._show_fault = QTimer(self, singleShot=True, interval=60)
        self._show_fault.timeout.connect(self._on_fault)
        self._had_fault = False
        self.add(self._scroll, 1)
        self.add(row(self._reset, None, self._remove))

    def show_step(self, step: CleaningStep | None, place: int, problems: Sequence[Problem], is_open: bool,
                  base: CleaningStep | None = None) -> None:
        """Show a step that stands at a place of the list; `base` is how the recipe has it."""
        set_shown(self, step is not None)
        path = f"cleaning.steps.{place}"
        if step is None:
            self._step = None
            return
        if type(step) is not type(self._step) or path != self._place:
            self._rebuild(step, path)
        self._step, self._place = step, path
        if self._form is not None:
            self._form.show_value(step)
            self._form.show_problems(problems)
            self._form.setEnabled(is_open)
            if self._form.has_problem() and not self._had_fault:
                self._show_fault.start()  # once it has a place
            self._had_fault = self._form.has_problem()
        self._base = base
        self.measure.show_step(step)
        set_shown(self._reset, step != self._default(step))

    def show_noted(self, figures: StepFigures | None, where: str) -> None:
        """Say what the step counted in the sample or the corpus, by kind."""
        noted = figures.noted if figures is not None else {}
        set_shown(self._noted, bool(noted))
        titles = {field.name: field.title for field in fields_of(type(self._step))} if self._step is not None else {}
        named = ((titles.get(kind.replace("-", "_"), "Listed words"), count) for kind, count in noted.items())
        kinds = [tr("{kind}: {count}", kind=tr(title), count=grouped(count)) for title, count in named]
        self._noted.say(tr("Found ({where}): {kinds}", where=where, kinds=lambda: _joined(kinds)) if kinds else "")

    def _rebuild(self, step: CleaningStep, path: str) -> None:
        self._title.say(tr(step.title))
        self._help.say(tr(type(step).summary()))
        if self._form is not None:
            self._room.removeWidget(self._form)
            self._form.hide()
            self._form.deleteLater()
            self._form = None
        has_settings = any(field.name != "enabled" for field in fields_of(type(step)))
        if has_settings:
            self._form = SpecForm(type(step), path, leave_out=("enabled",), label_width=84)
            self._form.edited.connect(self.edited)
            self._room.addWidget(self._form)
        set_shown(self._none, not has_settings)

    def _default(self, step: CleaningStep) -> CleaningStep:
        """The step as the recipe has it, on or off as it is."""
        return (self._base or type(step)()).model_copy(update={"enabled": step.enabled})

    def _on_fault(self) -> None:
        """Bring what is wrong into sight."""
        row = self._form.row_at_fault() if self._form is not None else None
        if row is not None:
            self._scroll.ensureWidgetVisible(row, 0, 4)

    def _on_reset(self) -> None:
        if self._step is not None:
            self.edited.emit(self._place, self._default(self._step))

    def _on_remove(self) -> None:
        if self._step is not None:
            self.removed.emit(self._step.kind)


def _joined(parts: Sequence[Translated]) -> str:
    whole = parts[0].again()
    for part in parts[1:]:
        whole = tr("{first}; {second}", first=whole, second=part.again())
    return whole
