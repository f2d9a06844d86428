"""What every editor of a setting has: its path, its value, and one signal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from engine.settings import Problem, SettingField
from studio.i18n import show, tr

PREFIX = "setting."
"""Object names of editors are this and the setting's path, such as setting.training.batch_size."""


class Editor(QWidget):
    """Edits one setting; `edited` carries the path and the value that the user chose, never an echo."""

    edited = Signal(str, object)

    def __init__(self, field: SettingField, path: str, down: bool = False) -> None:
        super().__init__()
        self.field = field
        self.path = path
        self.setObjectName(PREFIX + path)
        show(self.setAccessibleName, tr(field.title))
        self.room = QVBoxLayout(self) if down else QHBoxLayout(self)
        self.room.setContentsMargins(0, 0, 0, 0)
        self.room.setSpacing(8)

    def value(self) -> Any:
        """The value as it is shown."""
        raise NotImplementedError

    def show_value(self, value: Any) -> None:
        """Show another value without telling anyone."""
        raise NotImplementedError

    def show_problems(self, problems: Sequence[Problem]) -> None:
        """Show what is wrong with settings inside this one; those of the setting itself stand under its row."""

    def own_problems(self, problems: Sequence[Problem]) -> list[Problem]:
        """The problems that belong to this very setting."""
        return [problem for problem in problems if ".".join(problem.path) == self.path]

    def name_of(self, part: str) -> str:
        """The object name of a control inside."""
        return f"{self.objectName()}.{part}"

    def _tell(self, value: Any) -> None:
        self.edited.emit(self.path, value)
