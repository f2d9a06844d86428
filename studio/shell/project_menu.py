"""The menu behind the project's name."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QMenu

from studio.i18n import tr
from studio.theme import set_icon

if TYPE_CHECKING:
    from studio.window import Window

_RECENT_SHOWN = 8


def fill_project_menu(menu: QMenu, window: Window) -> None:
    """Put the entries in, as they are now."""
    menu.clear()
    _add(menu, tr("All projects"), "house", lambda: window.go("home"))
    folder = window.session.project_folder()
    if folder is not None:
        _add(menu, tr("Show the folder"), "folder-open", lambda: QDesktopServices.openUrl(QUrl.fromLocalFile(folder)))
    others = [Path(path) for path in window.preferences.value.recent_projects if path != folder and Path(path).is_dir()]
    if others:
        menu.addSeparator()
        for path in others[:_RECENT_SHOWN]:
            _add(menu, path.name.replace("&", "&&"), "book-open", lambda path=path: window.session.open(path))
    if folder is not None:
        menu.addSeparator()
        _add(menu, tr("Close the project"), "x", window.session.close)


def _add(menu: QMenu, text: str, icon: str, run: object) -> None:
    action = menu.addAction(text)
    set_icon(action, icon)
    action.triggered.connect(lambda _checked=False: run())  # type: ignore[operator]
