"""Words on the screen: labels in the design's roles, and tool tips that never read markup."""

from __future__ import annotations

import html

import shiboken6
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QWidget

from studio.guard import guarded
from studio.i18n import show


class Text(QLabel):
    """A label. `role`: title, big, card, strong, body, label, label-strong, caption, heading. `tone`: a colour token.

    A text made by `tr` follows the language; any other is shown as it is. Markup is never read.
    """

    def __init__(self, text: str = "", role: str = "body", tone: str = "", wrap: bool = False, name: str = "",
                 selectable: bool = False) -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setObjectName(name)
        self.setProperty("role", role)
        self.setWordWrap(wrap)
        if tone:
            self.setProperty("tone", tone)
        if selectable:
            self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse
                                         | Qt.TextInteractionFlag.TextSelectableByKeyboard)
        self.say(text)

    def say(self, text: str) -> None:
        """Show another text."""
        show(self.setText, text)

    def set_tone(self, tone: str) -> None:
        """Change the colour token; an empty one returns to the role's own."""
        set_property(self, "tone", tone)


class ElidedText(Text):
    """A label that shortens what does not fit, paths in the middle, and shows all of it in a tool tip."""

    def __init__(self, text: str = "", role: str = "body", tone: str = "", name: str = "",
                 mode: Qt.TextElideMode = Qt.TextElideMode.ElideRight) -> None:
        self._mode = mode
        super().__init__(text, role, tone, name=name)
        self.setMinimumWidth(24)

    @guarded()
    def setText(self, text: str) -> None:
        """Keep the tool tip in step with the text."""
        super().setText(text)
        set_tip(self, text)

    @guarded(returns=QSize)
    def minimumSizeHint(self) -> QSize:
        """May shrink to a few characters."""
        return QSize(24, super().minimumSizeHint().height())

    @guarded()
    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the shortened text."""
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        line = " ".join(self.text().split("\n"))
        shown = self.fontMetrics().elidedText(line, self._mode, self.contentsRect().width())
        painter.drawText(self.contentsRect(), int(self.alignment()), shown)


def set_tip(widget: QWidget, text: str) -> None:
    """Give a widget a tool tip of plain text, wrapped to a readable width; an empty text takes it away."""
    show(_Tip.of(widget).put, text)


class _Tip:
    """Puts tips of one widget; kept on the widget, so that the language reaches it as long as the widget lives."""

    def __init__(self, widget: QWidget) -> None:
        self._widget = widget

    @staticmethod
    def of(widget: QWidget) -> _Tip:
        tip = getattr(widget, "_tip", None)
        if tip is None:
            tip = _Tip(widget)
            widget._tip = tip  # type: ignore[attr-defined]
        return tip

    def put(self, text: str) -> None:
        if shiboken6.isValid(self._widget):
            self._widget.setToolTip(f"<qt>{html.escape(text)}</qt>" if text else "")


def set_property(widget: QWidget, name: str, value: object) -> None:
    """Set a property that the style sheet looks at, and have the widget drawn by it."""
    if widget.property(name) != value:
        widget.setProperty(name, value)
        widget.style().unpolish(widget)
        widget.style().polish(widget)
        widget.update()


def set_shown(widget: QWidget, shown: bool) -> None:
    """Show or hide a part of something, also before it has a parent: it must not become a window of its own."""
    if shown and widget.parentWidget() is None:
        widget.setAttribute(Qt.WidgetAttribute.WA_WState_ExplicitShowHide, False)
    else:
        widget.setVisible(shown)
