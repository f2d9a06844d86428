"""Reading and cleaning at scale: `python -m tests.bench cleaning [--full]`.

A text is generated from the sample corpora by repetition with edits, in documents of about 3 kB: one in twenty is an
exact copy, one in seven has 1 to 3 % of its words changed, the others 20 to 60 %. Told are megabytes a second (of
UTF-8 text; by the wall clock, and by the processor time of all processes, which says more on a busy machine) of
reading, and of the Gentle recipe with exact and near duplicates, with one process and with two, and how many times as
fast two are by the clock; of a plain loop over the same steps; and the most memory that all processes had together, at
30 MB and 300 MB, with `--full` also at 3 GB.
`anonymous` leaves out files that the system holds in memory and may drop. Then: recall and precision on 1 000 planted
near duplicates, and twenty kills.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from engine.cleaning.chain import Chain
from engine.cleaning.spec import CleaningSpec
from engine.cleaning.steps.near_duplicates import NearDuplicates
from engine.corpora.corpus import Corpus
from engine.corpora.document import Document, Dropped
from engine.corpora.samples import sample
from engine.settings import changed
from tests.engine.cleaning import planting
from tests.stories.driving import REPOSITORY, surroundings

LANGUAGES = {"en": "austen", "zh": "poems"}
MEGABYTE = 1_000_000
SPEC = changed(CleaningSpec(), "steps.near-duplicates.enabled", True)

JOB = """
import json, resource, sys, time
from pathlib import Path
from engine.cleaning.pipeline import clean_corpus
from engine.corpora.corpus import Corpus, read_corpus
from engine.corpora.sources.file import FileSource
from engine.work import Work
from tests.bench.bench_cleaning import SPEC
folder, workers = Path(sys.argv[1]), int(sys.argv[2])
def seconds():
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)
cpu, wall = seconds(), time.monotonic()
if workers == 0:
    into = folder / "raw"
    into.mkdir()
    found = read_corpus([FileSource(path=str(folder / "text.txt"), documents="blocks")], into, Work())
else:
    into = folder / f"clean-{workers}"
    into.mkdir()
    found = clean_corpus(Corpus(folder / "raw"), SPEC, into, Work(), workers=workers)
print(json.dumps({"wall_s": time.monotonic() - wall, "cpu_s": seconds() - cpu, "documents": found.documents}))
"""


def write_text(path: Path, language: str, size_bytes: int, seed: int = 1) -> None:
    """A text of so many bytes, made of the sample's pieces with edits, documents between blank lines."""
    chance = np.random.default_rng(seed)
    text = sample(LANGUAGES[language]).path.read_text("utf-8")
    joiner, length = (" ", 3000) if language == "en" else ("", 1000)
    pieces = [piece.split() if joiner else list("".join(piece.split()))
              for piece in planting.pieces_of(text, length)]
    words = [word for piece in pieces for word in piece]
    written = 0
    with open(path, "w", encoding="utf-8") as file:
        while written < size_bytes:
            piece = list(pieces[chance.integers(len(pieces))])
            kind = chance.random()
            share = 0.0 if kind < 0.05 else chance.uniform(0.01, 0.03) if kind < 0.2 else chance.uniform(0.2, 0.6)
            at = chance.integers(0, len(piece), int(share * len(piece))).tolist()
            for place, word in zip(at, chance.integers(0, len(words), len(at)).tolist(), strict=True):
                piece[place] = words[word]
            document = joiner.join(piece) + "\n\n"
            written += len(document.encode())
            file.write(document)


def watched(folder: Path, workers: int) -> dict[str, Any]:
    """Run a job in a process of its own and look every 50 ms at the memory of all its processes together."""
    child = subprocess.Popen([sys.executable, "-c", JOB, str(folder), str(workers)], env=surroundings(),
                             cwd=REPOSITORY, stdout=subprocess.PIPE, text=True)
    most = {"rss": 0, "anonymous": 0}
    ended = threading.Event()

    def look() -> None:
        parent = psutil.Process(child.pid)
        while not ended.wait(0.05):
            rss = anonymous = 0
            try:
                for process in (parent, *parent.children(recursive=True)):
                    memory = process.memory_info()
                    rss, anonymous = rss + memory.rss, anonymous + memory.rss - getattr(memory, "shared", 0)
            except psutil.Error:
                continue
            most["rss"], most["anonymous"] = max(most["rss"], rss), max(most["anonymous"], anonymous)

    watcher = threading.Thread(target=look)
    watcher.start()
    out, _ = child.communicate()
    ended.set()
    watcher.join()
    return {**json.loads(out), "peak_rss_mb": round(most["rss"] / MEGABYTE),
            "peak_anonymous_mb": round(most["anonymous"] / MEGABYTE)}


