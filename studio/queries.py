"""Short reads beside the window: asked on its thread, worked out in a pool, answered on its thread again."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any
from weakref import WeakMethod

import shiboken6
from PySide6.QtCore import QObject, Qt, QThreadPool, Signal

from engine.errors import EngineError
from studio import crash
from studio.texts.asking import CalledBack, TextProcess

Work = Callable[["Query"], Any]


class Query:
    """One question under way; work that takes long looks at `is_cancelled` now and then."""

    def __init__(self, key: str, receiver: Callable[[Any], Any], failed: Callable[[EngineError], Any] | None) -> None:
        self.key = key
        self._receiver = WeakMethod(receiver)
        self._failed = WeakMethod(failed) if failed is not None else None
        self._cancelled = threading.Event()

    def cancel(self) -> None:
        """The answer is no longer wanted."""
        self._cancelled.set()

    def is_cancelled(self) -> bool:
        """Whether the answer is no longer wanted."""
        return self._cancelled.is_set()

    def answer(self, value: Any) -> None:
        """Hand the answer over, unless it came too late or its receiver is gone."""
        handler = self._failed if isinstance(value, EngineError) and self._failed is not None else self._receiver
        method = handler()
        if self.is_cancelled() or method is None:
            return
        owner = getattr(method, "__self__", None)
        if isinstance(owner, QObject) and not shiboken6.isValid(owner):
            return
        method(value)


class Queries(QObject):
    """Asks questions; of two with the same key the newer wins, and the older one's answer is never shown."""

    _answered = Signal(object, object, object)

    def __init__(self, parent: QObject | None = None, threads: int = 2) -> None:
        super().__init__(parent)
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(threads)
        self._newest: dict[str, Query] = {}
        self._texts: dict[str, TextProcess] = {}
        self._answered.connect(self._on_answered, Qt.ConnectionType.QueuedConnection)

    def ask(self, key: str, work: Work, receiver: Callable[[Any], Any],
            failed: Callable[[EngineError], Any] | None = None) -> Query:
        """Work out `work(query)` beside the window and give what it returns to `receiver`, a method of an object.

        The object is held weakly. An EngineError goes to `failed`, or to `receiver` where there is none.
        """
        self.cancel(key)
        query = self._newest[key] = Query(key, receiver, failed)
        self._pool.start(lambda: self._work_out(query, work))
        return query

    def look_up(self, key: str, name: str, fields: Mapping[str, Any], receiver: Callable[[Any], Any],
                failed: Callable[[EngineError], Any] | None = None,
                shape: Callable[[Any], Any] = lambda plain: plain) -> Query:
        """Ask the process that works on texts, by the name of one of `studio.texts.question`.

        Questions whose names begin alike share a process: the user's own patterns in cleaning hold up nothing else.
        """
        lane = name.partition(".")[0]
        process = self._texts.setdefault(lane, TextProcess())

        def work(query: Query) -> Any:
            try:
                return shape(process.ask(name, fields, query.is_cancelled))
            except CalledBack:
                return None

        return self.ask(key, work, receiver, failed)

    def cancel(self, key: str) -> None:
        """Forget a question."""
        older = self._newest.pop(key, None)
        if older is not None:
            older.cancel()

    def is_asking(self, key: str) -> bool:
        """Whether a question still waits for its answer."""
        return key in self._newest

    def finish(self, milliseconds: int = 2000) -> bool:
        """Forget all questions and wait for those under way; False when one did not end in time.

        The processes that work on texts end; the next question starts them again.
        """
        for key in list(self._newest):
            self.cancel(key)
        self._pool.clear()
        for process in self._texts.values():
            process.leave()
        return self._pool.waitForDone(milliseconds)

    def _work_out(self, query: Query, work: Work) -> None:
        if query.is_cancelled():
            return
        fault: Exception | None = None
        try:
            value = work(query)
        except EngineError as error:
            value = error
        except Exception as error:  # the crash hook's own edge: nothing is above a thread
            fault, value = error, EngineError("This could not be worked out.", "Wenlu has a fault in itself.", "")
        if shiboken6.isValid(self):
            self._answered.emit(query, value, fault)

    def _on_answered(self, query: Query, value: Any, fault: Exception | None) -> None:
        if self._newest.get(query.key) is query:
            del self._newest[query.key]
        if fault is not None:
            crash.report(fault)
        query.answer(value)
