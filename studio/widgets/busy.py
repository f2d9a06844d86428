"""Work in progress: how far, how long still, and the way out."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, QTimerEvent, Signal
from PySide6.QtGui import QHideEvent, QPainter, QPaintEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from studio.guard import guarded
from studio.i18n import show, tr, words
from studio.i18n.numbers import duration, grouped
from studio.theme import picture, theme
from studio.widgets.buttons import QuietButton
from studio.widgets.card import column, row
from studio.widgets.state_mark import StateMark
from studio.widgets.text import Text, set_shown


class Bar(QWidget):
    """A plain bar, `token` over a pale track; nothing moves by itself."""

    def __init__(self, fraction: float = 0.0, token: str = "ember", thickness: int = 6, name: str = "") -> None:
        super().__init__()
        self.setObjectName(name)
        self._fraction, self._token, self._thickness = fraction, token, thickness
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_fraction(self, fraction: float, token: str = "") -> None:
        """How much is done, 0 to 1."""
        self._fraction = min(max(fraction, 0.0), 1.0)
        self._token = token or self._token
        show(self.setAccessibleName, tr("{percent} percent", percent=round(self._fraction * 100)))
        self.update()

    def fraction(self) -> float:
        """How much is done."""
        return self._fraction

    @guarded(returns=QSize)
    def sizeHint(self) -> QSize:
        """Thin and as long as there is room."""
        return QSize(80, self._thickness)

    @guarded()
    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw track and share."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        track = QRectF(0, (self.height() - self._thickness) / 2, self.width(), self._thickness)
        radius = self._thickness / 2
        painter.setPen(theme.colour("line"))
        painter.setBrush(theme.colour("line"))
        painter.drawRoundedRect(track.adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)
        if self._fraction > 0:
            painter.setPen(theme.colour(self._token))
            painter.setBrush(theme.colour(self._token))
            track.setWidth(max(self._thickness, track.width() * self._fraction))
            painter.drawRoundedRect(track.adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)


class Spinner(QWidget):
    """Turns while it is in sight, for work whose length is not known."""

    def __init__(self, size: int = 16) -> None:
        super().__init__()
        self._size, self._turn, self._timer = size, 0, 0
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        words(self.setAccessibleName, "running")

    @guarded(returns=QSize)
    def sizeHint(self) -> QSize:
        """As large as its icon."""
        return QSize(self._size, self._size)

    @guarded()
    def showEvent(self, _event: QShowEvent) -> None:
        """Begin to turn."""
        self._timer = self._timer or self.startTimer(120)

    @guarded()
    def hideEvent(self, _event: QHideEvent) -> None:
        """Rest."""
        if self._timer:
            self.killTimer(self._timer)
            self._timer = 0

    @guarded()
    def timerEvent(self, _event: QTimerEvent) -> None:
        """One eighth of a turn."""
        self._turn = (self._turn + 45) % 360
        self.update()

    @guarded()
    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the rays at the angle of now."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.translate(self.width() / 2, self.height() / 2)
        painter.rotate(self._turn)
        painter.drawPixmap(-self._size // 2, -self._size // 2,
                           picture("loader", "ember", self._size, self.devicePixelRatioF()))


class BusyBar(QWidget):
    """What runs, its bar, done of total, the time left, and Cancel. Without a total it spins instead."""

    cancelled = Signal()

    def __init__(self, title: str = "", name: str = "") -> None:
        super().__init__()
        self.setObjectName(name)
        self._mark, self._spinner = StateMark("running", 0.0, 16), Spinner()
        self._title, self._left = Text(title, "strong"), Text("", "caption")
        self._bar = Bar()
        self.cancel = QuietButton(tr("Cancel"), "x", self.cancelled.emit, f"{name}.cancel" if name else "")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(10)
        layout.addWidget(self._mark)
        layout.addWidget(self._spinner)
        layout.addLayout(column(row(self._title, None, self._left), self._bar, spacing=5), 1)
        layout.addWidget(self.cancel)
        self.set_progress(0, None)

    def say(self, title: str) -> None:
        """What runs."""
        self._title.say(title)

    def set_progress(self, done: float, total: float | None, seconds_left: float | None = None) -> None:
        """How far it is; `total` None means the length is not known."""
        known = total is not None and total > 0
        fraction = done / total if total else 0.0
        self._mark.set_state("running", fraction)
        self._bar.set_fraction(fraction)
        set_shown(self._mark, known)
        set_shown(self._bar, known)
        set_shown(self._spinner, not known)
        if total and seconds_left is not None:
            self._left.say(tr("{done} of {total} · {time} left", done=grouped(done), total=grouped(total),
                              time=duration(seconds_left)))
        elif total:
            self._left.say(tr("{done} of {total}", done=grouped(done), total=grouped(total)))
        else:
            self._left.say(grouped(done) if done else "")
