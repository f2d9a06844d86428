"""A place that takes what is dropped on it: files, folders, web addresses, text."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QMimeData, QRectF, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QVBoxLayout, QWidget

from studio.guard import guarded
from studio.theme import theme
from studio.widgets.card import add_to


@dataclass(frozen=True)
class Dropped:
    """What was dropped: paths of files and folders, web addresses, or a text."""

    paths: tuple[Path, ...] = ()
    addresses: tuple[str, ...] = ()
    text: str = ""

    def __bool__(self) -> bool:
        """Whether there is anything in it."""
        return bool(self.paths or self.addresses or self.text)


def read_drop(data: QMimeData) -> Dropped:
    """What a drag or the clipboard holds that Wenlu can take; paths win over text."""
    paths = tuple(Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile() and url.toLocalFile())
    addresses = tuple(url.toString() for url in data.urls() if url.scheme() in ("http", "https"))
    if paths or addresses:
        return Dropped(paths, addresses)
    return read_typed(data.text() if data.hasText() else "")


def read_typed(text: str) -> Dropped:
    """The same for what was typed or pasted: one web address a line, or else a text."""
    lines = text.strip().split()
    if lines and all(line.startswith(("http://", "https://")) for line in lines):
        return Dropped(addresses=tuple(lines))
    return Dropped(text=text) if text.strip() else Dropped()


class DropArea(QWidget):
    """A dashed box around a `body`; brighter while something hangs over it."""

    dropped = Signal(object)  # Dropped

    def __init__(self, name: str = "", padding: int = 12) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setAcceptDrops(True)
        self._is_over = False
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(padding, padding, padding, padding)

    def add(self, item: QWidget, stretch: int = 0) -> None:
        """Put a widget into the box."""
        add_to(self.body, item, stretch)

    @guarded()
    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take only what can be read."""
        if read_drop(event.mimeData()):
            event.acceptProposedAction()
            self._set_over(True)

    @guarded()
    def dragLeaveEvent(self, _event: QDragLeaveEvent) -> None:
        """It went away."""
        self._set_over(False)

    @guarded()
    def dropEvent(self, event: QDropEvent) -> None:
        """Tell what came."""
        self._set_over(False)
        found = read_drop(event.mimeData())
        if found:
            event.acceptProposedAction()
            self.dropped.emit(found)

    @guarded()
    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the dashed edge."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pen = QPen(theme.colour("accent"), 1.6)
        pen.setStyle(Qt.PenStyle.CustomDashLine)
        pen.setDashPattern([5, 3])
        painter.setPen(pen)
        painter.setBrush(theme.colour("accent_soft" if self._is_over else "surface"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 14, 14)

    def _set_over(self, is_over: bool) -> None:
        self._is_over = is_over
        self.update()
