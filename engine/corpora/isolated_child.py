"""The process that opens files which may break it: reads one after another and sends what is in them.

`python -m engine.corpora.isolated_child` takes requests from its standard input and answers on its standard output,
both as frames. It ends when its input ends, also in the midst of a file.
"""

from __future__ import annotations

import os
import queue
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from engine.corpora import frames, reasons
from engine.corpora.document import Document, Skipped
from engine.corpora.files import ReadOptions, Watcher
from engine.corpora.reader import Readers, read_file

_BATCH_CHARACTERS = 1 << 16
_BATCH_SECONDS = 0.2


def main() -> None:
    """Answer requests until there are no more."""
    requests, answers = sys.stdin.buffer, _own_output()
    first = frames.read(requests)
    if first is None:
        return
    limit_memory(first.value()["memory_bytes"])
    readers = Readers()
    frames.write(answers, frames.Kind.ALIVE)
    for request in _heard(requests):
        sender = Sender(answers, request["past"], {name: reasons.Reason(*why) for name, why in request["broken"]})
        options = ReadOptions(**request["options"], watcher=sender)
        for found in read_file(Path(request["path"]), request["name"], options, readers):
            sender.add(found)
        sender.end()


def _own_output() -> BinaryIO:
    """The standard output for this process alone: whatever a library prints goes nowhere."""
    own = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)
    return own


def limit_memory(size_bytes: int) -> None:
    """Let the system refuse this process more memory of its own, where it can; elsewhere the job watches it."""
    try:
        import resource
    except ImportError:
        return
    # A limit on all addresses would count libraries and what allocators merely reserve; this one counts neither.
    kind = resource.RLIMIT_DATA
    _, most = resource.getrlimit(kind)
    wanted = size_bytes if most == resource.RLIM_INFINITY else min(size_bytes, most)
    resource.setrlimit(kind, (wanted, most))


def _heard(requests: BinaryIO) -> Iterator[Any]:
    """Requests as they come; a thread listens, so that the process ends with its job even in an endless loop."""
    waiting: queue.SimpleQueue[frames.Frame] = queue.SimpleQueue()

    def listen() -> None:
        while (frame := frames.read(requests)) is not None:
            waiting.put(frame)
        os._exit(0)

    threading.Thread(target=listen, name="requests", daemon=True).start()
    while True:
        yield waiting.get().value()


class Sender(Watcher):
    """Sends what was read of a file, small documents together.

    `past`: how many of the first things were sent by a process before this one. `broken`: the files inside which broke
    it, with the reason.
    """

    def __init__(self, answers: BinaryIO, past: int, broken: dict[str, reasons.Reason]) -> None:
        self._answers = answers
        self._past = past
        self._broken = broken
        self._items: list[list[Any]] = []
        self._size = 0
        self._sent = time.monotonic()

    def add(self, found: Document | Skipped) -> None:
        """Take what was read; sends when enough came together or time has passed."""
        if self._past:
            self._past -= 1
            self.alive()
            return
        self._items.append(frames.as_item(found))
        self._size += len(found.text if isinstance(found, Document) else found.reason)
        if self._size > _BATCH_CHARACTERS or time.monotonic() - self._sent > _BATCH_SECONDS:
            self._send(frames.Kind.FOUND)

    def alive(self) -> None:
        """Send a sign of life, with what there is, if none was sent for a while."""
        if time.monotonic() - self._sent > _BATCH_SECONDS:
            self._send(frames.Kind.FOUND)

    def enters(self, name: str) -> reasons.Reason | None:
        """Say which file inside another comes next; the reason to leave it out, if it broke a process before."""
        if self._items:
            self._send(frames.Kind.FOUND)
        frames.write(self._answers, frames.Kind.ENTERS, name)
        self._sent = time.monotonic()
        return self._broken.get(name)

    def end(self) -> None:
        """Send the rest and say that the file is done."""
        self._send(frames.Kind.LAST)

    def _send(self, kind: frames.Kind) -> None:
        frames.write(self._answers, kind, self._items, len(self._items))
        self._items, self._size, self._sent = [], 0, time.monotonic()


if __name__ == "__main__":
    main()
