"""A choice of one among two to six, all in sight."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QButtonGroup, QFrame, QGridLayout, QPushButton, QSizePolicy

from studio.guard import guarded
from studio.i18n import show
from studio.theme import set_icon
from studio.widgets.text import set_tip


class Segment(QFrame):
    """Exclusive choices side by side; ←→ moves between them. `chosen` is emitted when the user picks another."""

    chosen = Signal(str)

    def __init__(self, options: Sequence[tuple[str, str] | tuple[str, str, str]], value: str = "", name: str = "",
                 label: str = "", columns: int = 6) -> None:
        """Each option is (key, text) or (key, text, icon); with an icon the text becomes the tool tip.

        More than `columns` of them stand in rows of equal columns, as wide as there is room.
        """
        super().__init__()
        self.setObjectName(name)
        self.setProperty("surface", "segment")
        across = QSizePolicy.Policy.Maximum if len(options) <= columns else QSizePolicy.Policy.Preferred
        self.setSizePolicy(across, QSizePolicy.Policy.Fixed)
        show(self.setAccessibleName, label)
        self._group = QButtonGroup(self)
        self._group.setExclusive(True)
        self._buttons: dict[str, QPushButton] = {}
        layout = QGridLayout(self)
        layout.setContentsMargins(1, 1, 1, 1)
        layout.setSpacing(1)
        for place, (key, text, *icons) in enumerate(options):
            layout.addWidget(self._make(key, text, icons[0] if icons else ""), place // columns, place % columns)
        for column in range(min(columns, len(options)) if len(options) > columns else 0):
            layout.setColumnStretch(column, 1)
        self._value = ""
        self.choose(value or options[0][0])
        self._group.buttonToggled.connect(self._on_toggled)

    def value(self) -> str:
        """The key of the choice."""
        return self._value

    def choose(self, key: str) -> None:
        """Show another choice without telling anyone."""
        if key in self._buttons and key != self._value:
            self._value = key
            self._buttons[key].setChecked(True)
            self._dress()

    def button(self, key: str) -> QPushButton:
        """The button of a choice."""
        return self._buttons[key]

    def _make(self, key: str, text: str, icon: str) -> QPushButton:
        button = _Choice(self)
        button.setProperty("kind", "segment")
        button.setProperty("icon-name", icon)
        button.setObjectName(f"{self.objectName()}.{key}" if self.objectName() else "")
        button.setCheckable(True)
        button.setAutoDefault(False)
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        button.setCursor(Qt.CursorShape.PointingHandCursor)
        show(button.setAccessibleName, text)
        if icon:
            button.setProperty("icon-only", True)
            set_tip(button, text)
        else:
            show(button.setText, text)
        self._group.addButton(button)
        self._buttons[key] = button
        return button

    def step(self, by: int) -> None:
        """Choose the next or the one before, as the arrow keys do."""
        keys = list(self._buttons)
        button = self._buttons[keys[(keys.index(self._value) + by) % len(keys)]]
        button.setFocus(Qt.FocusReason.TabFocusReason)
        button.setChecked(True)

    def _dress(self) -> None:
        for key, button in self._buttons.items():
            icon = button.property("icon-name")
            if icon:
                set_icon(button, icon, "accent" if key == self._value else "text2")

    def _on_toggled(self, button: QPushButton, on: bool) -> None:
        key = next(key for key, other in self._buttons.items() if other is button)
        if on and key != self._value:
            self._value = key
            self._dress()
            self.chosen.emit(key)


class _Choice(QPushButton):
    """One of the choices; the arrows pick its neighbours."""

    def __init__(self, owner: Segment) -> None:
        super().__init__()
        self._owner = owner

    @guarded()
    def setText(self, text: str) -> None:
        """A plain text: an ampersand in it is no sign of a key."""
        super().setText(text.replace("&", "&&"))

    @guarded()
    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows first."""
        steps = {Qt.Key.Key_Right: 1, Qt.Key.Key_Left: -1}
        if event.key() in steps:
            self._owner.step(steps[Qt.Key(event.key())])
        else:
            super().keyPressEvent(event)
