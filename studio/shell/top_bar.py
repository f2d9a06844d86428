"""The bar at the top: the project, Find, the device, language, theme, help."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu

from studio.i18n import language, tr
from studio.shell.find_field import FindField
from studio.shell.rail import full_width
from studio.theme import theme
from studio.theme.logo import Logo
from studio.theme.tokens import TOP_BAR_HEIGHT
from studio.widgets import Button, Glyph, IconButton, MenuButton, Segment, Text, bare, row, set_shown, set_tip


class TopBar(QFrame):
    """Emits what was asked for; shows what the window tells it."""

    find_asked = Signal()
    help_asked = Signal()
    device_asked = Signal()
    language_asked = Signal(str)
    theme_asked = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("surface", "bar-top")
        self.setObjectName("top-bar")
        self.setFixedHeight(TOP_BAR_HEIGHT)
        self._is_tight = False
        self._shown_name: str | None = None
        self.project_menu = QMenu(self)
        self._no_project = Text(tr("No project open"), "body", "text2", name="top.no-project")
        self._project = MenuButton(name="top.project")
        self._project.set_icon("book-open")
        self._project.setMenu(self.project_menu)
        self._chevron = Glyph("chevron-down", "text2", 14)
        self._check, self._saved = Glyph("check", "text3", 14), Text("", "label", "text3", name="top.saved")
        self.find = FindField()
        self.find.clicked.connect(self.find_asked)
        self.device = Button(on=self.device_asked.emit, name="top.device", size="small")
        self.device.set_tip(tr("The part of this computer that trains: choose and measure it"))
        self._language = Segment([("en", "EN"), ("zh", "中")], language.current(), "top.language", tr("Language"))
        self._language.chosen.connect(self.language_asked)
        self._theme = Segment([("light", tr("Light"), "sun"), ("dark", tr("Dark"), "moon")],
                              "dark" if theme.is_dark() else "light", "top.theme", tr("Theme"))
        self._theme.chosen.connect(self.theme_asked)
        self._help = IconButton("circle-question-mark", tr("Help and keys (F1)"), self.help_asked.emit, "top.help")
        self._lay_out()
        self.show_project(None)
        theme.changed.connect(self._on_theme_changed)
        language.changed.connect(self._on_language_changed)

    def show_project(self, name: str | None) -> None:
        """The name of the open project, or None."""
        for widget in (self._project, self._chevron, self._saved, self._check):
            set_shown(widget, name is not None)
        set_shown(self._no_project, name is None)
        self._shown_name = name
        if name is not None:
            room = 170 if self._is_tight else 300
            shown = self._project.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, room)
            self._project.say(shown.replace("&", "&&"))
            set_tip(self._project, name if shown != name else "")

    def show_saved(self, text: str) -> None:
        """'Saved just now' or the like; empty hides it."""
        self._saved.say(text)
        set_shown(self._check, bool(text) and self._project.isVisibleTo(self))

    def show_device(self, text: str) -> None:
        """The device that trains; empty hides the chip."""
        self.device.say(text)
        self.device.set_icon("cpu")  # after the text, from which its gap follows
        set_shown(self.device, bool(text))

    def set_tight(self, tight: bool) -> None:
        """Below 1180: leave out the name beside the logo, as the rail does."""
        set_shown(self._name, not tight)
        self._brand.setFixedWidth(64 if tight else full_width() - 4)
        self.find.setFixedWidth(150 if tight else 220)
        if tight != self._is_tight:
            self._is_tight = tight
            self.show_project(self._shown_name)

    def _lay_out(self) -> None:
        self._name = bare(row(Text("Wenlu", "card"), Text("文炉", "wordmark", name="top.chinese-name"), None))
        self._brand = bare(row(Logo(26), self._name, None, spacing=9))
        self._brand.setFixedWidth(full_width() - 4)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(17, 0, 14, 0)
        layout.setSpacing(10)
        for widget in (self._brand, self._no_project, self._project, self._chevron):
            layout.addWidget(widget)
        layout.insertSpacing(1, -17)
        layout.insertSpacing(layout.indexOf(self._chevron), -14)
        layout.addSpacing(14)
        layout.addWidget(self._check)
        layout.addWidget(self._saved)
        layout.addStretch(1)
        for widget in (self.find, self.device, self._language, self._theme, self._help):
            layout.addWidget(widget)

    def _on_theme_changed(self) -> None:
        self._theme.choose("dark" if theme.is_dark() else "light")
        self._brand.setFixedWidth(64 if self._is_tight else full_width() - 4)

    def _on_language_changed(self) -> None:
        self._language.choose(language.current())
