"""The look of the moment: light or dark, and how large the text is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QColor, QFont, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from studio.i18n import language
from studio.theme.fonts import Family, load_bundled_fonts, make_font
from studio.theme.sheet import sheet
from studio.theme.tokens import COLOURS

if TYPE_CHECKING:
    from PySide6.QtWidgets import QStyle

Choice = Literal["light", "dark", "system"]
TEXT_SIZES = (100, 115, 130)


class Theme(QObject):
    """One for the whole window; `changed` is emitted after each change, when the sheet is already in place."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._choice: Choice = "light"
        self._is_dark = False
        self._text_size = 100
        self._stronger_outlines = False
        self._installed = False
        self._applied: tuple[object, ...] = ()
        language.changed.connect(self._on_language_changed)

    def install(self, style: QStyle | None = None) -> None:
        """Dress the application; call once, after it is made."""
        load_bundled_fonts()
        if style is not None:
            QApplication.setStyle(style)
        hints = QGuiApplication.styleHints()
        hints.colorSchemeChanged.connect(self._on_system_changed)
        self._installed = True
        self._is_dark = self._wants_dark()
        self._apply()

    def use(self, choice: str) -> None:
        """'light', 'dark', or 'system' to follow the computer."""
        self._choice = "dark" if choice == "dark" else "system" if choice == "system" else "light"
        self._is_dark = self._wants_dark()
        self._apply()

    def use_text_size(self, percent: int) -> None:
        """Scale all text: 100, 115 or 130 percent."""
        self._text_size = percent if percent in TEXT_SIZES else 100
        self._apply()

    def use_stronger_outlines(self, on: bool) -> None:
        """Draw hairlines as dark as the outlines of inputs, for eyes that need more contrast."""
        self._stronger_outlines = on
        self._apply()

    def choice(self) -> Choice:
        """What the user chose."""
        return self._choice

    def text_size(self) -> int:
        """Percent of the designed size."""
        return self._text_size

    def is_dark(self) -> bool:
        """Whether the window is dark now."""
        return self._is_dark

    def colour(self, token: str, alpha: int = 255) -> QColor:
        """The colour of a token now. Ask at paint time, never keep it."""
        if self._stronger_outlines and token in ("line", "line_mid"):
            token = "line_strong"
        colour = QColor(COLOURS[token][1 if self._is_dark else 0])
        colour.setAlpha(alpha)
        return colour

    def px(self, pixels: int) -> int:
        """A text size in pixels, scaled; captions below 12 are 12 in Chinese, whose strokes need it."""
        if language.current() == "zh":
            pixels = max(12, pixels)
        return round(pixels * self._text_size / 100)

    def font(self, pixels: int = 13, weight: int = 400, family: Family = "ui", text: str = "") -> QFont:
        """A font of the design's size `pixels`, scaled; `text` picks the family by its script."""
        return make_font(self.px(pixels), weight, family, text)

    def _wants_dark(self) -> bool:
        if self._choice == "system" and not self._installed:  # the computer's palette is still in place and says it
            return QGuiApplication.palette().color(QPalette.ColorRole.Window).lightness() < 128
        if self._choice == "system":
            return QGuiApplication.styleHints().colorScheme().name == "Dark"
        return self._choice == "dark"

    def _on_system_changed(self) -> None:
        if self._choice == "system" and self._wants_dark() != self._is_dark:
            self.use("system")

    def _on_language_changed(self) -> None:
        self._apply()

    def _apply(self) -> None:
        application = QApplication.instance()
        if not self._installed or not isinstance(application, QApplication):
            return
        look = (self._is_dark, self._text_size, self._stronger_outlines, language.current())
        if look == self._applied:
            return  # dressing every widget again is dear
        self._applied = look
        QApplication.setFont(self.font(13))
        QApplication.setPalette(self._palette())
        application.setStyleSheet(sheet(lambda token: self.colour(token).name(), self.px))
        self.changed.emit()

    def _palette(self) -> QPalette:
        palette = QPalette()
        role = QPalette.ColorRole
        for target, token in {
            role.Window: "bg", role.WindowText: "text", role.Base: "surface", role.AlternateBase: "raised",
            role.Text: "text", role.Button: "surface", role.ButtonText: "text", role.BrightText: "error",
            role.Highlight: "selected", role.HighlightedText: "text", role.Link: "accent", role.LinkVisited: "accent",
            role.ToolTipBase: "text", role.ToolTipText: "surface", role.PlaceholderText: "text3",
            role.Light: "surface", role.Midlight: "raised", role.Mid: "line_mid", role.Dark: "line_strong",
            role.Shadow: "line_strong", role.Accent: "accent",
        }.items():
            palette.setColor(target, self.colour(token))
        for target in (role.WindowText, role.Text, role.ButtonText):
            palette.setColor(QPalette.ColorGroup.Disabled, target, self.colour("text3"))
        return palette


theme = Theme()
