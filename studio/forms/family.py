"""Editors of families: one member of several, or a list of members; each with a form of its own below."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from PySide6.QtCore import SignalInstance
from PySide6.QtWidgets import QHBoxLayout, QMenu, QVBoxLayout, QWidget

from engine.settings import Family, Problem, SettingField, Spec, fields_of, member, members_of
from studio.forms.editor import Editor
from studio.i18n import tr
from studio.widgets import Button, IconButton, Switch, Text, row, set_shown
from studio.widgets.combo import Combo

_LEFT_TO_WENLU = "-"


class Form(Protocol):
    """What a form below an editor can do; studio.forms.spec_form.SpecForm is one."""

    edited: SignalInstance

    def show_value(self, value: Spec) -> None:
        """Show other values."""

    def show_problems(self, problems: Sequence[Problem]) -> None:
        """Show what is wrong."""


FormMaker = Callable[..., Any]
"""Makes a form: (spec class, path, leave_out=names)."""


class FamilyEditor(Editor):
    """One member of a family. Choosing another begins with its defaults; undo brings the old one back."""

    def __init__(self, field: SettingField, path: str, form: FormMaker) -> None:
        super().__init__(field, path, down=True)
        self._make_form = form
        self._value: Family | None = None
        self._form: Any = None
        members = members_of(field.annotation)
        auto = [(_LEFT_TO_WENLU, tr(field.auto) if field.auto else tr("Chosen by Wenlu"))] if field.optional else []
        options = [*auto, *((each.kind, tr(each.title)) for each in members)]
        self._kind = Combo(options, name=self.name_of("kind"), label=tr(field.title))
        self._kind.chosen.connect(self._on_chosen)
        self._words = Text("", "caption", "text2", wrap=True)
        self._room_for_form = QVBoxLayout()
        line = QHBoxLayout()
        line.addWidget(self._kind, 1)
        line.addStretch(0)
        self.room.addLayout(line)
        self.room.addWidget(self._words)
        self.room.addLayout(self._room_for_form)
        self.setFocusProxy(self._kind)
        default = field.default
        self.show_value(member(field.annotation, default["kind"])() if isinstance(default, dict) else default)

    def value(self) -> Family | None:
        """The member; None when it is left to Wenlu."""
        return self._value

    def show_value(self, value: Any) -> None:
        """Show another member or its other settings."""
        if type(value) is not type(self._value):
            self._change_form(type(value) if value is not None else None)
        self._value = value
        self._kind.choose(value.kind if value is not None else _LEFT_TO_WENLU)
        self._words.say(tr(value.summary()) if value is not None else "")
        set_shown(self._words, value is not None)
        if self._form is not None:
            self._form.show_value(value)

    def show_problems(self, problems: Sequence[Problem]) -> None:
        """Pass them on to the form below."""
        if self._form is not None:
            self._form.show_problems(problems)

    def _change_form(self, kind: type[Family] | None) -> None:
        if self._form is not None:
            self._room_for_form.removeWidget(self._form)
            self._form.hide()
            self._form.deleteLater()
            self._form = None
        if kind is not None and fields_of(kind):
            self._form = self._make_form(kind, self.path)
            self._form.edited.connect(self.edited)
            self._room_for_form.addWidget(self._form)

    def _on_chosen(self, kind: str) -> None:
        if kind == _LEFT_TO_WENLU:
            self._tell(None)
        elif self._value is None:
            self._tell({"kind": kind})
        else:
            self.edited.emit(f"{self.path}.kind", kind)


class FamilyListEditor(Editor):
    """Members in an order: each can be switched, moved, removed and set; those not there can be added."""

    def __init__(self, field: SettingField, path: str, form: FormMaker) -> None:
        super().__init__(field, path, down=True)
        self._make_form = form
        self._value: tuple[Family, ...] = ()
        self._entries: list[_Entry] = []
        self._list = QVBoxLayout()
        self._list.setSpacing(4)
        self._add = Button(tr("Add"), "plus", self._on_add, self.name_of("add"), size="small")
        self._menu = QMenu(self)
        self.room.addLayout(self._list)
        self.room.addLayout(row(self._add, None))
        self.setFocusProxy(self._add)
        self.show_value(field.default or ())

    def value(self) -> tuple[Family, ...]:
        """The members in their order."""
        return self._value

    def show_value(self, value: Any) -> None:
        """Show other members, another order or other settings."""
        before, self._value = [type(each) for each in self._value], tuple(value)
        if [type(each) for each in self._value] != before:
            self._rebuild()
        for entry, each in zip(self._entries, self._value, strict=True):
            entry.show_value(each)
        set_shown(self._add, bool(self.missing()))

    def show_problems(self, problems: Sequence[Problem]) -> None:
        """Pass them on to the forms of the members."""
        for entry in self._entries:
            entry.show_problems(problems)

    def missing(self) -> list[type[Family]]:
        """The members that are not in the list."""
        there = {type(each) for each in self._value}
        return [each for each in members_of(self.field.annotation) if each not in there]

    def add(self, kind: type[Family]) -> None:
        """Put a member at the end."""
        self._tell((*self._value, kind()))

    def _rebuild(self) -> None:
        for entry in self._entries:
            self._list.removeWidget(entry)
            entry.hide()
            entry.deleteLater()
        self._entries = [_Entry(self, number, type(each), self._make_form) for number, each in enumerate(self._value)]
        for entry in self._entries:
            entry.form.edited.connect(self.edited)
            self._list.addWidget(entry)

    def move_entry(self, number: int, by: int) -> None:
        """Move a member up or down."""
        to = number + by
        if 0 <= to < len(self._value):
            order = list(self._value)
            order.insert(to, order.pop(number))
            self._tell(tuple(order))

    def remove_entry(self, number: int) -> None:
        """Take a member out."""
        self._tell(self._value[:number] + self._value[number + 1:])

    def _on_add(self) -> None:
        self._menu.clear()
        for kind in self.missing():
            action = self._menu.addAction(tr(kind.title))
            action.setToolTip(tr(kind.summary()))
            action.triggered.connect(lambda _checked=False, kind=kind: self.add(kind))
        self._menu.popup(self._add.mapToGlobal(self._add.rect().bottomLeft()))


class _Entry(QWidget):
    """One member of the list: switch, title, buttons, and its form folded below."""

    def __init__(self, owner: FamilyListEditor, number: int, kind: type[Family], form: FormMaker) -> None:
        super().__init__()
        path = f"{owner.path}.{number}"
        name, title = f"{owner.objectName()}.{number}", tr(kind.title)
        has_switch = "enabled" in kind.model_fields
        self.form: Any = form(kind, path, leave_out=("enabled",))
        self._switch = Switch(True, title, f"{name}.enabled")
        self._switch.edited.connect(lambda on: owner.edited.emit(f"{path}.enabled", on))
        has_form = any(field.name != "enabled" for field in fields_of(kind))
        self._more = IconButton("settings-2", tr("Settings of {step}", step=title), self._on_more, f"{name}.more",
                                "small", checkable=True)
        up = IconButton("arrow-up", tr("Move up"), lambda: owner.move_entry(number, -1), f"{name}.up", "small")
        down = IconButton("arrow-down", tr("Move down"), lambda: owner.move_entry(number, 1), f"{name}.down", "small")
        away = IconButton("x", tr("Remove"), lambda: owner.remove_entry(number), f"{name}.remove", "small")
        for button, on in ((up, number > 0), (down, number < len(owner.value()) - 1)):
            button.setEnabled(on)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addLayout(row(self._switch, Text(title), None, self._more, up, down, away, spacing=6))
        layout.addWidget(self.form)
        set_shown(self._switch, has_switch)
        set_shown(self._more, has_form)
        set_shown(self.form, False)

    def show_value(self, value: Family) -> None:
        """Show other settings."""
        self._switch.setChecked(bool(getattr(value, "enabled", True)))
        self.form.show_value(value)

    def show_problems(self, problems: Sequence[Problem]) -> None:
        """Show what is wrong; the form opens where that is out of sight."""
        self.form.show_problems(problems)
        if self.form.has_problem() and not self._more.isChecked():
            self._more.setChecked(True)
            self._on_more()

    def _on_more(self) -> None:
        set_shown(self.form, self._more.isChecked())
