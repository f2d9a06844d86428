"""The architecture as blocks from input to output, with the share of the parameters that each one holds."""

from __future__ import annotations

import itertools

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from engine.models.spec import Size
from studio.guard import guarded
from studio.i18n import tr, words
from studio.i18n.numbers import percent, short
from studio.theme import theme

COLOURS = {"Tokens": "k3", "Token groups": "k5", "Positions": "k5", "Attention": "k1", "Feed-forward": "k2",
           "Router": "k5", "Experts": "k2",
           "Output": "k4", "Elman": "k1", "LSTM": "k1", "GRU": "k1", "Further layers": "k2", "Projection": "k5",
           "First state": "k3", "State to state": "k1", "State to token": "k4"}
BARS = {"Tokens": "p3", "Token groups": "p5", "Positions": "p5", "Attention": "p1", "Feed-forward": "p2",
        "Router": "p5", "Experts": "p2",
        "Output": "p4", "Elman": "p1", "LSTM": "p1", "GRU": "p1", "Further layers": "p2", "Projection": "p5",
        "First state": "p3", "State to state": "p1", "State to token": "p4"}
SETTINGS = {"Tokens": "d_model", "Token groups": "ngram_buckets", "Positions": "context_length",
            "Attention": "n_heads", "Feed-forward": "d_ff", "Router": "experts_per_token",
            "Experts": "n_experts", "Output": "tie_embeddings",
            "Elman": "cell", "LSTM": "cell", "GRU": "cell", "Further layers": "n_layers",
            "Projection": "tie_embeddings", "First state": "n_states", "State to state": "n_states",
            "State to token": "pseudo_count"}


class Diagram(QWidget):
    """`pressed` carries the setting that a block stands for."""

    pressed = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("model.diagram")
        self.setMinimumHeight(280)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._size: Size | None = None
        self._boxes: list[tuple[QRectF, str]] = []
        theme.changed.connect(self.update)

    def show_size(self, size: Size | None) -> None:
        """Show another model."""
        self._size = size
        if size is not None:
            words(self.setAccessibleName, "Architecture: {parts}",
                  parts=lambda: ", ".join(f"{tr(title)} {short(count)}" for title, _, count in size.parts))
        self.update()

    @guarded()
    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the blocks, input at the bottom."""
        self._boxes = []
        if self._size is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        parts = self._size.parts
        step = min(74.0, (self.height() - 12) / max(len(parts), 1))
        height = min(44.0, step - 12)
        left, width = self.width() * 0.16, self.width() * 0.5
        bottom = (self.height() + step * len(parts)) / 2
        boxes = [QRectF(left, bottom - step * (number + 1) + (step - height) / 2, width, height)
                 for number in range(len(parts))]
        self._frame_repeated(painter, boxes)
        painter.setPen(QPen(theme.colour("line_strong"), 1.4))
        for below, above in itertools.pairwise(boxes):
            self._arrow(painter, QPointF(below.center().x(), below.top()), above.bottom())
        for box, (title, holds, count) in zip(boxes, parts, strict=True):
            self._block(painter, box, title, holds)
            self._share(painter, box, title, count)
            self._boxes.append((box, title))

    def _frame_repeated(self, painter: QPainter, boxes: list[QRectF]) -> None:
        size = self._size
        inside = [box for box, (title, _, _) in zip(boxes, size.parts, strict=True) if title in size.repeating] \
            if size else []
        if not inside or size is None:
            return
        frame = inside[0].united(inside[-1]).adjusted(-14, -7, 14, 7)
        pen = QPen(theme.colour("line_strong"), 1.2, Qt.PenStyle.DashLine)
        painter.setPen(pen)
        painter.setBrush(theme.colour("raised"))
        painter.drawRoundedRect(frame, 8, 8)
        painter.setPen(theme.colour("accent"))
        painter.setFont(theme.font(18, 600))
        painter.drawText(QRectF(0, frame.top(), frame.left() - 10, frame.height()),
                         int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), f"× {size.repeated}")

    def _arrow(self, painter: QPainter, start: QPointF, end: float) -> None:
        painter.drawLine(start, QPointF(start.x(), end + 2))
        tip = QPointF(start.x(), end + 2)
        painter.drawLine(tip, tip + QPointF(-3, 4))
        painter.drawLine(tip, tip + QPointF(3, 4))

    def _block(self, painter: QPainter, box: QRectF, title: str, holds: str) -> None:
        painter.setPen(QPen(theme.colour("line_strong"), 1))
        painter.setBrush(theme.colour(COLOURS.get(title, "surface")))
        painter.drawRoundedRect(box, 6, 6)
        inner = box.adjusted(12, 0, -12, 0)
        painter.setPen(theme.colour("text"))
        painter.setFont(theme.font(13, 600))
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(inner, int(middle | Qt.AlignmentFlag.AlignLeft), tr(title))
        painter.setPen(theme.colour("text2"))
        painter.setFont(theme.font(11, 400, "mono"))
        painter.drawText(inner, int(middle | Qt.AlignmentFlag.AlignRight), holds)

    def _share(self, painter: QPainter, box: QRectF, title: str, count: int) -> None:
        size = self._size
        if size is None or not count:
            return
        count *= size.repeated if title in size.repeating else 1
        share = count / max(size.parameters, 1)
        track = QRectF(self.width() * 0.72, box.center().y() - 4, self.width() * 0.1, 8)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour("line"))
        painter.drawRoundedRect(track, 4, 4)
        track.setWidth(max(4.0, track.width() * min(share, 1.0)))
        painter.setBrush(theme.colour(BARS.get(title, "p6")))
        painter.drawRoundedRect(track, 4, 4)
        place = QRectF(self.width() * 0.83, box.top(), self.width() * 0.17, box.height())
        painter.setPen(theme.colour("text"))
        painter.setFont(theme.font(12, 600))
        painter.drawText(place, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), short(count))
        painter.setPen(theme.colour("text2"))
        painter.setFont(theme.font(12))
        painter.drawText(place, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight), percent(share, 1))

    @guarded()
    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Tell which block was pressed."""
        for box, title in self._boxes:
            if box.contains(event.position()) and title in SETTINGS:
                self.pressed.emit(SETTINGS[title])
