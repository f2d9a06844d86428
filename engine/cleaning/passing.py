"""One pass over a corpus: chunks are cleaned on all cores, decided on and written in order, and never done twice."""

from __future__ import annotations

import os
import shutil
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from engine import storage
from engine.cleaning.chunk import CHUNK_BYTES, CleanedChunk, chunks_of, remembers
from engine.cleaning.crew import Crew, OwnCrew, ProcessCrew
from engine.cleaning.dropped import DROPPED, DROPPED_KEPT
from engine.cleaning.frames import Message
from engine.cleaning.record import Record
from engine.cleaning.spec import CleaningSpec
from engine.cleaning.step import Keys, Memory
from engine.cleaning.tally import Tally, without_times
from engine.corpora import progress
from engine.corpora.corpus import Corpus, CorpusWriter, tidy
from engine.corpora.manifest import Manifest
from engine.errors import EngineError
from engine.events import CleaningCounted, Notice
from engine.resuming import ByteLog
from engine.work import Work

SAVE_SECONDS = 2.0
"""What was cleaned is saved so often: a kill costs that much work, and what was under way."""
COUNT_SECONDS = 0.5
"""What is left so far is told at most so often."""
FEW_CHUNKS = 3
"""So few chunks are done before other processes have started."""
_MEMORY = "memory"
CONTINUED = "cleaning-continued"
GOES_ON = "An earlier cleaning was cut off. It goes on after {done} of {total} documents."


def clean_corpus(corpus: Corpus, spec: CleaningSpec, into: Path, work: Work, workers: int | None = None,
                 save_seconds: float = SAVE_SECONDS, chunk_bytes: int = CHUNK_BYTES,
                 crew: Crew | None = None) -> Manifest:
    """Send every document through the steps and write what is left, with a tally of each step.

    `dropped.jsonl` beside the new corpus lists dropped documents with step and reason; `times.json` says how many
    seconds of one core each step took, and all other files are the same however many `workers` (processes, default
    one a core) there are, and whether or not an earlier call was killed: the folder is taken up where it was saved
    last. A `crew` of another kind may be given, which takes all chunks at once. Memory is bounded whatever the size
    of the corpus, but for what steps remember. Raises Stopped.
    """
    spec.require_valid()
    of = [spec.identity(), corpus.folder.name, len(corpus), chunk_bytes]
    saved = progress.load(into, of)
    if progress.is_finished(saved):
        _tidy(into)
        return Manifest.load(into)
    cleaning = _Pass(corpus, spec, into, saved, chunk_bytes)
    try:
        left = len(cleaning.chunks) - cleaning.written
        count = _cores() if workers is None else workers
        few = workers is None and left <= FEW_CHUNKS
        is_alone = few or count < 2
        most = left if crew is not None else 1 if is_alone else 2 * count + 1
        crew = crew or (OwnCrew(corpus, spec) if is_alone else ProcessCrew(corpus, spec, count))
        try:
            cleaning.run(crew, most, work,
                         lambda state: progress.save(into, of, state), save_seconds)
        finally:
            crew.close()
        manifest = cleaning.finish()
        progress.finish(into, of)
        _tidy(into)
        return manifest
    finally:
        cleaning.close()


