"""Painting for hours: a Qt binding that gives `None` back once too often ends the process after thousands of paints."""

from __future__ import annotations

import sys

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QImage, QPainter, QPen

TIMES = 100_000


def test_a_hundred_thousand_paints_leave_none_as_it_was() -> None:
    image = QImage(32, 32, QImage.Format.Format_ARGB32_Premultiplied)
    pens = [QPen(Qt.GlobalColor.black), QPen(Qt.GlobalColor.white)]
    before = sys.getrefcount(None)
    painter = QPainter(image)
    for number in range(TIMES):
        painter.setPen(pens[number % 2])
        painter.drawLine(1, number % 32, 30, 2)
    for number in range(TIMES // 10):
        painter.save()
        painter.setBrush(Qt.GlobalColor.red)
        painter.drawRect(QRectF(0, 0, 4, 4))
        painter.drawText(QPointF(2, 20), str(number % 10))
        painter.restore()
    painter.end()
    assert abs(sys.getrefcount(None) - before) < TIMES // 100  # always true where None cannot die (Python 3.12)
