"""The window in which a recipe is given a name."""

from __future__ import annotations

from collections.abc import Collection

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QLineEdit, QVBoxLayout, QWidget

from studio.i18n import show, tr, words
from studio.widgets import Button, PrimaryButton, Text, row


class NameDialog(QDialog):
    """`given` carries the name. `taken` names would be replaced, which is said; `reserved` ones cannot be used."""

    given = Signal(str)

    def __init__(self, heading: str, name: str, taken: Collection[str], reserved: Collection[str],
                 parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("recipe.dialog")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        show(self.setWindowTitle, heading)
        self._taken, self._reserved, self._is_rename = taken, reserved, bool(name)
        self.name = QLineEdit(name)
        self.name.setObjectName("recipe.name")
        self.name.setMaxLength(60)
        words(self.name.setAccessibleName, "Name of the recipe")
        words(self.name.setPlaceholderText, "such as Old novels")
        self._note = Text("", "label", wrap=True, name="recipe.note")
        self.save = PrimaryButton(tr("Save"), "check", self._on_save, "recipe.save")
        cancel = Button(tr("Cancel"), "", self.reject, "recipe.cancel")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(22, 20, 22, 18)
        layout.setSpacing(12)
        layout.addWidget(Text(heading, "card"))
        layout.addWidget(Text(tr("The steps with their settings and their order are kept, for all your projects."),
                              "body", "text2", wrap=True))
        layout.addWidget(self.name)
        layout.addWidget(self._note)
        layout.addLayout(row(None, cancel, self.save))
        self.setMinimumWidth(440)
        self.name.textChanged.connect(self._on_typed)
        self.name.returnPressed.connect(self._on_save)
        self._on_typed()
        self.name.selectAll()
        self.name.setFocus()

    def _on_typed(self) -> None:
        name = " ".join(self.name.text().lower().split())
        is_reserved, is_taken = name in self._reserved, name in self._taken
        is_bad = is_reserved or (is_taken and self._is_rename)
        self._note.set_tone("error" if is_bad else "text2")
        self._note.say(tr("Wenlu has a recipe of this name. Choose another.") if is_reserved else
                       tr("You have a recipe of this name. Choose another.") if is_bad else
                       tr("Your recipe of this name will be replaced.") if is_taken else "")
        self.save.setEnabled(any(map(str.isalnum, name)) and not is_bad)

    def _on_save(self) -> None:
        if self.save.isEnabled():
            self.given.emit(self.name.text())
            self.accept()
