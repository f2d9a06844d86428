"""Who cleans the chunks: processes beside this one, or this one alone."""

from __future__ import annotations

import contextlib
import os
import queue
import subprocess
import sys
import threading
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import IO

import engine
from engine.cleaning.chunk import Chunk, Cleaning, clean_chunk, documents_in
from engine.cleaning.frames import Message, message_of, read_frame, write_frame, write_keys
from engine.cleaning.spec import CleaningSpec
from engine.cleaning.step import Keys
from engine.corpora.corpus import Corpus
from engine.errors import EngineError
from engine.settings import to_plain


class Crew(ABC):
    """Cleans chunks: for each comes a message a remembering step, to be answered by `go_on`, then what is left."""

    @abstractmethod
    def begin(self, chunk: Chunk) -> None:
        """Start on a chunk."""

    @abstractmethod
    def go_on(self, number: int, decisions: Keys) -> None:
        """Give the decisions that a chunk waits for."""

    @abstractmethod
    def next_message(self, seconds: float) -> Message | None:
        """What a chunk has come to; None when nothing comes in time."""

    @abstractmethod
    def close(self) -> None:
        """End, finished or not."""


class OwnCrew(Crew):
    """This process alone."""

    def __init__(self, corpus: Corpus, spec: CleaningSpec) -> None:
        self._corpus, self._spec = corpus, spec
        self._sources = [source.id for source in corpus.manifest.sources]
        self._under_way: dict[int, Cleaning] = {}
        self._messages: deque[Message] = deque()

    def begin(self, chunk: Chunk) -> None:
        """Clean a chunk until its first question."""
        self._under_way[chunk.number] = clean_chunk(documents_in(self._corpus, chunk), self._spec, self._sources)
        self._advance(chunk.number, None)

    def go_on(self, number: int, decisions: Keys) -> None:
        """Clean a chunk until its next question."""
        self._advance(number, decisions)

    def _advance(self, number: int, decisions: Keys | None) -> None:
        cleaning = self._under_way[number]
        try:
            keys = next(cleaning) if decisions is None else cleaning.send(decisions)
            self._messages.append(Message(number, keys=keys))
        except StopIteration as end:
            del self._under_way[number]
            self._messages.append(Message(number, cleaned=end.value))

    def next_message(self, seconds: float) -> Message | None:
        """What a chunk has come to."""
        return self._messages.popleft() if self._messages else None

    def close(self) -> None:
        """Forget what was under way."""
        self._under_way.clear()


class ProcessCrew(Crew):
    """So many processes, which read the corpus themselves and send back what is left of it."""

    def __init__(self, corpus: Corpus, spec: CleaningSpec, count: int) -> None:
        task = {"folder": str(corpus.folder), "spec": to_plain(spec),
                "sources": [source.id for source in corpus.manifest.sources]}
        path = [str(Path(engine.__file__).parent.parent), *filter(None, [os.environ.get("PYTHONPATH")])]
        surroundings = {**os.environ, "PYTHONPATH": os.pathsep.join(path), "OMP_NUM_THREADS": "1"}
        self._messages: queue.SimpleQueue[Message | EngineError] = queue.SimpleQueue()
        self._doing: dict[int, int] = {}
        self._is_closing = False
        self._processes: list[subprocess.Popen[bytes]] = []
        for _ in range(count):
            process = subprocess.Popen([sys.executable, "-m", "engine.cleaning.worker"], env=surroundings,
                                       stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=1 << 20)
            self._processes.append(process)
            self._send(len(self._processes) - 1, lambda file: write_frame(file, task))
            threading.Thread(target=self._listen, args=(process,), daemon=True).start()

    def begin(self, chunk: Chunk) -> None:
        """Give a chunk to the process that has least to do."""
        loads = [0] * len(self._processes)
        for process in self._doing.values():
            loads[process] += 1
        self._doing[chunk.number] = place = loads.index(min(loads))
        where = [chunk.shard, chunk.begin, chunk.end, chunk.documents]
        self._send(place, lambda file: write_frame(file, {"what": "begin", "chunk": chunk.number, "place": where}))

    def go_on(self, number: int, decisions: Keys) -> None:
        """Send decisions to the process that has the chunk."""
        self._send(self._doing[number], lambda file: write_keys(file, number, decisions))

    def next_message(self, seconds: float) -> Message | None:
        """What a chunk has come to; raises EngineError when a process has failed or died."""
        try:
            message = self._messages.get(timeout=seconds)
        except queue.Empty:
            return None
        if isinstance(message, EngineError):
            raise message
        if message.cleaned is not None:
            del self._doing[message.number]
        return message

    def close(self) -> None:
        """End all processes."""
        self._is_closing = True
        for process in self._processes:
            process.kill()
        for process in self._processes:
            process.wait()
            if process.stdin is not None and process.stdout is not None:
                _close_quietly(process.stdin)

    def _send(self, place: int, write: Callable[[IO[bytes]], None]) -> None:
        file = self._processes[place].stdin
        try:
            if file is not None:
                write(file)
        except OSError as error:
            raise _ended(self._processes[place]) from error

    def _listen(self, process: subprocess.Popen[bytes]) -> None:
        """Pass on what a process says; runs in a thread of its own, so that no process waits for a full pipe."""
        with process.stdout as file:  # type: ignore[union-attr]
            while (frame := read_frame(file)) is not None:
                header, parts = frame
                failed = header["what"] == "error"
                self._messages.put(EngineError(*header["text"]) if failed else message_of(header, parts))
        if not self._is_closing:
            self._messages.put(_ended(process))


def _close_quietly(file: IO[bytes]) -> None:
    with contextlib.suppress(OSError):
        file.close()


def _ended(process: subprocess.Popen[bytes]) -> EngineError:
    return EngineError(f"A process that cleans text ended by itself (exit code {process.wait()}).",
                       "It may have been killed because memory ran out. What was cleaned before is kept.",
                       "Clean again: it goes on from there.")
