"""What the tests of the window share: an application in its clothes, its own home, and a session of plain values."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QObject, Signal

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from studio.i18n import language
from studio.shell.status import JobStatus, StageStatus
from studio.theme import theme
from studio.theme.style import dress


@pytest.fixture(scope="session")
def qapp_args() -> list[str]:
    return ["wenlu-tests"]


@pytest.fixture(autouse=True)
def dressed(qapp, tmp_path_factory, monkeypatch) -> Iterator[None]:
    """Every test begins in English and light, with an empty home."""
    monkeypatch.setenv("WENLU_HOME", str(tmp_path_factory.mktemp("home")))
    if not hasattr(qapp, "wenlu_ring"):
        qapp.wenlu_ring = dress(qapp)
    yield
    language.use("en")
    theme.use("light")
    theme.use_text_size(100)


@pytest.fixture(autouse=True)
def garbage_dies_on_this_thread() -> Iterator[None]:
    """As in the window: a widget that a thread beside it collects takes the process along."""
    gc.disable()
    yield
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)  # no event loop runs here that would do it
    gc.collect()


class PlainSession(QObject):
    """A session that says what it was given; it stands for the real one where only the shell is looked at."""

    changed = Signal()
    stages_changed = Signal()
    job_changed = Signal()
    network_changed = Signal(str)
    opened = Signal()
    closed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.name: str | None = None
        self.folder: Path | None = None
        self.statuses: dict[str, StageStatus] = {}
        self.work = JobStatus()
        self.asked: list[str] = []

    def project_name(self) -> str | None:
        return self.name

    def project_folder(self) -> str | None:
        return str(self.folder) if self.folder else None

    def saved_text(self) -> str:
        return "Saved just now"

    def device_text(self) -> str:
        return "CPU · 2 cores"

    def stages(self) -> dict[str, StageStatus]:
        return self.statuses

    def job(self) -> JobStatus:
        return self.work

    def open(self, path: Path) -> None:
        self.asked.append(f"open {path}")

    def close(self) -> None:
        self.asked.append("close")

    def pause(self) -> None:
        self.asked.append("pause")

    def resume(self) -> None:
        self.asked.append("resume")

    def stop(self) -> None:
        self.asked.append("stop")

    def undo(self) -> None:
        self.asked.append("undo")

    def redo(self) -> None:
        self.asked.append("redo")


@pytest.fixture
def plain_session() -> PlainSession:
    return PlainSession()
