"""The keys and commands that work on every page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from studio.i18n import language, tr
from studio.pages import PAGES, Command, Page
from studio.theme import theme
from studio.theme.theme import TEXT_SIZES

if TYPE_CHECKING:
    from studio.window import Window


class WindowCommands:
    """Makes the shortcuts of the window, and lists all that can be done now for the Find field."""

    def __init__(self, window: Window, keys_of_pages: Sequence[str]) -> None:
        self._window = window
        self._page_keys = tuple(keys_of_pages)
        for command in self.everywhere():
            bind(command, window)

    def everywhere(self) -> list[Command]:
        """Commands of every page, with their keys."""
        window, session = self._window, self._window.session
        to_pages = [
            Command(tr("Go to {page}", page=entry.title), lambda key=entry.key: window.go(key), f"Ctrl+{number}")
            for number, entry in enumerate(entry for entry in PAGES if entry.key in self._page_keys)
        ]
        sizes = [
            Command(tr("Text size {percent} %", percent=size), lambda size=size: window.use_text_size(size))
            for size in TEXT_SIZES
        ]
        return [
            Command(tr("Find a command"), window.open_palette, "Ctrl+K"),
            *to_pages,
            Command(tr("Press the page's main button"), window.press_primary, "Ctrl+Enter"),
            Command(tr("Stop the running task"), session.stop, "Ctrl+."),
            Command(tr("Undo"), session.undo, "Ctrl+Z"),
            Command(tr("Redo"), session.redo, "Ctrl+Shift+Z"),
            Command(tr("Switch the language"), self._other_language, "Ctrl+Shift+L"),
            Command(tr("Switch between light and dark"), self._other_theme, "Ctrl+Shift+D"),
            Command(tr("Follow the theme of the computer"), lambda: window.use_theme("system")),
            *sizes,
            Command(tr("Stronger outlines"), self._stronger_outlines),
            Command(tr("Next region of the window"), window.next_region, "F6"),
            Command(tr("Choose and measure what trains"), window.open_device),
            Command(tr("Help and keys"), window.open_help, "F1"),
            Command(tr("Quit"), lambda: window.window().close(), "Ctrl+Q"),
        ]

    def all_of(self, page: Page | None) -> list[Command]:
        """The page's own commands first, then those of every page."""
        return [*(page.commands() if page else ()), *self.everywhere()]

    def bind_page(self, page: Page) -> None:
        """Let the page's own keys work while it is in sight; keys of the window win."""
        taken = {command.keys for command in self.everywhere()}
        for command in page.commands():
            if command.keys not in taken:
                bind(command, page)

    def _other_language(self) -> None:
        self._window.use_language("en" if language.current() == "zh" else "zh")

    def _other_theme(self) -> None:
        self._window.use_theme("light" if theme.is_dark() else "dark")

    def _stronger_outlines(self) -> None:
        on = not self._window.preferences.value.stronger_outlines
        theme.use_stronger_outlines(on)
        self._window.preferences.change(stronger_outlines=on)


def bind(command: Command, owner: QWidget) -> None:
    """Let the command's keys run it while `owner` is in sight. Enter means both keys of that name."""
    alternatives = {command.keys, command.keys.replace("Enter", "Return")} if command.keys else set()
    for keys in alternatives:
        shortcut = QShortcut(QKeySequence(keys), owner)
        shortcut.setContext(Qt.ShortcutContext.WindowShortcut)
        shortcut.activated.connect(lambda: command.run())
