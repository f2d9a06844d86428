"""A form made from the declaration of a spec: one row a setting, the advanced ones folded away."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from engine.settings import Problem, SettingField, Spec, fields_of
from studio.forms.editor import Editor
from studio.forms.family import FamilyEditor, FamilyListEditor
from studio.forms.optional import OptionalEditor
from studio.forms.paths import PathListEditor
from studio.forms.scalars import (
    ChoiceEditor,
    NumberEditor,
    SliderEditor,
    SwitchEditor,
    TextEditor,
    has_slider,
)
from studio.forms.texts import TextListEditor
from studio.i18n import Translated, said, tr
from studio.widgets import Fold, FormRow, set_shown

LABEL_WIDTH = 132
_SHORT_UNIT = 6
_TALL = ("family", "family-list", "spec", "text-list")


class SpecForm(QWidget):
    """Edits a spec. It keeps nothing: what the user does is told by `edited`, what is so comes by `show_value`."""

    edited = Signal(str, object)  # path, value

    def __init__(self, spec: type[Spec], path: str = "", *, only: Collection[str] = (),
                 leave_out: Collection[str] = (), label_width: int = LABEL_WIDTH, advanced_open: bool = False) -> None:
        """`path` is where the spec stands ("training"); `only` and `leave_out` are names of settings."""
        super().__init__()
        self.spec = spec
        self.path = path
        self.setObjectName(f"form.{path or spec.__name__}")
        self._label_width = label_width
        self._rows: dict[str, FormRow] = {}
        self._editors: dict[str, Editor] = {}
        self._problems: list[Problem] = []
        basic, advanced = QVBoxLayout(self), QVBoxLayout()
        self._advanced = QWidget()
        self._advanced.setLayout(advanced)
        for layout in (basic, advanced):
            layout.setContentsMargins(0, 0, 0, 0)
            layout.setSpacing(8)
        for field in fields_of(spec):
            if field.name not in leave_out and (not only or field.name in only):
                (advanced if field.level == "advanced" else basic).addWidget(self._row(field))
        self._fold = Fold(tr("Advanced"), self._advanced, advanced_open, f"{self.objectName()}.advanced")
        basic.addWidget(self._fold)
        set_shown(self._fold, advanced.count() > 0)

    def editors(self) -> dict[str, Editor]:
        """The editors by the names of their settings."""
        return dict(self._editors)

    def show_value(self, value: Spec) -> None:
        """Show other values."""
        for name, editor in self._editors.items():
            editor.show_value(getattr(value, name))

    def show_problems(self, problems: Sequence[Problem]) -> None:
        """Show each problem under its setting; paths begin where those of `edited` begin."""
        for name, editor in self._editors.items():
            own = editor.own_problems(problems)
            self._rows[name].set_problem(problem_sentences(own[0]) if own else "")
            editor.show_problems(problems)
        if any(self._advanced.isAncestorOf(self._rows[name]) for name in self._names_with(problems)):
            self._fold.set_open(True)
        self._problems = [problem for problem in problems if self._is_inside(problem)]

    def has_problem(self) -> bool:
        """Whether something in this form is wrong, as far as it was told."""
        return bool(self._problems)

    def row_at_fault(self) -> FormRow | None:
        """The first row with a problem under it."""
        return next((self._rows[name] for name in self._names_with(self._problems) if name in self._rows), None)

    def show_advice(self, advice: dict[str, Any]) -> None:
        """Say what Wenlu chose the last time, by path, beside the settings that are left to it."""
        for editor in self._editors.values():
            if isinstance(editor, OptionalEditor):
                editor.show_advice(advice.get(editor.path))

    def focus(self, name: str) -> None:
        """Put the cursor into a setting."""
        if name in self._editors:
            if self._advanced.isAncestorOf(self._rows[name]):
                self._fold.set_open(True)
            self._editors[name].setFocus()

    def _row(self, field: SettingField) -> FormRow:
        path = f"{self.path}.{field.name}" if self.path else field.name
        editor = editor_for(field, path)
        editor.edited.connect(self.edited)
        self._editors[field.name] = editor
        is_above = self._label_width < LABEL_WIDTH and needs_whole_width(field)
        row = FormRow(tr(field.title), editor, tr(field.help), 0 if is_above else self._label_width, f"row.{path}")
        if field.type in _TALL and not is_above:
            row.label.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
            row.label.setContentsMargins(0, 6, 0, 0)
        self._rows[field.name] = row
        return row

    def _names_with(self, problems: Sequence[Problem]) -> list[str]:
        paths = [f"{'.'.join(problem.path)}." for problem in problems]
        return [name for name, editor in self._editors.items() if any(p.startswith(f"{editor.path}.") for p in paths)]

    def _is_inside(self, problem: Problem) -> bool:
        return not self.path or f"{'.'.join(problem.path)}.".startswith(f"{self.path}.")


class SectionEditor(Editor):
    """A spec inside a spec: its form, indented by its own row."""

    def __init__(self, field: SettingField, path: str) -> None:
        super().__init__(field, path, down=True)
        self._value: Spec = field.default
        self._form = SpecForm(field.annotation, path)
        self._form.edited.connect(self.edited)
        self.room.addWidget(self._form)

    def value(self) -> Spec:
        """The spec as it was shown last."""
        return self._value

    def show_value(self, value: Any) -> None:
        """Show other values."""
        self._value = value
        self._form.show_value(value)

    def show_problems(self, problems: Sequence[Problem]) -> None:
        """Pass them on."""
        self._form.show_problems(problems)


def editor_for(field: SettingField, path: str) -> Editor:
    """The editor that suits a setting."""
    if field.type == "family":
        return FamilyEditor(field, path, SpecForm)
    if field.type == "family-list":
        return FamilyListEditor(field, path, SpecForm)
    if field.type == "spec":
        return SectionEditor(field, path)
    if field.type == "choice" or (field.type == "bool" and field.optional):
        return ChoiceEditor(field, path)
    if field.type == "bool":
        return SwitchEditor(field, path)
    if field.type == "text-list":
        return PathListEditor(field, path) if field.holds == "paths" else TextListEditor(field, path)
    scalar = TextEditor if field.type == "text" else SliderEditor if has_slider(field) else NumberEditor
    editor = scalar(field, path)
    return OptionalEditor(field, path, editor) if field.optional else editor


def needs_whole_width(field: SettingField) -> bool:
    """Whether a control has no room beside its label in a narrow form."""
    return field.type in _TALL or (field.type in ("int", "float") and (len(field.unit) > _SHORT_UNIT or field.optional))


def problem_sentences(problem: Problem) -> Translated:
    """What is wrong with a setting and how to mend it, as whole sentences."""
    parts = (part.rstrip(".") for part in (problem.what, problem.fix) if part)
    return said(*(f"{part[:1].upper()}{part[1:]}." for part in parts))
