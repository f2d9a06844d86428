"""Grabs every page in both themes, languages and sizes: python -m tests.studio.grab_pages PROJECT FOLDER [PAGE …]."""

from __future__ import annotations

import itertools
import os
import sys
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from studio.app import PAGE_KEYS
from studio.frame import Frame
from studio.i18n import language
from studio.preferences import PreferenceFile
from studio.studio import Studio
from studio.theme import theme

SIZES = ((1360, 860), (1120, 720))
MOMENT = 250
"""Milliseconds in which a page draws what it was told, such as a curve that is drawn at most 5 times a second."""


def grab_all(project: Path, folder: Path, pages: tuple[str, ...] = PAGE_KEYS) -> list[Path]:
    """Pictures named page-theme-language-width.png; the project is opened as it is and not changed."""
    folder.mkdir(parents=True, exist_ok=True)
    application = QApplication.instance() or QApplication(["wenlu"])
    frame = Frame()
    studio = Studio(frame, PreferenceFile(), "en", 100)
    frame.show()
    studio.begin(None, project)
    for page in pages:
        studio.window.go(page)
        QTest.qWait(2000)  # what the page asks beside the window comes in
    made = []
    for (width, height), code, clothes in itertools.product(SIZES, ("en", "zh"), ("light", "dark")):
        frame.resize(width, height)
        language.use(code)
        theme.use(clothes)
        for page in pages:
            studio.window.go(page)
            QTest.qWait(MOMENT)
            made.append(folder / f"{page}-{clothes}-{code}-{width}.png")
            frame.grab().save(str(made[-1]))
    studio.session.close()
    frame.close()
    application.processEvents()
    return made


if __name__ == "__main__":
    print(*grab_all(Path(sys.argv[1]), Path(sys.argv[2]), tuple(sys.argv[3:]) or PAGE_KEYS), sep="\n")
