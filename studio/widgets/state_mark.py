"""The small round mark that says how far a stage is: its shape tells, its colour helps."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.guard import guarded
from studio.i18n import Translated, show, tr
from studio.theme import paint_icon, theme

STATES = ("none", "todo", "running", "done", "stale", "error")


class StateMark(QWidget):
    """done, running (with its fraction), stale, todo, error, or none (draws nothing)."""

    def __init__(self, state: str = "todo", fraction: float | None = None, size: int = 18, subject: str = "",
                 name: str = "") -> None:
        """`subject` is what the mark is about; with it the accessible name reads "Corpus, done"."""
        super().__init__()
        self.setObjectName(name)
        self._size = size
        self._subject = subject
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.set_state(state, fraction)

    def set_state(self, state: str, fraction: float | None = None) -> None:
        """Change the state, and the fraction of a running one."""
        self._state = state if state in STATES else "todo"
        self._fraction = fraction
        if self._subject:
            show(self.setAccessibleName, tr("{subject}, {state}", subject=self._subject, state=state_word(self._state)))
        else:
            show(self.setAccessibleName, state_word(self._state))
        self.update()

    def state(self) -> str:
        """The state shown."""
        return self._state

    @guarded(returns=QSize)
    def sizeHint(self) -> QSize:
        """As large as it was made."""
        return QSize(self._size, self._size)

    @guarded()
    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the mark in the middle."""
        painter = QPainter(self)
        square = QRect(0, 0, self._size, self._size)
        square.moveCenter(self.rect().center())
        paint_mark(painter, square, self._state, self._fraction)


def state_word(state: str) -> Translated:
    """The word for a state."""
    return {"done": tr("done"), "running": tr("running"), "stale": tr("stale"), "todo": tr("to do"),
            "error": tr("error"), "none": tr("no mark")}[state]


def paint_mark(painter: QPainter, square: QRect, state: str, fraction: float | None = None) -> None:
    """Draw a mark into a square; table delegates use this too."""
    if state == "none":
        return
    painter.save()
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    disc = QRectF(square).adjusted(1, 1, -1, -1)
    if state == "error":
        paint_icon(painter, square, "circle-alert", "error", square.width())
    elif state == "done":
        _paint_done(painter, disc)
    elif state == "running":
        _paint_running(painter, disc, fraction)
    elif state == "stale":
        _paint_stale(painter, disc)
    else:
        painter.setPen(QPen(theme.colour("line_strong"), max(1.2, disc.width() / 12)))
        painter.drawEllipse(disc.adjusted(0.5, 0.5, -0.5, -0.5))
    painter.restore()


def _paint_done(painter: QPainter, disc: QRectF) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.colour("accent"))
    painter.drawEllipse(disc)
    side = disc.width()
    painter.setPen(QPen(theme.colour("on_accent"), max(1.3, side / 9), Qt.PenStyle.SolidLine,
                        Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    corner = disc.topLeft()
    painter.drawPolyline(QPolygonF([corner + QPointF(side * x, side * y)
                                    for x, y in ((0.29, 0.52), (0.44, 0.66), (0.71, 0.36))]))


def _paint_running(painter: QPainter, disc: QRectF, fraction: float | None) -> None:
    width = max(1.6, disc.width() / 7)
    ring = disc.adjusted(width / 2, width / 2, -width / 2, -width / 2)
    painter.setPen(QPen(theme.colour("line_strong"), width))
    painter.drawEllipse(ring)
    share = 0.25 if fraction is None else min(max(fraction, 0.02), 1.0)
    painter.setPen(QPen(theme.colour("ember"), width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap))
    painter.drawArc(ring, 90 * 16, -round(share * 360 * 16))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.colour("ember"))
    radius = disc.width() / 6
    painter.drawEllipse(disc.center(), radius, radius)


def _paint_stale(painter: QPainter, disc: QRectF) -> None:
    width = max(1.2, disc.width() / 11)
    painter.setPen(QPen(theme.colour("warn"), width))
    ring = disc.adjusted(width / 2, width / 2, -width / 2, -width / 2)
    painter.drawEllipse(ring)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.colour("warn"))
    painter.drawPie(ring.adjusted(2, 2, -2, -2), 90 * 16, 180 * 16)
