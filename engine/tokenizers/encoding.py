"""Cutting a corpus into tokens, on all cores where it is worth it; the ids do not depend on how many there are.

A worker is `python -m engine.tokenizers.encoding CORPUS SCRATCH`: it reads lines "FIRST END" (numbers of documents),
writes what it cut to files of that number in SCRATCH, and answers with FIRST. It ends with its standard input.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from engine.corpora.corpus import Corpus
from engine.corpora.document import Document
from engine.errors import EngineError
from engine.tokenizers.tokenizer import Tokenizer
from engine.work import Work

PART_BYTES = 4 << 20
"""Text that is cut in one go by one worker."""

WORTH_BYTES = 16 << 20
"""Below, starting workers would take longer than they save."""

MOST_WORKERS = 16

LEARNED_SPANS = "learned_spans"
"""In a document's metadata: stretches of its text, [[start, end], ...] in characters, that a task wants learned.

Without it all of a document is learned. Each stretch is cut into tokens by itself, so that what stands before an
answer is cut as it will be where the model is to answer. The end of the document is learned when a stretch reaches it.
"""


@dataclass(frozen=True)
class Cut:
    """One document cut into ids, (n_tokens,).

    `size_bytes` is what is to be learned of its text, in UTF-8; `learned` says of every id and of the document's end
    whether it is, (n_tokens + 1,), or is None where all are.
    """

    ids: npt.NDArray[np.int32]
    size_bytes: int
    learned: npt.NDArray[np.bool_] | None = None


def cut_documents(corpus: Any, tokenizer: Tokenizer, scratch: Path, work: Work,
                  workers: int | None = None) -> Iterator[Cut]:
    """Every document of a corpus cut into ids, in order; `scratch` is an empty folder that may be filled.

    Raises Stopped, and EngineError when a worker ends without having been asked to.
    """
    if workers is None:
        large = isinstance(corpus, Corpus) and corpus.manifest.bytes >= WORTH_BYTES
        workers = min(MOST_WORKERS, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity")
                      else os.cpu_count() or 1) if large else 1
    if workers < 2:
        for document in corpus.documents():
            yield cut_one(tokenizer, document)
        return
    tokenizer.save(scratch)
    parts = list(_parts(corpus))
    with contextlib.ExitStack() as ending:
        crew = [ending.enter_context(_Worker(corpus.folder, scratch)) for _ in range(workers)]
        waiting: deque[tuple[_Worker, tuple[int, int]]] = deque()
        given = iter(parts)
        for worker, part in zip(crew * 2, given, strict=False):  # two parts each: one under way, one at hand
            worker.give(part)
            waiting.append((worker, part))
        while waiting:
            worker, part = waiting.popleft()
            worker.wait_for(part, work)
            following = next(given, None)
            if following is not None:
                worker.give(following)
                waiting.append((worker, following))
            yield from _read_part(scratch, part)


def cut_one(tokenizer: Tokenizer, document: Document) -> Cut:
    """One document cut into ids."""
    text = document.text
    wanted = document.metadata.get(LEARNED_SPANS)
    if wanted is None:
        return Cut(tokenizer.encode(text), len(text.encode("utf-8", "replace")))
    ids, learned = [], []
    for start, end, counts in _stretches(wanted, len(text)):
        part = tokenizer.encode(text[start:end])
        ids.append(part)
        learned.append(np.full(len(part), counts, dtype=np.bool_))
    learned.append(np.array([any(end >= len(text) for _, end in wanted)]))
    size_bytes = sum(len(text[start:end].encode("utf-8", "replace")) for start, end in wanted)
    return Cut(np.concatenate(ids).astype(np.int32), size_bytes, np.concatenate(learned))


def _stretches(wanted: Sequence[Sequence[int]], length: int) -> Iterator[tuple[int, int, bool]]:
    """The stretches that are learned and those between, in order: start, end, and whether it is learned."""
    place = 0
    for start, end in sorted((start, end) for start, end in wanted):
        yield place, start, False
        yield start, end, True
        place = end
    yield place, length, False


def _parts(corpus: Corpus) -> Iterator[tuple[int, int]]:
    """Stretches of documents of about the same size, as (first, end)."""
    ends = np.cumsum(corpus.index["bytes"].astype(np.int64))
    first = 0
    while first < len(ends):
        before = int(ends[first - 1]) if first else 0
        end = max(first + 1, int(np.searchsorted(ends, before + PART_BYTES, side="right")))
        yield first, end
        first = end


class _Worker:
    """A process that cuts parts of a corpus."""

    def __init__(self, corpus: Path, scratch: Path) -> None:
        command = [sys.executable, "-m", "engine.tokenizers.encoding", str(corpus), str(scratch)]
        root = str(Path(__file__).resolve().parents[2])
        paths = [root, *filter(None, [os.environ.get("PYTHONPATH")])]
        self._child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                       env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)})

    def __enter__(self) -> _Worker:
        return self

    def __exit__(self, *error: object) -> None:
        self._child.kill()
        self._child.communicate()

    def give(self, part: tuple[int, int]) -> None:
        """Ask for a part; answers come in the order of asking."""
        with contextlib.suppress(BrokenPipeError):  # told by `wait_for`
            stdin = self._pipe(self._child.stdin)
            stdin.write(f"{part[0]} {part[1]}\n")
            stdin.flush()

    def wait_for(self, part: tuple[int, int], work: Work) -> None:
        """Return when a part is there; raises Stopped, or EngineError when the process is gone."""
        work.check()
        if self._pipe(self._child.stdout).readline().strip() != str(part[0]):
            raise EngineError("A process that cuts text into tokens ended too early.",
                              f"Documents {part[0]} to {part[1]} were expected from it.",
                              "Start again; what was made before is kept. If it happens again, free some memory.")

    @staticmethod
    def _pipe(pipe: IO[str] | None) -> IO[str]:
        if pipe is None:
            raise RuntimeError("the process was started without pipes")
        return pipe


def _read_part(scratch: Path, part: tuple[int, int]) -> Iterator[Cut]:
    paths = [scratch / f"{name}-{part[0]}.npy" for name in ("ids", "learned", "rows")]
    ids, learned, rows = (np.load(path, allow_pickle=False) for path in paths)
    at, at_learned = 0, 0
    for length, size_bytes, is_masked in rows.tolist():
        mask = learned[at_learned:at_learned + length + 1] if is_masked else None
        yield Cut(ids[at:at + length], size_bytes, mask)
        at, at_learned = at + length, at_learned + (length + 1 if is_masked else 0)
    for path in paths:
        path.unlink()


def _write_part(scratch: Path, first: int, cuts: Iterable[Cut]) -> None:
    made = list(cuts)
    rows = [[len(each.ids), each.size_bytes, each.learned is not None] for each in made]
    masks = [each.learned for each in made if each.learned is not None]
    np.save(scratch / f"ids-{first}.npy", np.concatenate([each.ids for each in made]))
    np.save(scratch / f"learned-{first}.npy", np.concatenate(masks) if masks else np.zeros(0, dtype=np.bool_))
    np.save(scratch / f"rows-{first}.npy", np.array(rows, dtype=np.int64))


def main() -> int:
    """Cut what is asked for on standard input."""
    corpus, scratch = Corpus(Path(sys.argv[1])), Path(sys.argv[2])
    tokenizer = Tokenizer.load(scratch)
    for line in sys.stdin:
        first, end = map(int, line.split())
        _write_part(scratch, first, (cut_one(tokenizer, document) for document in corpus.documents(first, end)))
        sys.stdout.write(f"{first}\n")
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
