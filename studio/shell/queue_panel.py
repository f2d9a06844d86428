"""The pop-up behind "and 1 more task": what works, what waits, in which order."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

from studio.engine_queue import EngineQueue, Task
from studio.i18n import tr
from studio.job_words import task_title
from studio.widgets import ElidedText, IconButton, StateMark, bare, row, set_shown
from studio.widgets.pop_up import PopUp

WIDTH = 380


class QueuePanel(PopUp):
    """Tasks that wait can be moved and taken out; it closes when none is left."""

    def __init__(self, queue: EngineQueue, parent: QWidget) -> None:
        super().__init__(parent, tr("Tasks"), "queue")
        self.setFixedWidth(WIDTH)
        self._queue = queue
        self._shown: list[Task] = []
        self._list = QVBoxLayout()
        self._list.setSpacing(4)
        self.add(bare(self._list))
        queue.changed.connect(self._show)
        self._show()

    def _show(self) -> None:
        tasks = self._queue.tasks()
        if len(tasks) == len(self._shown) and all(new is old for new, old in zip(tasks, self._shown, strict=True)):
            return
        self._shown = tasks
        while (item := self._list.takeAt(0)) is not None:
            item.widget().deleteLater()
        for place, task in enumerate(tasks):
            self._list.addWidget(self._row(task, place))
        if not self._queue.waiting:
            self.close()
        self.adjustSize()

    def _row(self, task: Task, place: int) -> QWidget:
        title = ElidedText(task_title(task.verb, task.run), "strong" if task is self._queue.current else "body",
                           name=f"queue.task.{place}")
        if task is self._queue.current:
            line = row(StateMark("running", None, 15), title)
            line.setStretch(1, 1)
            return bare(line)
        waiting, queue = self._queue.waiting, self._queue
        number = next(number for number, other in enumerate(waiting) if other is task)
        up = IconButton("arrow-up", tr("Do it earlier"), lambda: queue.move_waiting(task, -1), f"queue.up.{place}",
                        "small")
        down = IconButton("arrow-down", tr("Do it later"), lambda: queue.move_waiting(task, 1), f"queue.down.{place}",
                          "small")
        remove = IconButton("x", tr("Take it out"), lambda: queue.drop_waiting(task), f"queue.remove.{place}", "small")
        for button, leads_on in ((up, number > 0), (down, number + 1 < len(waiting))):
            policy = button.sizePolicy()
            policy.setRetainSizeWhenHidden(True)
            button.setSizePolicy(policy)
            set_shown(button, leads_on)
        line = row(StateMark("todo", None, 15), title, up, down, remove)
        line.setStretch(1, 1)
        return bare(line)
