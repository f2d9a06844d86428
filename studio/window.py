"""The studio inside the frame: bars, rail, and the page in sight. Pages are made at their first visit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from PySide6.QtCore import QEvent, QPoint, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from studio.guard import guarded
from studio.i18n import Translated, language, said, tr
from studio.machine import Machine
from studio.pages import Page, PageEntry
from studio.preferences import PreferenceFile
from studio.shell.commands import WindowCommands
from studio.shell.drop_hint import DropHint
from studio.shell.help_sheet import HelpSheet
from studio.shell.palette import Palette
from studio.shell.project_menu import fill_project_menu
from studio.shell.queue_panel import QueuePanel
from studio.shell.rail import Rail
from studio.shell.status import ShownSession
from studio.shell.status_bar import StatusBar
from studio.shell.top_bar import TopBar
from studio.theme import theme
from studio.widgets import ErrorCard, Strip, read_drop

PAGES_FOLD_BELOW = 1240
RAIL_FOLDS_BELOW = 1180


class Window(QWidget):
    """Shows pages by key; `dropped` carries what was dropped anywhere and no page took."""

    dropped = Signal(object)  # studio.widgets.Dropped
    shown_page = Signal(str)

    def __init__(self, session: ShownSession, entries: Sequence[PageEntry], preferences: PreferenceFile) -> None:
        super().__init__()
        self.setObjectName("window")
        self.setAcceptDrops(True)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.session = session
        self.preferences = preferences
        self._entries = {entry.key: entry for entry in entries}
        self._pages: dict[str, QWidget] = {}
        self._key = ""
        self._narrow = False
        self._machine: Machine | None = None
        self.top_bar, self.rail, self.status_bar = TopBar(), Rail(entries), StatusBar()
        self.strip = Strip(name="window.strip")
        self._stack = QStackedWidget()
        self._stack.setObjectName("pages")
        self._build()
        self.palette_of_commands = Palette(self)
        self._hint = DropHint(self)
        self._commands = WindowCommands(self, tuple(self._entries))
        self._connect()
        self._on_session_changed()
        if preferences.problem is not None:
            self.tell("warn", tr(preferences.problem.what), tr(preferences.problem.why))

    def go(self, key: str) -> None:
        """Show a page, making it if it was never seen."""
        if key not in self._entries or key == self._key:
            return
        before = self._pages.get(self._key)
        if isinstance(before, Page):
            before.left()
        if key not in self._pages:
            self._pages[key] = self._make_page(self._entries[key])
            self._stack.addWidget(self._pages[key])
        self._key = key
        self._stack.setCurrentWidget(self._pages[key])
        self.rail.choose(key)
        page = self.page()
        if page is not None:
            page.set_narrow(self._narrow)
            page.entered()
        self._update_title()
        self.shown_page.emit(key)

    def page(self) -> Page | None:
        """The page in sight."""
        page = self._pages.get(self._key)
        return page if isinstance(page, Page) else None

    def page_key(self) -> str:
        """The key of the page in sight."""
        return self._key

    def tell(self, level: Literal["ok", "info", "warn", "error"], text: str, more: str = "") -> None:
        """Say one thing above the page, until it is closed."""
        self.strip.tell(level, *(part if isinstance(part, Translated) else said(part) for part in (text, more)))
        self._strip_room.show()

    def open_palette(self) -> None:
        """Show the commands under the Find field."""
        field = self.top_bar.find
        corner = field.mapTo(self, QPoint(field.width() - 420, field.height() + 6))
        self.palette_of_commands.open_with(self._commands.all_of(self.page()), corner)

    def open_help(self) -> None:
        """Show the keys of this page and of every page."""
        page, entry = self.page(), self._entries.get(self._key)
        title, here = entry.title if entry else "", page.commands() if page else ()
        sheet = HelpSheet(self, title, here, self._commands.everywhere())
        sheet.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        sheet.open()

    def open_device(self) -> None:
        """Show what trains, under the device of the top bar."""
        from studio.shell.device_panel import DevicePanel  # its form is not needed before

        if self._machine is None:
            self._machine = Machine(self.session.queries)
        DevicePanel(self.session, self._machine, self).open_at(self.top_bar.device)

    def open_queue(self) -> None:
        """Show the tasks that wait, above the status bar."""
        QueuePanel(self.session.queue, self).open_at(self.status_bar.waiting, above=True)

    def use_theme(self, choice: str) -> None:
        """Change the theme and remember it."""
        theme.use(choice)
        self.preferences.change(theme=choice)

    def use_language(self, code: str) -> None:
        """Change the language and remember it."""
        language.use(code)
        self.preferences.change(language=code)

    def use_text_size(self, percent: int) -> None:
        """Change the text size and remember it."""
        theme.use_text_size(percent)
        self.preferences.change(text_size=percent)

    def press_primary(self) -> None:
        """Ctrl+Enter: press the primary button of the page."""
        page = self.page()
        button = page.primary() if page else None
        if button is not None:
            button.click()

    def next_region(self) -> None:
        """F6: move the focus on to the next of top bar, rail, page, status bar."""
        regions: list[QWidget] = [self.top_bar, self.rail, self._stack, self.status_bar]
        focused = self.focusWidget()
        now = next((number for number, region in enumerate(regions)
                    if focused is not None and region.isAncestorOf(focused)), -1)
        for step in range(1, len(regions) + 1):
            target = _first_focusable(regions[(now + step) % len(regions)])
            if target is not None:
                target.setFocus(Qt.FocusReason.TabFocusReason)
                return

    @guarded()
    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fold the rail and the right columns where the window is narrow."""
        super().resizeEvent(event)
        width = event.size().width()
        self.rail.set_narrow(width < RAIL_FOLDS_BELOW)
        self.top_bar.set_tight(width < RAIL_FOLDS_BELOW)
        self.status_bar.set_tight(width < PAGES_FOLD_BELOW)
        self._narrow = width < PAGES_FOLD_BELOW
        page = self.page()
        if page is not None:
            page.set_narrow(self._narrow)
        self._on_stages_changed()
        self._hint.setGeometry(self.rect())

    @guarded()
    def changeEvent(self, event: QEvent) -> None:
        """Measure the disk again when the user comes back."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.ActivationChange and self.isActiveWindow():
            self.status_bar.measure()

    @guarded()
    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take what can be read, anywhere."""
        if read_drop(event.mimeData()):
            event.acceptProposedAction()
            self._hint.open_over(self.rect())

    @guarded()
    def dragLeaveEvent(self, _event: QDragLeaveEvent) -> None:
        """It went away."""
        self._hint.hide()

    @guarded()
    def dropEvent(self, event: QDropEvent) -> None:
        """Tell what came."""
        self._hint.hide()
        found = read_drop(event.mimeData())
        if found:
            event.acceptProposedAction()
            page = self.page()
            if page is None or not page.take_drop(found):
                self.dropped.emit(found)

    def _build(self) -> None:
        right = QVBoxLayout()
        right.setContentsMargins(0, 0, 0, 0)
        right.setSpacing(0)
        self._strip_room = QWidget()
        strip_room = QHBoxLayout(self._strip_room)
        strip_room.setContentsMargins(28, 12, 28, 0)
        strip_room.addWidget(self.strip)
        self._strip_room.hide()
        right.addWidget(self._strip_room)
        right.addWidget(self._stack, 1)
        middle = QHBoxLayout()
        middle.setContentsMargins(0, 0, 0, 0)
        middle.setSpacing(0)
        middle.addWidget(self.rail)
        middle.addLayout(right, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.top_bar)
        layout.addLayout(middle, 1)
        layout.addWidget(self.status_bar)

    def _connect(self) -> None:
        bar, status, session = self.top_bar, self.status_bar, self.session
        self.rail.chosen.connect(self.go)
        self.strip.closed.connect(self._strip_room.hide)
        bar.find_asked.connect(self.open_palette)
        bar.help_asked.connect(self.open_help)
        bar.device_asked.connect(self.open_device)
        bar.language_asked.connect(self.use_language)
        bar.theme_asked.connect(self.use_theme)
        bar.project_menu.aboutToShow.connect(self._on_project_menu)
        status.pause_asked.connect(session.pause)
        status.resume_asked.connect(session.resume)
        status.cancel_asked.connect(session.stop)
        status.queue_asked.connect(self.open_queue)
        session.changed.connect(self._on_session_changed)
        session.opened.connect(self._on_session_changed)
        session.closed.connect(self._on_session_changed)
        session.stages_changed.connect(self._on_stages_changed)
        session.job_changed.connect(self._on_job_changed)
        session.network_changed.connect(status.network.show_host)
        language.changed.connect(self._on_session_changed)

    def _make_page(self, entry: PageEntry) -> QWidget:
        """The page, or a card that says it could not be opened: one broken page must not take the others along."""
        page: Page | None = guarded()(entry.make)(self.session)
        if page is None:
            return ErrorCard(tr("This page could not be opened."), tr("Your project is safe. The other pages work."))
        page.go.connect(self.go)
        self._commands.bind_page(page)
        return page

    def _on_project_menu(self) -> None:
        fill_project_menu(self.top_bar.project_menu, self)

    def _on_session_changed(self) -> None:
        self.top_bar.show_project(self.session.project_name())
        self.top_bar.show_saved(self.session.saved_text() if self.session.project_name() is not None else "")
        self.top_bar.show_device(self.session.device_text())
        self.status_bar.set_folder(self.session.project_folder())
        self._on_stages_changed()
        self._on_job_changed()
        self._update_title()

    def _on_stages_changed(self) -> None:
        self.rail.show_statuses(self.session.stages(), self.session.project_name() is not None)

    def _on_job_changed(self) -> None:
        self.status_bar.show_job(self.session.job())

    def _update_title(self) -> None:
        name = self.session.project_name()
        self.window().setWindowTitle(f"{name} – Wenlu" if name else "Wenlu 文炉")


def _first_focusable(region: QWidget) -> QWidget | None:
    for child in region.findChildren(QWidget):
        if child.focusPolicy() & Qt.FocusPolicy.TabFocus and child.isVisible() and child.isEnabled():
            return child
    return None
