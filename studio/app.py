"""Starts the window: `wenlu`, or `python -m studio.app` inside the environment."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from studio import crash
from studio.crash_window import CrashTeller
from studio.i18n import language
from studio.i18n.language import system_language
from studio.pages import PAGES
from studio.preferences import PreferenceFile, home_folder
from studio.session import Session
from studio.theme import theme
from studio.theme.style import FocusRing, dress
from studio.window import Window


def main(arguments: Sequence[str] | None = None) -> int:
    """Open the window and stay until it closes; gives the exit code."""
    options = read_options(sys.argv[1:] if arguments is None else arguments)
    QGuiApplication.setHighDpiScaleFactorRoundingPolicy(Qt.HighDpiScaleFactorRoundingPolicy.PassThrough)
    application = QApplication(["wenlu"])
    application.setApplicationName("Wenlu")
    application.setDesktopFileName("wenlu")
    crash.install(home_folder() / "reports")
    studio = Studio(application, options)
    studio.show()
    return application.exec()


def read_options(arguments: Sequence[str]) -> argparse.Namespace:
    """The command line of the window."""
    parser = argparse.ArgumentParser("wenlu", description="Train a language model by pointing and clicking.")
    parser.add_argument("project", nargs="?", type=Path, help="a project folder to open")
    parser.add_argument("--project", dest="project_option", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--page", choices=[entry.key for entry in PAGES], help="the page to show first")
    parser.add_argument("--language", choices=("en", "zh"), help="the language of this start")
    parser.add_argument("--theme", choices=("light", "dark"), help="the theme of this start")
    parser.add_argument("--text-size", type=int, choices=(100, 115, 130), help="the text size, in percent")
    parser.add_argument("--size", default="", help="the size of the window, such as 1360x860")
    parser.add_argument("--grab", type=Path, help="save a picture of the window to this PNG file and quit")
    parser.add_argument("--grab-after", type=float, default=1.0, help="seconds to wait before the picture is taken")
    options = parser.parse_args(arguments)
    options.project = options.project or options.project_option
    return options


class Studio:
    """What lives as long as the window: preferences, session, crash teller, focus ring."""

    def __init__(self, application: QApplication, options: argparse.Namespace) -> None:
        self.options = options
        self.preferences = PreferenceFile()
        chosen = self.preferences.value
        code = options.language or (system_language() if chosen.language == "system" else chosen.language)
        language.use(code)
        theme.use(options.theme or chosen.theme)
        theme.use_text_size(options.text_size or chosen.text_size)
        theme.use_stronger_outlines(chosen.stronger_outlines)
        self.focus_ring: FocusRing = dress(application)
        self.crash_teller = CrashTeller()
        self.session = Session(self.preferences)
        self.window = Window(self.session, [entry for entry in PAGES if entry.exists()], self.preferences)

    def show(self) -> None:
        """Show the bare window at once; pages and what they load come after its first paint."""
        if self.options.size:
            width, _, height = self.options.size.partition("x")
            self.window.resize(int(width), int(height))
        self.window.show()
        QTimer.singleShot(0, self._fill)

    def _fill(self) -> None:
        if self.options.project is not None:
            self.session.open(self.options.project)
        self.window.go(self.options.page or "home")
        if self.options.grab is not None:
            QTimer.singleShot(round(self.options.grab_after * 1000), self._grab)

    def _grab(self) -> None:
        self.window.grab().save(str(self.options.grab))
        self.window.may_close = lambda: True
        self.window.close()
        QApplication.quit()


if __name__ == "__main__":
    sys.exit(main())
