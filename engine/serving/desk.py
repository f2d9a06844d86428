"""One thread that computes for all who ask: at every turn, each open request gets one token.

A request is a generator. It yields what must be read next (`Need`) and is sent the probabilities after it, so the
desk sees what all of them need and can read them together where the model can.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

from engine.models.language_model import LanguageModel, LogProbs

MAX_OPEN = 64
MAX_WAITING = 1024


@dataclass(frozen=True)
class Need:
    """Read `ids` after `state`; with `every`, the distributions after each of them are wanted, (len(ids), vocab)."""

    model: LanguageModel
    ids: Sequence[int]
    state: Any = None
    every: bool = False


Answer = tuple[LogProbs, Any]
Course = Generator[Need, Answer, None]
"""A request on its way."""


@runtime_checkable
class ReadsTogether(Protocol):
    """A model that reads the next token of many texts at once, equal to reading one after another."""

    def next_log_probs_together(self, ids: Sequence[int], states: Sequence[Any]) -> tuple[list[LogProbs], list[Any]]:
        """One token for each state; natural-log probabilities, (vocab_size,) each, and the states that read them."""
        ...


class CrowdedError(Exception):
    """Too many requests are waiting."""


_END = object()


@dataclass(eq=False)
class Ticket:
    """A request in the desk's hands. What it says comes out of `results`; `leave` ends it at its next token."""

    begin: Callable[[Ticket], Course]
    is_left: bool = False
    _results: queue.SimpleQueue[Any] = field(default_factory=queue.SimpleQueue)

    def say(self, result: Any) -> None:
        """Hand something out."""
        self._results.put(result)

    def leave(self) -> None:
        """Nobody waits for it any more."""
        self.is_left = True

    def end(self) -> None:
        """Nothing more comes."""
        self._results.put(_END)

    def results(self) -> Iterator[Any]:
        """What is said, until the end; an exception in the request is raised here."""
        while (found := self._results.get()) is not _END:
            if isinstance(found, BaseException):
                raise found
            yield found


class Desk:
    """Computes for all tickets in a thread of its own, until `close`."""

    def __init__(self) -> None:
        self._new: queue.Queue[Ticket | None] = queue.Queue(MAX_WAITING)
        self._thread = threading.Thread(target=self._work, daemon=True, name="desk")
        self._thread.start()

    def take(self, begin: Callable[[Ticket], Course]) -> Ticket:
        """Begin a request as soon as there is room; raises CrowdedError when too many wait."""
        ticket = Ticket(begin)
        try:
            self._new.put_nowait(ticket)
        except queue.Full:
            raise CrowdedError from None
        return ticket

    def close(self) -> None:
        """End the thread after its present turn; open requests end as they are."""
        self._new.put(None)
        self._thread.join(timeout=10)

    def _work(self) -> None:
        opened: list[tuple[Ticket, Course, Need]] = []
        while True:
            while len(opened) < MAX_OPEN:
                try:
                    ticket = self._new.get(block=not opened)
                except queue.Empty:
                    break
                if ticket is None:
                    for each, course, _ in opened:
                        course.close()
                        each.end()
                    return
                _advance(opened, ticket, None, None)
            opened = _turn(opened)


def _turn(opened: list[tuple[Ticket, Course, Need]]) -> list[tuple[Ticket, Course, Need]]:
    """Answer each need once; returns those that need more."""
    left: list[tuple[Ticket, Course, Need]] = []
    for group in _groups(opened):
        for (ticket, course, _), answer in zip(group, _answers(group), strict=True):
            _advance(left, ticket, course, answer)
    return left


def _advance(into: list[tuple[Ticket, Course, Need]], ticket: Ticket, course: Course | None,
             answer: Answer | Exception | None) -> None:
    """Let a request go on to its next need; its end, or what went wrong in it, is told to its ticket only."""
    try:
        if isinstance(answer, Exception):
            raise answer
        if course is None:
            course = ticket.begin(ticket)
            need = next(course)
        elif ticket.is_left or answer is None:
            course.close()
            ticket.end()
            return
        else:
            need = course.send(answer)
    except StopIteration:
        ticket.end()
    except Exception as error:  # the edge between many users: what breaks one request must not end the others
        ticket.say(error)
        ticket.end()
    else:
        into.append((ticket, course, need))


def _groups(opened: list[tuple[Ticket, Course, Need]]) -> Iterator[list[tuple[Ticket, Course, Need]]]:
    """Needs that can be read together: single tokens of one model after a state; all others stand alone."""
    together: dict[int, list[tuple[Ticket, Course, Need]]] = {}
    for each in opened:
        need = each[2]
        if isinstance(need.model, ReadsTogether) and len(need.ids) == 1 and need.state is not None and not need.every:
            together.setdefault(id(need.model), []).append(each)
        else:
            yield [each]
    yield from together.values()


def _answers(group: list[tuple[Ticket, Course, Need]]) -> list[Answer | Exception]:
    needs = [need for _, _, need in group]
    model = needs[0].model
    try:
        if len(needs) > 1 and isinstance(model, ReadsTogether):
            found, states = model.next_log_probs_together([need.ids[0] for need in needs],
                                                          [need.state for need in needs])
            return list(zip(found, states, strict=True))
        return [read(needs[0])]
    except Exception as error:  # told to those who asked
        return [error] * len(needs)


def read(need: Need) -> Answer:
    """Answer one need alone."""
    if not need.every:
        return need.model.next_log_probs(need.ids, need.state)
    many = getattr(need.model, "log_probs_after_each", None)
    if many is not None:
        found: Answer = many(need.ids, need.state)
        return found
    import numpy as np

    rows, state = [], need.state
    for each in need.ids:
        row, state = need.model.next_log_probs([each], state)
        rows.append(row)
    return np.stack(rows), state
