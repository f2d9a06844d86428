"""The bar at the bottom: what the engine does, how far it is, how to pause or end it, and the room left."""

from __future__ import annotations

import shutil
from pathlib import Path

import psutil
from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout

from studio.i18n import counted, tr
from studio.i18n.numbers import duration, percent, size_bytes
from studio.shell.network_light import NetworkLight
from studio.shell.status import JobStatus
from studio.theme.tokens import STATUS_BAR_HEIGHT
from studio.widgets import (
    Bar,
    ElidedText,
    Line,
    LinkButton,
    QuietButton,
    StateMark,
    Text,
    set_property,
    set_shown,
    set_tip,
)

_LOOK_EVERY_MILLISECONDS = 5000


class StatusBar(QFrame):
    """Emits Pause, Resume and Cancel; shows what the session tells."""

    pause_asked = Signal()
    resume_asked = Signal()
    cancel_asked = Signal()
    queue_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("status-bar")
        self.setProperty("surface", "bar-bottom")
        self.setFixedHeight(STATUS_BAR_HEIGHT)
        self._job = JobStatus()
        self._mark = StateMark("todo", size=15)
        self._title = ElidedText("", "label-strong", name="status.title")
        self._detail = ElidedText("", "label", name="status.detail")
        self._bar = Bar(name="status.bar")
        self._bar.setFixedWidth(180)
        self._left = Text("", "label", name="status.left")
        self._pause = QuietButton(tr("Pause"), "pause", self._on_pause, "status.pause", size="small")
        self._cancel = QuietButton(tr("Cancel"), "x", self.cancel_asked.emit, "status.cancel", size="small")
        self.waiting = LinkButton(on=self.queue_asked.emit, name="status.waiting", size="small")
        self._disk, self._memory = Text("", "caption", name="status.disk"), Text("", "caption", name="status.memory")
        self.network = NetworkLight("status.network")
        self._folder = Path.home()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(18, 0, 16, 0)
        layout.setSpacing(10)
        for widget in (self._mark, self._title, self._detail, self._bar, self._left, self._pause, self._cancel,
                       self.waiting):
            layout.addWidget(widget)
        layout.addStretch(1)
        for widget in (self.network, self._memory, Line("vertical"), self._disk):
            layout.addWidget(widget)
        self._look = QTimer(self)
        self._look.setInterval(_LOOK_EVERY_MILLISECONDS)
        self._look.timeout.connect(self.measure)
        self._look.start()
        self.show_job(JobStatus())
        self.measure()

    def show_job(self, job: JobStatus) -> None:
        """What the engine does now."""
        self._job = job
        busy = job.state != "idle"
        known = busy and job.fraction is not None
        self._mark.set_state("running" if busy else "todo", job.fraction)
        idle = tr("Engine idle")
        paused = tr("{title}, paused", title=job.title)
        self._title.say({"idle": idle, "paused": paused}.get(job.state, job.title))
        for part in (self._mark, self._left):
            set_tip(part, job.tip)
        set_property(self._title, "role", "label-strong" if busy else "label")
        self._detail.say(job.detail)
        self._bar.set_fraction(job.fraction or 0.0, "text3" if job.state == "paused" else "ember")
        self._left.say(self._time_left(job))
        self._pause.say(tr("Resume") if job.state == "paused" else tr("Pause"))
        self._pause.set_icon("play" if job.state == "paused" else "pause")
        self.waiting.say(counted("and {count} more task", "and {count} more tasks", job.waiting))
        self.waiting.set_icon("list")
        for widget, shown in (
            (self._detail, busy and bool(job.detail)), (self._bar, known), (self._left, known),
            (self._pause, busy and job.can_pause), (self._cancel, busy), (self.waiting, job.waiting > 0),
        ):
            set_shown(widget, shown)
        self._cancel.setEnabled(job.state != "stopping")

    def set_folder(self, folder: str | None) -> None:
        """Whose disk's room is shown."""
        self._folder = Path(folder) if folder else Path.home()
        self.measure()

    def measure(self) -> None:
        """Look at the room on the disk and in memory."""
        try:
            free = shutil.disk_usage(self._folder).free
        except OSError:
            self._disk.say(tr("Disk is gone"))
        else:
            self._disk.say(tr("Disk {size} free", size=size_bytes(free)))
            self._disk.set_tone("warn" if free < 2_000_000_000 else "")
        memory = psutil.virtual_memory()
        used = memory.total - memory.available
        self._memory.say(tr("Memory {used} of {total}", used=size_bytes(used), total=size_bytes(memory.total)))

    def set_tight(self, tight: bool) -> None:
        """In a narrow window the memory is left out."""
        set_shown(self._memory, not tight)
        self._bar.setFixedWidth(110 if tight else 180)

    def _time_left(self, job: JobStatus) -> str:
        if job.fraction is None:
            return ""
        share = percent(job.fraction)
        if job.seconds_left is None or job.state == "paused":
            return share
        return tr("{share} · {time} left", share=share, time=duration(job.seconds_left))

    def _on_pause(self) -> None:
        (self.resume_asked if self._job.state == "paused" else self.pause_asked).emit()
