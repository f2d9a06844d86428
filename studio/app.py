"""Starts the window: a bare frame first, and everything else once that is on the screen."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QApplication

from studio import crash
from studio.frame import Frame
from studio.preferences import PreferenceFile, home_folder
from studio.theme.theme import theme

if TYPE_CHECKING:
    from studio.studio import Studio

PAGE_KEYS = ("home", "corpus", "clean", "tokenizer", "model", "train", "playground", "export")


def main(arguments: Sequence[str] | None = None) -> int:
    """Open the window and stay until it closes; gives the exit code."""
    options = read_options(sys.argv[1:] if arguments is None else arguments)
    application = QApplication(["wenlu"])
    application.setApplicationName("Wenlu")
    application.setDesktopFileName("wenlu")
    unwritable = crash.install(home_folder() / "reports")
    start = Start(options, "" if unwritable is None else unwritable.strerror or str(unwritable))
    start.frame.show()
    return application.exec()


def read_options(arguments: Sequence[str]) -> argparse.Namespace:
    """The command line of the window."""
    parser = argparse.ArgumentParser("wenlu", description="Train a language model by pointing and clicking.")
    parser.add_argument("project", nargs="?", type=Path, help="a project folder or a run capsule to open")
    parser.add_argument("--project", dest="project_option", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--page", choices=PAGE_KEYS, help="the page to show first")
    parser.add_argument("--language", choices=("en", "zh"), help="the language of this start")
    parser.add_argument("--theme", choices=("light", "dark"), help="the theme of this start")
    parser.add_argument("--text-size", type=int, choices=(100, 115, 130), help="the text size, in percent")
    parser.add_argument("--size", type=read_size, help="the size of the window, such as 1360x860")
    parser.add_argument("--grab", type=Path, help="save a picture of the window to this PNG file and quit")
    parser.add_argument("--grab-after", type=float, default=1.0, help="seconds to wait before the picture is taken")
    options = parser.parse_args(arguments)
    options.project = options.project or options.project_option
    return options


def read_size(text: str) -> tuple[int, int]:
    """'1360x860' as two numbers; ValueError for anything else."""
    width, height = text.lower().split("x")
    return int(width), int(height)


class Start(QObject):
    """The frame at once; at its first paint the studio that goes into it."""

    def __init__(self, options: argparse.Namespace, no_home_because: str = "") -> None:
        super().__init__()
        self.options = options
        self.no_home_because = no_home_because
        self.preferences = PreferenceFile()
        self.studio: Studio | None = None
        theme.use(options.theme or self.preferences.value.theme)
        self.frame = Frame(self.preferences.geometry())
        if options.size:
            self.frame.resize(*options.size)
        self.frame.painted.connect(self._fill)

    def _fill(self) -> None:
        from studio.studio import Studio

        self.studio = Studio(self.frame, self.preferences, self.options.language, self.options.text_size)
        self.studio.begin(self.options.page, self.options.project)
        if self.no_home_because:
            self.studio.tell_no_home(home_folder(), self.no_home_because)
        if self.options.grab is not None:
            QTimer.singleShot(round(self.options.grab_after * 1000), self._grab)

    def _grab(self) -> None:
        self.frame.grab().save(str(self.options.grab))
        if self.studio is not None:
            self.studio.session.close(asking=False)  # a job that works goes on without this window
        self.frame.close()
        QApplication.quit()


if __name__ == "__main__":
    sys.exit(main())
