"""Lucide icons in the colours of the theme, drawn sharp at every pixel ratio."""

from __future__ import annotations

from functools import lru_cache
from typing import Any
from weakref import WeakKeyDictionary

import shiboken6
from PySide6.QtCore import QByteArray, QPoint, QRect, QRectF, QSize
from PySide6.QtGui import QColor, QGuiApplication, QIcon, QPainter, QPixmap

from engine.assets import asset
from studio.theme.theme import theme

_worn: WeakKeyDictionary[Any, tuple[str, str, int, int]] = WeakKeyDictionary()


def icon(name: str, token: str = "text2", size: int = 16, gap: int = 0) -> QIcon:
    """An icon as it looks now, with `gap` points of air at its right; for one that follows the theme use `set_icon`."""
    made = QIcon()
    for ratio in _ratios():
        made.addPixmap(_with_gap(picture(name, token, size, ratio), gap))
        if token != "on_accent":
            made.addPixmap(_with_gap(picture(name, "text3", size, ratio), gap), QIcon.Mode.Disabled)
    return made


def set_icon(widget: Any, name: str, token: str = "text2", size: int = 16, gap: int = 0) -> None:
    """Give a button or action an icon that changes its colour with the theme."""
    _worn[widget] = (name, token, size, gap)
    _dress(widget)


def picture(name: str, token: str = "text2", size: int = 16, ratio: float = 1.0) -> QPixmap:
    """The icon as a picture of size × size points."""
    return _render(name, theme.colour(token).name(), size, ratio)


def paint_icon(painter: QPainter, where: QPoint | QRect, name: str, token: str = "text2", size: int = 16) -> None:
    """Draw an icon at a point, or in the middle of a rectangle."""
    if isinstance(where, QRect):
        where = QPoint(where.center().x() - (size - 1) // 2, where.center().y() - (size - 1) // 2)
    painter.drawPixmap(where, picture(name, token, size, painter.device().devicePixelRatioF()))


@lru_cache(maxsize=600)
def _render(name: str, colour: str, size: int, ratio: float) -> QPixmap:
    from PySide6.QtSvg import QSvgRenderer  # not before the bare window is painted

    pixmap = QPixmap(QSize(round(size * ratio), round(size * ratio)))
    pixmap.fill(QColor(0, 0, 0, 0))
    renderer = QSvgRenderer(QByteArray(_drawing(name).replace("currentColor", colour).encode()))
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    renderer.render(painter, QRectF(0, 0, pixmap.width(), pixmap.height()))
    painter.end()
    pixmap.setDevicePixelRatio(ratio)
    return pixmap


@lru_cache(maxsize=200)
def _drawing(name: str) -> str:
    text = asset(f"icons/{name}.svg").read_text("utf-8")
    return text.replace('stroke-width="2"', 'stroke-width="1.75"')


def _with_gap(pixmap: QPixmap, gap: int) -> QPixmap:
    if not gap:
        return pixmap
    ratio = pixmap.devicePixelRatioF()
    wider = QPixmap(pixmap.width() + round(gap * ratio), pixmap.height())
    wider.setDevicePixelRatio(ratio)
    wider.fill(QColor(0, 0, 0, 0))
    painter = QPainter(wider)
    painter.drawPixmap(0, 0, pixmap)
    painter.end()
    return wider


def _ratios() -> set[float]:
    return {1.0, 2.0, *(screen.devicePixelRatio() for screen in QGuiApplication.screens())}


def _dress(widget: Any) -> None:
    name, token, size, gap = _worn[widget]
    widget.setIcon(icon(name, token, size, gap))
    if hasattr(widget, "setIconSize"):
        widget.setIconSize(QSize(size + gap, size))


def _dress_all_again() -> None:
    for widget in list(_worn):
        if shiboken6.isValid(widget):
            _dress(widget)
        else:
            _worn.pop(widget, None)


theme.changed.connect(_dress_all_again)
