"""A notice of the system when a training ends while nobody looks at the window."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QSystemTrayIcon, QWidget

from engine.events import JobEnded
from studio.i18n import said, tr
from studio.job_words import run_title
from studio.run_cards import RunCard

SHOWN_MILLISECONDS = 8000


class EndNotice(QObject):
    """Best effort: where the system shows no notices, nothing happens."""

    def __init__(self, session: Any, window: QWidget, icon: QIcon) -> None:
        super().__init__(window)
        self._session, self._window, self._icon = session, window, icon
        self._tray: QSystemTrayIcon | None = None
        session.job_ended.connect(self._on_ended)

    def _on_ended(self, verb: str, name: str, word: JobEnded) -> None:
        if verb != "train" or self._window.isActiveWindow() or not QSystemTrayIcon.isSystemTrayAvailable():
            return
        title, text = notice_of(name, word, next((card for card in self._session.runs() if card.name == name), None))
        if self._tray is None:
            self._tray = QSystemTrayIcon(self._icon, self)
            self._tray.messageClicked.connect(self._on_clicked)
        self._tray.show()
        kind = QSystemTrayIcon.MessageIcon
        self._tray.showMessage(title, text, kind.Warning if word.status == "failed" else kind.Information,
                               SHOWN_MILLISECONDS)

    def _on_clicked(self) -> None:
        self._window.raise_()
        self._window.activateWindow()
        if self._tray is not None:
            self._tray.hide()


def notice_of(name: str, word: JobEnded, card: RunCard | None) -> tuple[str, str]:
    """Title and text of the notice."""
    run = (card.title if card else "") or run_title(name)
    titles = {"done": tr("{run} is trained.", run=run), "stopped": tr("{run} was stopped.", run=run)}
    return titles.get(word.status, tr("{run} failed.", run=run)), said(word.what, word.fix)
