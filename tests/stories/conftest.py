"""The real window for stories: opened on an empty home, closed with all that it started."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QLabel, QWidget

from studio.frame import Frame
from studio.i18n import language
from studio.preferences import PreferenceFile
from studio.studio import Studio
from studio.theme import theme

WAIT = 120_000
"""Milliseconds until a process that was started must have come so far, on a machine that is busy with other things."""


class Hands:
    """Eyes and fingers of a user before the window."""

    def __init__(self, studio: Studio, qtbot) -> None:
        self.studio, self.session, self.window, self._qtbot = studio, studio.session, studio.window, qtbot

    def button(self, name: str) -> QAbstractButton | None:
        """A button that can be seen and pressed now, by its name."""
        for button in self.window.findChildren(QAbstractButton, name):
            if button.isVisible() and button.isEnabled():
                return button
        return None

    def press(self, name: str) -> None:
        """Wait for a button and press it with the mouse."""
        self.wait_for(lambda: self.button(name) is not None)
        self._qtbot.mouseClick(self.button(name), Qt.MouseButton.LeftButton)

    def wait_for(self, happens: Callable[[], object]) -> None:
        """Let the window live until something is so."""
        self._qtbot.waitUntil(lambda: bool(happens()), timeout=WAIT)

    def step(self) -> int:
        """The step that the Train page shows; 0 before there is one."""
        figure = self.window.findChild(QWidget, "train.step").value.text()
        return int("".join(letter for letter in figure if letter.isdigit()) or 0)

    def says(self, name: str) -> str:
        """All that a part of the window says now; empty where it cannot be seen."""
        seen = [part for part in self.window.findChildren(QWidget, name) if part.isVisible()]
        labels = [label for part in seen for label in (part, *part.findChildren(QLabel)) if isinstance(label, QLabel)]
        return " ".join(label.text() for label in labels)


@pytest.fixture
def open_window(qtbot, tmp_path, monkeypatch) -> Iterator[Callable[..., Hands]]:
    """Open the studio as the program does, on a project or on Home."""
    monkeypatch.setenv("WENLU_HOME", str(tmp_path / "home"))
    opened: list[Studio] = []

    def open_(project: Path | None = None, page: str = "home") -> Hands:
        preferences = PreferenceFile()
        frame = Frame()
        studio = Studio(frame, preferences, "en")
        opened.append(studio)
        frame.show()
        studio.begin(page, project)
        return Hands(studio, qtbot)

    yield open_
    for studio in opened:
        started = studio.session.job_series().started
        studio.session.close()
        if started is not None:
            with contextlib.suppress(psutil.Error):
                child = psutil.Process(started.process)
                child.kill()
                child.wait(10)
        studio.signals.shut()
        studio.frame.may_close = lambda: True
        studio.frame.close()
        studio.frame.deleteLater()
    language.use("en")
    theme.use("light")
