"""A window in a process of its own that opens a project and presses Start: for stories in which it is killed."""

from __future__ import annotations

import sys

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from studio.app import Start, read_options


def main(project: str) -> int:
    """Open the Train page of a project, start training at the first chance, and stay."""
    application = QApplication(["wenlu"])
    start = Start(read_options([project, "--page", "train", "--language", "en"]))
    start.frame.show()
    looking = QTimer(interval=50)

    def press() -> None:
        if start.studio is not None:
            looking.stop()
            start.studio.session.train()

    looking.timeout.connect(press)
    looking.start()
    return application.exec()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
