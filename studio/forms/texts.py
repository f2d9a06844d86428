"""The editor of a list of texts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QFileDialog, QPlainTextEdit

from engine.corpora.encodings import decode
from engine.settings import Problem, SettingField
from studio.forms.editor import Editor
from studio.forms.scalars import escaped, unescaped
from studio.i18n import Translated, counted, show, tr
from studio.i18n.numbers import size_bytes
from studio.theme import theme
from studio.widgets import Button, Text, row, set_shown

MOST_BYTES = 2_000_000
"""Longer files are no lists; a list is kept in the project, so that it stays what it was."""


class TextListEditor(Editor):
    """Texts, one a line; line ends and tabs inside are written as \\n and \\t, but for patterns, which say it so."""

    def __init__(self, field: SettingField, path: str) -> None:
        super().__init__(field, path, down=True)
        self._value: tuple[str, ...] = tuple(field.default or ())
        is_raw = field.holds == "patterns"
        self._escaped, self._unescaped = (str, str) if is_raw else (escaped, unescaped)
        self._box = QPlainTextEdit("\n".join(map(self._escaped, self._value)))
        self._box.setObjectName(self.name_of("texts"))
        self._box.setTabChangesFocus(True)
        if is_raw:
            self._on_theme()
            theme.changed.connect(self._on_theme)
        self._box.setFixedHeight(self._box.fontMetrics().lineSpacing() * 3 + 18)
        show(self._box.setAccessibleName, tr(field.title))
        show(self._box.setPlaceholderText, tr("One a line"))
        self._box.textChanged.connect(self._on_changed)
        self._said = Text("", "label", wrap=True, name=self.name_of("said"))
        from_file = Button(tr("Add from a file"), "", self.choose_file, self.name_of("from-file"), size="small")
        self.room.addWidget(self._box)
        self.room.addLayout(row(from_file, None, spacing=6))
        self.room.addWidget(self._said)
        set_shown(self._said, False)
        self.setFocusProxy(self._box)

    def value(self) -> tuple[str, ...]:
        """The texts."""
        return self._value

    def show_value(self, value: Any) -> None:
        """Show other texts."""
        if tuple(value) != self._value:
            self._value = tuple(value)
            self._box.setPlainText("\n".join(map(self._escaped, self._value)))

    def choose_file(self) -> None:
        """Ask for a text file with a list."""
        path = QFileDialog.getOpenFileName(self, tr("Choose a text file, one a line"))[0]
        if path:
            self.add_from(Path(path))

    def add_from(self, path: Path) -> None:
        """Put the lines of a file behind the others, each once; the file itself is not needed any more."""
        try:
            if path.stat().st_size > MOST_BYTES:
                self._say(tr("{name} is too long for a list: at most {size}.", name=path.name,
                             size=size_bytes(MOST_BYTES)), "error")
                return
            lines = [line.strip() for line in decode(path.read_bytes()).splitlines()]
        except OSError as error:
            self._say(tr("{name} could not be read: {reason}.", name=path.name, reason=str(error.strerror)), "error")
            return
        value = tuple(dict.fromkeys((*self._value, *(line for line in lines if line and "\0" not in line))))
        self._say(counted("{count} line added from {name}.", "{count} lines added from {name}.",
                          len(value) - len(self._value), name=path.name), "")
        if value != self._value:
            self.show_value(value)
            self._tell(value)

    def _say(self, text: Translated, tone: str) -> None:
        self._said.say(text)
        self._said.set_tone(tone or "text2")
        set_shown(self._said, True)

    def _on_theme(self) -> None:
        """Signs of patterns must not run together, as => does in the font of the window."""
        self._box.setFont(theme.font(12, 400, "mono"))

    def own_problems(self, problems: Sequence[Problem]) -> list[Problem]:
        """Also those of single texts of the list."""
        place = f"{self.path}."
        return [problem for problem in problems if f"{'.'.join(problem.path)}.".startswith(place)]

    def _on_changed(self) -> None:
        texts = tuple(self._unescaped(line) for line in self._box.toPlainText().split("\n") if line)
        if texts != self._value:
            self._value = texts
            self._tell(texts)
