"""What a style sheet cannot say: the focus ring outside a control, check boxes and arrows."""

from __future__ import annotations

from typing import Any

import shiboken6
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QGuiApplication, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QApplication,
    QFocusFrame,
    QProxyStyle,
    QStyle,
    QStyleFactory,
    QStyleOption,
    QWidget,
)

from studio.guard import guarded
from studio.theme.theme import theme

_ARROWS = {
    QStyle.PrimitiveElement.PE_IndicatorArrowDown: ((-4, -2), (0, 2), (4, -2)),
    QStyle.PrimitiveElement.PE_IndicatorArrowUp: ((-4, 2), (0, -2), (4, 2)),
    QStyle.PrimitiveElement.PE_IndicatorArrowRight: ((-2, -4), (2, 0), (-2, 4)),
    QStyle.PrimitiveElement.PE_IndicatorArrowLeft: ((2, -4), (-2, 0), (2, 4)),
}
_BOXES = (QStyle.PrimitiveElement.PE_IndicatorCheckBox, QStyle.PrimitiveElement.PE_IndicatorItemViewItemCheck)
_RING_REACH = 4


class WenluStyle(QProxyStyle):
    """Fusion, with Wenlu's focus ring, check boxes and arrows."""

    def __init__(self) -> None:
        super().__init__(QStyleFactory.create("Fusion"))

    @guarded()
    def drawPrimitive(self, element: QStyle.PrimitiveElement, option: QStyleOption, painter: QPainter,
                      widget: QWidget | None = None) -> None:
        """Draw check boxes and arrows ourselves, leave out the dotted focus rectangle, pass on the rest."""
        if element == QStyle.PrimitiveElement.PE_FrameFocusRect:
            return
        if element in _BOXES:
            _draw_check_box(option, painter)
        elif element in _ARROWS:
            _draw_arrow(_ARROWS[element], option, painter)
        else:
            super().drawPrimitive(element, option, painter, widget)

    @guarded()
    def drawControl(self, element: QStyle.ControlElement, option: QStyleOption, painter: QPainter,
                    widget: QWidget | None = None) -> None:
        """Draw the ring of the focus frame; pass on the rest."""
        if element == QStyle.ControlElement.CE_FocusFrame:
            painter.save()
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(theme.colour("accent"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(option.rect).adjusted(1, 1, -1, -1), 8, 8)
            painter.restore()
            return
        super().drawControl(element, option, painter, widget)

    @guarded(returns=0)
    def pixelMetric(self, metric: QStyle.PixelMetric, option: QStyleOption | None = None,
                    widget: QWidget | None = None) -> int:
        """How far the ring reaches outside its control."""
        if metric in (QStyle.PixelMetric.PM_FocusFrameHMargin, QStyle.PixelMetric.PM_FocusFrameVMargin):
            return _RING_REACH
        if metric in (QStyle.PixelMetric.PM_IndicatorWidth, QStyle.PixelMetric.PM_IndicatorHeight):
            return 16
        return super().pixelMetric(metric, option, widget)

    @guarded(returns=0)
    def styleHint(self, hint: QStyle.StyleHint, option: QStyleOption | None = None,
                  widget: QWidget | None = None, data: Any = None) -> int:
        """Let the ring lie above its neighbours."""
        if hint == QStyle.StyleHint.SH_FocusFrame_AboveWidget:
            return 1
        if hint == QStyle.StyleHint.SH_Slider_AbsoluteSetButtons:
            return Qt.MouseButton.LeftButton.value
        return super().styleHint(hint, option, widget, data)


class FocusRing:
    """Moves one ring to whatever control the keyboard reached; a mouse press shows none."""

    def __init__(self, application: QApplication) -> None:
        self._frame: QFocusFrame | None = None
        application.focusChanged.connect(self._on_focus_changed)

    def _on_focus_changed(self, _before: QWidget | None, now: QWidget | None) -> None:
        if self._frame is not None and not shiboken6.isValid(self._frame):
            self._frame = None  # it went with the window it was drawn in
        if self._frame is not None:
            self._frame.setWidget(None)  # type: ignore[arg-type]
        by_mouse = QGuiApplication.mouseButtons() != Qt.MouseButton.NoButton
        if now is None or by_mouse or not _wears_ring(now):
            return
        self._frame = self._frame if self._frame is not None else QFocusFrame()
        self._frame.setWidget(now)


def dress(application: QApplication) -> FocusRing:
    """Give the application Wenlu's style, fonts, colours and focus ring; keep what it returns."""
    theme.install(WenluStyle())
    return FocusRing(application)


def _wears_ring(widget: QWidget) -> bool:
    if isinstance(widget, QAbstractItemView):
        return False
    return isinstance(widget, QAbstractButton | QAbstractSlider) or bool(widget.property("ring"))


def _draw_check_box(option: QStyleOption, painter: QPainter) -> None:
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    box = QRectF(option.rect).adjusted(1, 1, -1, -1)
    is_on = bool(option.state & QStyle.StateFlag.State_On)
    is_partial = bool(option.state & QStyle.StateFlag.State_NoChange)
    painter.setPen(QPen(theme.colour("accent" if is_on or is_partial else "line_strong"), 1.2))
    painter.setBrush(theme.colour("accent_soft" if is_on or is_partial else "surface"))
    painter.drawRoundedRect(box, 3, 3)
    painter.setPen(QPen(theme.colour("accent"), 1.8, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
    width, height = box.width(), box.height()
    if is_on:
        painter.drawPolyline(QPolygonF([
            QPointF(box.x() + width * 0.24, box.y() + height * 0.52),
            QPointF(box.x() + width * 0.43, box.y() + height * 0.70),
            QPointF(box.x() + width * 0.76, box.y() + height * 0.32),
        ]))
    elif is_partial:
        middle = box.center().y()
        painter.drawLine(QPointF(box.x() + 4, middle), QPointF(box.right() - 4, middle))
    painter.restore()


def _draw_arrow(points: tuple[tuple[int, int], ...], option: QStyleOption, painter: QPainter) -> None:
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(theme.colour("text2"), 1.5, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap,
                        Qt.PenJoinStyle.RoundJoin))
    middle = QRectF(option.rect).center()
    painter.drawPolyline(QPolygonF([QPointF(middle.x() + x, middle.y() + y) for x, y in points]))
    painter.restore()
