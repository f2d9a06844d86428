"""The run's log: written by the job, followed by whoever watches; every number on screen comes from here."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from engine.errors import EngineError
from engine.events import CheckpointSaved, Continued, Event, JobEnded, JobStarted, from_line, to_line
from engine.storage import LineLog, write_bytes

_DURABLE = (JobStarted, JobEnded, CheckpointSaved)


RESERVE_BYTES = 64 << 10
"""Room kept beside a log, so that on a full disk it can still be said that the disk is full."""


class LogWriter:
    """Appends events; those that promise something (saved, ended) wait until they would survive a power cut.

    With `reserve` a small file is kept beside the log and given up when the disk is full.
    """

    def __init__(self, path: Path, reserve: bool = False) -> None:
        self._lines = LineLog(path)
        self._reserve = path.with_name("reserve") if reserve else None
        self.fill_reserve()

    @property
    def is_behind(self) -> bool:
        """Whether events wait in memory that the disk did not take."""
        return self._lines.is_behind

    def fill_reserve(self) -> None:
        """Keep room for the last words; raises EngineError where there is none."""
        if self._reserve is not None and not self._reserve.exists():
            write_bytes(self._reserve, os.urandom(RESERVE_BYTES))  # zeros would take no room on some disks

    def spend_reserve(self) -> None:
        """Give up the room that was kept."""
        if self._reserve is not None:
            with contextlib.suppress(OSError):
                self._reserve.unlink(missing_ok=True)

    def append(self, *events: Event) -> None:
        """Write events in order, after those that wait; raises EngineError, and then keeps them all."""
        self._lines.append([_finite(to_line(event)) for event in events],
                           durable=any(isinstance(event, _DURABLE) for event in events))

    def close(self) -> None:
        """Close the file."""
        self.spend_reserve()
        self._lines.close()


def _finite(line: dict[str, object]) -> dict[str, object]:
    """JSON has no infinity: a number that is none is left out as null."""
    return {key: None if isinstance(value, float) and value - value != 0 else value for key, value in line.items()}


class LogReader:
    """Follows a growing log: each `read` gives the events that became whole since the last one."""

    def __init__(self, path: Path, start: int = 0) -> None:
        self.path = path
        self.position = start
        self.damaged = 0

    def read(self, limit_bytes: int = 4 << 20) -> list[Event]:
        """New events, at most about `limit_bytes` of them; an unfinished last line waits for its end."""
        if not self.path.exists():
            return []
        if self.path.stat().st_size < self.position:
            self.position = 0  # a resumed run cut a torn line, or the folder was replaced
        with open(self.path, "rb") as file:
            file.seek(self.position)
            block = file.read(limit_bytes)
            while b"\n" not in block and (more := file.read(limit_bytes)):
                block += more
        end = block.rfind(b"\n") + 1
        self.position += end
        return list(self._parse(block[:end]))

    def read_all(self) -> list[Event]:
        """Everything up to now."""
        events: list[Event] = []
        while batch := self.read(64 << 20):
            events += batch
        return events

    def _parse(self, block: bytes) -> Iterator[Event]:
        for line in block.splitlines():
            try:
                event = from_line(json.loads(line))
            except (ValueError, EngineError, AttributeError):
                self.damaged += 1
                continue
            if event is not None:
                yield event


def read_events(path: Path) -> list[Event]:
    """All events of a log, in order, as they were written."""
    return LogReader(path).read_all()


def last_event(path: Path) -> Event | None:
    """The newest whole event, read from the end of the file."""
    if not path.exists():
        return None
    with open(path, "rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - 262_144))
        lines = file.read().splitlines()
    for line in reversed(lines):
        try:
            event = from_line(json.loads(line))
        except (ValueError, EngineError, AttributeError):
            continue
        if event is not None:
            return event
    return None


def lasting(events: Iterable[Event]) -> list[Event]:
    """The events that still hold: those logged after the step that a restart went back to are left out."""
    kept: list[Event] = []
    for event in events:
        if isinstance(event, Continued) and event.after_restart:
            kept = [old for old in kept if not _is_void(old, event.step)]
        kept.append(event)
    return kept


def _is_void(event: Event, step: int) -> bool:
    reached = getattr(event, "step", None)
    return isinstance(event, JobEnded) or (reached is not None and not isinstance(event, Continued) and reached > step)
