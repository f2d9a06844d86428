"""Takes the playground's requests one after another, and survives every one of them."""

from __future__ import annotations

import json
import queue
import sys
import threading
import traceback
from dataclasses import dataclass, field
from typing import Any, NoReturn

from engine.errors import EngineError
from engine.generation.answers import Answers, Say
from engine.work import Stopped


@dataclass(eq=False)
class Question:
    """A request on its way: its id, what it asks, and whether it was called back."""

    id: str | int | None
    verb: str
    values: dict[str, Any]
    called_back: threading.Event = field(default_factory=threading.Event)


class Talker:
    """Hears requests as lines, in one thread, and answers them in another; `say` gets every answer as an object."""

    def __init__(self, say: Say) -> None:
        self._say = say
        self._answers = Answers()
        self._waiting: queue.SimpleQueue[Question | None] = queue.SimpleQueue()
        self._open: list[Question] = []
        self._lock = threading.Lock()
        self._verbs = self._answers.verbs()

    def hear(self, line: bytes | str) -> None:
        """Take one request; `cancel` acts at once, all others wait their turn. Wrong requests are answered too."""
        identity: Any = None
        try:
            asked = json.loads(line, parse_constant=_refuse_constant)
            if not isinstance(asked, dict):
                raise EngineError("A request is one JSON object on a line.", "", "")
            identity = asked.pop("id", None)
            question = self._question(identity, asked)
        except EngineError as error:
            self._say_error(identity if isinstance(identity, str | int | None) else None, error)
        except (ValueError, RecursionError) as error:
            self._say_error(None, EngineError(f"A request could not be read: {error}.",
                                              "One JSON object on a line, in UTF-8, was expected.", ""))
        else:
            if question.verb == "cancel":
                self._cancel(question)
                return
            with self._lock:
                self._open.append(question)
            self._waiting.put(question)

    def refuse(self, error: EngineError) -> None:
        """Answer something that could not even be heard."""
        self._say_error(None, error)

    def close(self) -> None:
        """End `answer_all` after what was asked so far."""
        self._waiting.put(None)

    def call_back_all(self) -> int:
        """End all open requests as soon as can be; returns how many there are."""
        with self._lock:
            for question in self._open:
                question.called_back.set()
            return len(self._open)

    def answer_all(self) -> None:
        """Answer requests, in their order, until `close`."""
        while (question := self._waiting.get()) is not None:
            self.answer(question)

    def answer(self, question: Question) -> None:
        """Answer one request: lines as they come, then exactly one `done` or `error`."""
        try:
            if question.called_back.is_set():
                raise Stopped
            done = self._verbs[question.verb](question.values, lambda line: self._say({"id": question.id, **line}),
                                              question.called_back.is_set)
            self._say({"id": question.id, "done": done})
        except Stopped:
            self._say({"id": question.id, "done": {"reason": "cancelled"}})
        except EngineError as error:
            self._say_error(question.id, error)
        except OSError as error:
            self._say_error(question.id, EngineError(f"{error.filename} could not be read: {error.strerror}.", "",
                                                     "Check that the disk and the folder are still there."))
        except MemoryError:
            self._answers.models.forget()
            self._say_error(question.id, EngineError("This machine ran out of memory.", "",
                                                     "Choose a smaller model or text, or close other programs."))
        except Exception as error:  # the edge of a process that others rely on: one bad request must not end it
            traceback.print_exc(file=sys.stderr)
            self._say_error(question.id, EngineError(f"Wenlu has a fault in itself: {type(error).__name__}: {error}.",
                                                     "Other requests are still answered.", ""))
        finally:
            with self._lock:
                self._open.remove(question)

    def _question(self, identity: Any, asked: dict[str, Any]) -> Question:
        if not isinstance(identity, str | int | None) or isinstance(identity, bool):
            raise EngineError("The id of a request is a text or a whole number.", "", "")
        verb = asked.pop("verb", None)
        known = [*self._verbs, "cancel"]
        if not isinstance(verb, str) or verb not in known:
            raise EngineError(f"{verb!r:.80} is not a verb.", f"One of {', '.join(known)} was expected.", "")
        return Question(identity, verb, asked)

    def _cancel(self, question: Question) -> None:
        """Call back the request named by `request`, or all."""
        with self._lock:
            met = [each for each in self._open
                   if "request" not in question.values or each.id == question.values["request"]]
            for each in met:
                each.called_back.set()
        self._say({"id": question.id, "done": {"cancelled": len(met)}})

    def _say_error(self, identity: str | int | None, error: EngineError) -> None:
        self._say({"id": identity, "error": {"what": error.what, "expected": error.expected, "fix": error.fix,
                                             "path": list(error.path)}})


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number")
