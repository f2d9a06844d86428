"""What the shell shows of the session: the state of each stage and of the job at hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

from PySide6.QtCore import SignalInstance

if TYPE_CHECKING:
    from studio.engine_queue import EngineQueue
    from studio.queries import Queries

Mark = Literal["none", "todo", "running", "done", "stale", "error"]


@dataclass(frozen=True)
class StageStatus:
    """One line of the rail: a mark, the running share from 0 to 1, and a summary already in words."""

    mark: Mark = "todo"
    fraction: float | None = None
    summary: str = ""


@dataclass(frozen=True)
class JobStatus:
    """What the engine does now. `fraction` None with a running job means that its length is not known."""

    state: Literal["idle", "running", "paused", "stopping"] = "idle"
    title: str = ""
    detail: str = ""
    fraction: float | None = None
    seconds_left: float | None = None
    waiting: int = 0
    can_pause: bool = False
    tip: str = ""
    """More to say about it, in a tool tip."""


class ShownSession(Protocol):
    """What the window needs of the session; `studio.session.Session` is one."""

    queries: Queries
    queue: EngineQueue
    changed: SignalInstance
    stages_changed: SignalInstance
    job_changed: SignalInstance
    network_changed: SignalInstance
    opened: SignalInstance
    closed: SignalInstance

    def project_name(self) -> str | None:
        """The name of the open project, or None."""

    def project_folder(self) -> str | None:
        """Where the open project lies."""

    def saved_text(self) -> str:
        """'Saved just now', or why not."""

    def device_text(self) -> str:
        """The device that trains, such as 'CPU · 2 cores'."""

    def stages(self) -> Mapping[str, StageStatus]:
        """The state of each page that has a stage, by page key."""

    def job(self) -> JobStatus:
        """The job at hand."""

    def open(self, path: Path) -> None:
        """Open another project in the place of this one."""

    def close(self) -> bool:
        """Close the project; False, and it stays open, when its changes cannot be written."""

    def pause(self) -> None:
        """Let the job wait."""

    def resume(self) -> None:
        """Let the job go on."""

    def stop(self) -> None:
        """End the job and keep what it made."""

    def undo(self) -> None:
        """Take the last change back."""

    def redo(self) -> None:
        """Make the undone change again."""