def _tidy(into: Path) -> None:
    shutil.rmtree(into / _MEMORY, ignore_errors=True)
    tidy(into)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class _Pass:
    """What is known in the one process that decides and writes."""

    def __init__(self, corpus: Corpus, spec: CleaningSpec, into: Path, saved: dict[str, Any] | None,
                 chunk_bytes: int) -> None:
        self.chunks = chunks_of(corpus, chunk_bytes)
        self._corpus, self._into = corpus, into
        self._steps = spec.enabled_steps
        try:
            self._open(saved)
        except EngineError:  # a power cut may have taken what a kill leaves: begin anew
            self._open(None)

    def _open(self, saved: dict[str, Any] | None) -> None:
        if saved is None:
            shutil.rmtree(self._into / _MEMORY, ignore_errors=True)
        known = saved or {"chunks": 0, "writer": None, "dropped": 0, "listed": {}, "memories": {},
                          "tally": Tally(len(self._steps)).to_plain()}
        self.written: int = known["chunks"]
        self._writer = CorpusWriter(self._into, self._corpus.manifest.sources, known["writer"])
        self._dropped = ByteLog(self._into / DROPPED, known["dropped"])
        self._listed = Counter({int(place): count for place, count in known["listed"].items()})
        self._tally = Tally.from_plain(known["tally"])
        self._lengths: dict[str, dict[str, int]] = known["memories"]
        remembering = [step for step in self._steps if remembers(step)]
        self._records = [Record(self._into / _MEMORY / step.kind, self._lengths.get(step.kind))
                         for step in remembering]
        self._memories: list[Memory] = [step.remember(record)
                                        for step, record in zip(remembering, self._records, strict=True)]
        self._kinds = [step.kind for step in remembering]

    def run(self, crew: Crew, most: int, work: Work, save: Callable[[dict[str, Any]], None],
            save_seconds: float) -> None:
        """Have all chunks cleaned that were not before, at most so many at a time."""
        begun = self.written
        self._decided = [self.written] * len(self._memories)
        self._asked: dict[int, int] = {}
        self._questions: dict[tuple[int, int], Keys] = {}
        self._answered: dict[tuple[int, int], dict[str, int]] = {}
        self._cleaned: dict[int, CleanedChunk] = {}
        done = sum(chunk.documents for chunk in self.chunks[:self.written])
        if self.written:
            work.report(Notice(level="info", code=CONTINUED, text=GOES_ON,
                               values={"done": done, "total": len(self._corpus)}))
        last, told = time.monotonic(), work.clock()
        while self.written < len(self.chunks):
            while begun < len(self.chunks) and begun - self.written < most:
                crew.begin(self.chunks[begun])
                begun += 1
            message = crew.next_message(0.2)
            work.check()
            if message is not None:
                self._take(message, crew)
            while self.written in self._cleaned:
                done += self.chunks[self.written].documents
                self._write(self._cleaned.pop(self.written))
                work.progress("cleaned", done, len(self._corpus), "documents")
                if work.clock() - told >= COUNT_SECONDS or self.written == len(self.chunks):
                    work.report(self._counted())
                    told = work.clock()
            if time.monotonic() - last >= save_seconds:
                save(self._state())
                last = time.monotonic()
        save(self._state())

    def _take(self, message: Message, crew: Crew) -> None:
        if message.cleaned is not None:
            self._cleaned[message.number] = message.cleaned
            return
        step = self._asked.get(message.number, 0)
        self._asked[message.number] = step + 1
        self._questions[step, message.number] = message.keys or ()
        while (keys := self._questions.pop((step, self._decided[step]), None)) is not None:
            number = self._decided[step]
            decisions = self._memories[step].decide(keys)
            self._answered[step, number] = self._records[step].lengths
            self._decided[step] += 1
            crew.go_on(number, decisions)

    def _write(self, cleaned: CleanedChunk) -> None:
        self._writer.append(cleaned.block)
        self._tally.merge(cleaned.tally)
        for place, line in cleaned.dropped:
            self._listed[place] += 1
            if self._listed[place] <= DROPPED_KEPT:
                self._dropped.append(line)
        for step, kind in enumerate(self._kinds):
            self._lengths[kind] = self._answered.pop((step, self.written))
        self._asked.pop(self.written, None)
        self.written += 1

    def _counted(self) -> CleaningCounted:
        whole = self._corpus.manifest
        return CleaningCounted(documents=whole.documents, characters=whole.characters,
                               left=self._tally.left(self._steps))

    def _state(self) -> dict[str, Any]:
        """Make all that was written durable, and say as plain data how to go on from here."""
        self._dropped.sync()
        for record in self._records:
            record.sync()
        return {"chunks": self.written, "writer": self._writer.saved_state(), "dropped": self._dropped.length,
                "listed": dict(self._listed), "memories": self._lengths, "tally": self._tally.to_plain()}

    def finish(self) -> Manifest:
        """Write the index, the manifest and the times."""
        figures = self._tally.figures(self._steps)
        storage.write_json(self._into / "times.json", {each.kind: each.seconds for each in figures[1:]})
        manifest = self._writer.finish(without_times(figures))
        self.close()
        return manifest

    def close(self) -> None:
        """Close all files; memories let go of what they have mapped, or Windows could not remove it."""
        self._memories.clear()
        self._writer.close()
        self._dropped.close()
        for record in self._records:
            record.close()
