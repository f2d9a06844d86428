"""One step in the list: handle, number, title, effect, switch."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QWidget

from engine.cleaning.step import CleaningStep
from studio.guard import guarded
from studio.i18n import tr, words
from studio.theme import theme
from studio.widgets import ElidedText, Switch, Text, set_property, set_tip
from studio.widgets.strip import Glyph


class Handle(Glyph):
    """Dragged up and down; `dragged` carries the height of the pointer on the screen, `let_go` ends it."""

    dragged = Signal(QPointF)
    let_go = Signal()

    def __init__(self, name: str) -> None:
        super().__init__("grip-vertical", "text3", 15)
        self.setObjectName(name)
        self.setCursor(Qt.CursorShape.SizeVerCursor)
        words(self.setAccessibleName, "Drag to another place")
        set_tip(self, tr("Drag to another place"))

    @guarded()
    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin to drag; the row is chosen by the same press."""
        event.ignore()
        self.grabMouse()

    @guarded()
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Tell where the pointer is."""
        self.dragged.emit(event.globalPosition())

    @guarded()
    def mouseReleaseEvent(self, _event: QMouseEvent) -> None:
        """The step stays here."""
        self.releaseMouse()
        self.let_go.emit()


class StepRow(QFrame):
    """Click or ↑↓ chooses it, Space switches it, Alt+↑↓ moves it, Delete takes it out."""

    chosen = Signal(str)
    switched = Signal(str, bool)
    pressed_key = Signal(str, str)  # kind, one of previous, next, up, down, remove
    asked_menu = Signal(str, QPointF)

    def __init__(self, kind: type[CleaningStep], number: int) -> None:
        super().__init__()
        self.kind = kind.kind
        name = f"clean.step.{kind.kind}"
        self.setObjectName(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        words(self.setAccessibleName, kind.title)
        self.handle = Handle(f"{name}.handle")
        self.number = Text(str(number), "label")
        self.number.setFixedWidth(18)
        self._title = ElidedText(tr(kind.title), "body", name=f"{name}.title")
        self._effect = Text("", "caption", name=f"{name}.effect")
        self._switch = Switch(True, tr(kind.title), f"{name}.switch")
        self._switch.edited.connect(lambda on: self.switched.emit(self.kind, on))
        set_tip(self._title, tr(kind.summary()))
        self._is_chosen = False
        layout = QHBoxLayout(self)
        layout.setContentsMargins(6, 0, 8, 0)
        layout.setSpacing(8)
        widgets: tuple[tuple[QWidget, int], ...] = (
            (self.handle, 0), (self.number, 0), (self._title, 1), (self._effect, 0), (self._switch, 0))
        for widget, stretch in widgets:
            layout.addWidget(widget, stretch)

    def show_step(self, step: CleaningStep, number: int, effect: str, tip: str, is_at_fault: bool) -> None:
        """Show the step as it is, what it does to the sample, and whether a setting of it needs mending."""
        self.number.say(str(number))
        self._switch.setChecked(step.enabled)
        self._title.set_tone("" if step.enabled else "text3")
        self._effect.set_tone("error" if is_at_fault else "")
        self._effect.say(tr("to mend") if is_at_fault else effect if step.enabled else tr("off"))
        set_tip(self._effect, tr("A setting of this step needs mending; that setting is skipped until then.")
                if is_at_fault else tip if step.enabled else "")

    def set_chosen(self, on: bool) -> None:
        """Draw it as the chosen one."""
        self._is_chosen = on
        set_property(self._title, "role", "strong" if on else "body")
        self.update()

    @guarded()
    def paintEvent(self, _event: QPaintEvent) -> None:
        """A soft ground under the chosen row."""
        if self._is_chosen:
            painter = QPainter(self)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour("selected"))
            painter.drawRoundedRect(self.rect(), 6, 6)

    @guarded()
    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose it."""
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        self.chosen.emit(self.kind)

    @guarded()
    def focusInEvent(self, event: QFocusEvent) -> None:
        """Choose it when it is reached by Tab."""
        super().focusInEvent(event)
        if event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason):
            self.chosen.emit(self.kind)

    @guarded()
    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """What can be done with the step."""
        self.asked_menu.emit(self.kind, QPointF(event.globalPos()))

    @guarded()
    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Keys of the list."""
        alt = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
        word = {Qt.Key.Key_Up: "up" if alt else "previous", Qt.Key.Key_Down: "down" if alt else "next",
                Qt.Key.Key_Delete: "remove"}.get(Qt.Key(event.key()))
        if word:
            self.pressed_key.emit(self.kind, word)
        elif event.key() == Qt.Key.Key_Space:
            self._switch.click()
        else:
            super().keyPressEvent(event)
