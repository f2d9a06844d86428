"""Cleaning on many machines: chunks are given to DataTrove, which runs them on Ray, or on processes of this machine."""

from __future__ import annotations

import os
import shutil
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from engine import storage
from engine.cleaning.chunk import CHUNK_BYTES, Chunk, chunks_of, clean_chunk, documents_in
from engine.cleaning.crew import Crew
from engine.cleaning.frames import Message, message_of, read_frame, write_cleaned, write_keys
from engine.cleaning.passing import clean_corpus
from engine.cleaning.spec import CleaningSpec
from engine.cleaning.step import Keys
from engine.corpora.corpus import Corpus
from engine.corpora.manifest import Manifest
from engine.errors import EngineError
from engine.settings import from_plain, to_plain
from engine.work import Work

ClusterName = Literal["ray", "local"]
_FOLDER = "cluster"


def clean_on_cluster(corpus: Corpus, spec: CleaningSpec, into: Path, work: Work, cluster: ClusterName,
                     tasks: int) -> Manifest:
    """Clean as `clean_corpus` does, to the same bytes, with the chunks shared out in so many tasks.

    Corpus and result lie on a disk that all machines see under the same path, and each has this program and the extra
    `cluster` in its environment. With Ray, the cluster that `RAY_ADDRESS` names, or one of this machine, is used.
    Steps that remember decide in this process between two rounds of tasks; each round does the steps before again,
    which is cheaper than keeping all text in between. Raises EngineError where the extra is not installed.
    """
    crew = _Cluster(corpus, spec, into / _FOLDER, cluster, tasks)
    manifest = clean_corpus(corpus, spec, into, work, crew=crew)
    shutil.rmtree(into / _FOLDER, ignore_errors=True)
    return manifest


@dataclass(frozen=True)
class ChunkTask:
    """A step of a DataTrove pipeline: cleans its share of the chunks until a question, or to the end.

    What it needs and gives lies in files: decisions on earlier questions, keys for this one.
    """

    corpus: str
    folder: str
    spec: dict[str, Any]
    numbers: tuple[int, ...]
    question: int

    def __call__(self, data: object, rank: int = 0, world_size: int = 1) -> None:
        """Do the share of one rank; called by DataTrove."""
        corpus = Corpus(Path(self.corpus))
        spec = from_plain(CleaningSpec, self.spec)
        chunks = chunks_of(corpus, CHUNK_BYTES)
        sources = [source.id for source in corpus.manifest.sources]
        for number in self.numbers[rank::world_size]:
            cleaning = clean_chunk(documents_in(corpus, chunks[number]), spec, sources)
            with storage.replacing(_answer(Path(self.folder), self.question, number)) as file:
                try:
                    keys = next(cleaning)
                    for question in range(self.question):
                        keys = cleaning.send(_read(_decisions(Path(self.folder), question, number)).keys or ())
                    write_keys(file, number, keys)
                except StopIteration as end:
                    write_cleaned(file, number, end.value)


class _Cluster(Crew):
    """Gathers chunks until all that can go on wait, and then has them done in one round of tasks."""

    def __init__(self, corpus: Corpus, spec: CleaningSpec, folder: Path, cluster: ClusterName, tasks: int) -> None:
        self._corpus, self._spec, self._folder = corpus, spec, folder
        self._cluster, self._tasks = cluster, tasks
        self._waiting: list[int] = []
        self._ready: deque[int] = deque()
        self._question = -1
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)

    def begin(self, chunk: Chunk) -> None:
        """Let a chunk wait for the next round."""
        self._waiting.append(chunk.number)

    def go_on(self, number: int, decisions: Keys) -> None:
        """Write decisions down, and let the chunk wait for the next round."""
        with storage.replacing(_decisions(self._folder, self._question, number)) as file:
            write_keys(file, number, decisions)
        self._waiting.append(number)

    def next_message(self, seconds: float) -> Message | None:
        """What the next chunk has come to; where none is left, a round is done first."""
        if not self._ready and self._waiting:
            self._question += 1
            self._ready.extend(sorted(self._waiting))
            task = ChunkTask(os.path.abspath(self._corpus.folder), os.path.abspath(self._folder),
                             to_plain(self._spec), tuple(sorted(self._waiting)), self._question)
            self._waiting = []
            self._run(task)
        if not self._ready:
            return None
        path = _answer(self._folder, self._question, self._ready.popleft())
        message = _read(path)
        path.unlink()
        return message

    def _run(self, task: ChunkTask) -> None:
        count = min(self._tasks, len(task.numbers))
        logs = str(self._folder / f"logs-{self._question}")
        try:
            if self._cluster == "ray":
                import ray
                from datatrove.executor.ray import RayPipelineExecutor

                ray.init(ignore_reinit_error=True, log_to_driver=False)
                RayPipelineExecutor([task], tasks=count, logging_dir=logs, mem_per_cpu_gb=0.5).run()
            else:
                from datatrove.executor.local import LocalPipelineExecutor

                LocalPipelineExecutor([task], tasks=count, logging_dir=logs).run()
        except ImportError as error:
            raise EngineError("Cleaning on a cluster needs DataTrove and Ray.",
                              "They come with the extra called cluster, in an environment of its own.",
                              "Install it there: pip install wenlu[cluster].") from error
        if missing := [number for number in task.numbers
                       if not _answer(self._folder, task.question, number).exists()]:
            raise EngineError(f"{len(missing)} of {len(task.numbers)} parts were not cleaned.",
                              f"Look at what DataTrove wrote in {logs}.", "Clean again when the cluster is well.")

    def close(self) -> None:
        """Nothing runs between two rounds."""


def _answer(folder: Path, question: int, number: int) -> Path:
    return folder / f"answer-{question}-{number}"


def _decisions(folder: Path, question: int, number: int) -> Path:
    return folder / f"decisions-{question}-{number}"


def _read(path: Path) -> Message:
    with open(path, "rb") as file:
        frame = read_frame(file)
    if frame is None:
        raise EngineError(f"{path.name} is damaged.", "A part of the cluster's work was expected.", "Clean again.")
    return message_of(*frame)