def rates(size_bytes: int, found: dict[str, Any]) -> dict[str, Any]:
    """The same with megabytes a second, rounded."""
    megabytes = size_bytes / MEGABYTE
    return {**found, "mb_per_s": round(megabytes / found["wall_s"], 2),
            "mb_per_cpu_s": round(megabytes / found["cpu_s"], 2),
            "wall_s": round(found["wall_s"], 1), "cpu_s": round(found["cpu_s"], 1)}


def plain_loop(folder: Path, size_bytes: int) -> dict[str, Any]:
    """The same steps, one document after another, in this process, for the first megabytes of the corpus."""
    chain, done = Chain(SPEC), 0
    wall, cpu = time.monotonic(), time.process_time()
    with open(folder / "plain.jsonl", "w", encoding="utf-8") as file:
        for document in Corpus(folder / "raw").documents():
            for kept in chain.process(document).kept:
                file.write(json.dumps({"name": kept.name, "text": kept.text}, ensure_ascii=False) + "\n")
            done += len(document.text.encode())
            if done >= size_bytes:
                break
    return rates(done, {"wall_s": time.monotonic() - wall, "cpu_s": time.process_time() - cpu})


def throughput(language: str, megabytes: int) -> Iterator[dict[str, Any]]:
    """Reading, and cleaning with one and two processes."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        write_text(folder / "text.txt", language, megabytes * MEGABYTE)
        size = (folder / "text.txt").stat().st_size
        told = {"language": language, "mb": round(size / MEGABYTE)}
        yield {**told, "what": "read", **rates(size, watched(folder, 0))}
        walls = []
        for workers in (1, 2):
            found = watched(folder, workers)
            walls.append(found["wall_s"])
            yield {**told, "what": "clean", "workers": workers, **rates(size, found)}
        yield {**told, "what": "two processes against one", "wall_speed_up": round(walls[0] / walls[1], 2),
               "load": round(psutil.getloadavg()[0], 1)}
        yield {**told, "what": "plain loop", **plain_loop(folder, min(size, 20 * MEGABYTE))}


def near_duplicates(language: str, search: str) -> dict[str, Any]:
    """Recall and precision on 1 000 planted copies with 1 to 20 % of their words changed, against exact Jaccard."""
    text = sample(LANGUAGES[language]).path.read_text("utf-8")
    texts = planting.pieces_of(text, 600 if language == "en" else 250)[:1300]
    documents, pairs = planting.planted(texts, 1000)
    act = NearDuplicates(search=search).start()
    results = [isinstance(result, Dropped) for text in documents for result in act(Document("d", text))]
    figures = planting.measured(documents, pairs, results)
    return {"what": "near duplicates", "language": language, "search": search,
            **{name: round(value, 4) for name, value in figures.items()}}


def measure(full: bool = False) -> Iterator[dict[str, Any]]:
    """One line a measurement."""
    for language in LANGUAGES:
        for search in ("16x8", "32x4"):
            yield near_duplicates(language, search)
    for megabytes in (30, 300, 3000) if full else (30, 300):
        for language in LANGUAGES:
            yield from throughput(language, megabytes)
    yield from kills()


def kills(count: int = 20) -> Iterator[dict[str, Any]]:
    """So many kills while a corpus is cleaned, and whether the bytes are those of a calm pass."""
    from tests.engine.cleaning.test_passing import cleaned, content, kill_while_cleaning, messy_corpus

    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        corpus = messy_corpus(folder / "corpus")
        (folder / "killed").mkdir()
        killed = kill_while_cleaning(corpus, folder / "killed", count)
        same = content(folder / "killed") == cleaned(corpus, folder / "calm", workers=1)
        yield {"what": "kills", "kills": killed, "same_bytes": same}
