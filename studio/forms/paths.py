"""An editor of files and folders that are chosen, not typed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QFileDialog, QVBoxLayout, QWidget

from engine.settings import SettingField
from studio.forms.editor import Editor
from studio.i18n import tr
from studio.widgets import Button, ElidedText, IconButton, Text, row, set_shown, set_tip


class PathListEditor(Editor):
    """One row a file or folder; those that are gone are marked."""

    def __init__(self, field: SettingField, path: str) -> None:
        super().__init__(field, path, down=True)
        self._value: tuple[str, ...] = ()
        self._rows: list[QWidget] = []
        self._list = QVBoxLayout()
        self._list.setSpacing(2)
        self._none = Text(tr("None chosen yet"), "label", "text3")
        files = Button(tr("Add files"), "", self.choose_files, self.name_of("files"), size="small")
        folder = Button(tr("Add folder"), "", self.choose_folder, self.name_of("folder"), size="small")
        self.room.addWidget(self._none)
        self.room.addLayout(self._list)
        self.room.addLayout(row(files, folder, None, spacing=6))
        self.setFocusProxy(files)
        self.show_value(field.default or ())

    def value(self) -> tuple[str, ...]:
        """The paths."""
        return self._value

    def show_value(self, value: Any) -> None:
        """Show other paths."""
        if tuple(value) == self._value and len(self._rows) == len(self._value):
            return
        self._value = tuple(value)
        for old in self._rows:
            self._list.removeWidget(old)
            old.hide()
            old.deleteLater()
        self._rows = [self._made(number, path) for number, path in enumerate(self._value)]
        for each in self._rows:
            self._list.addWidget(each)
        set_shown(self._none, not self._value)

    def choose_files(self) -> None:
        """Ask for files."""
        self.add(QFileDialog.getOpenFileNames(self, tr("Choose files"))[0])

    def choose_folder(self) -> None:
        """Ask for a folder."""
        self.add([QFileDialog.getExistingDirectory(self, tr("Choose folder"))])

    def add(self, paths: list[str]) -> None:
        """Put paths behind the others, each once."""
        value = tuple(dict.fromkeys((*self._value, *(path for path in paths if path))))
        if value != self._value:
            self._tell(value)

    def _made(self, number: int, path: str) -> QWidget:
        place = Path(path)
        is_gone = not place.exists()
        name = ElidedText(tr("{name} is gone", name=place.name) if is_gone else place.name, "label",
                          "error" if is_gone else "", name=self.name_of(f"path-{number}"))
        set_tip(name, path)
        away = IconButton("x", tr("Remove {name}", name=place.name), lambda: self._remove(path),
                          self.name_of(f"remove-{number}"), "small")
        holder = QWidget()
        line = row(name, away, spacing=4)
        line.setStretch(0, 1)
        holder.setLayout(line)
        return holder

    def _remove(self, path: str) -> None:
        self._tell(tuple(each for each in self._value if each != path))
