"""Searching a corpus while it is typed: how long the index takes, and each word until the first answer and to the end.

300 MB of both samples in documents of 3 000 characters, each with a word of its own; with --full 1 GB.
"""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

WORDS = ("handsome", "Mr. Knightley", "zounds", "明月", "饕餮", "number1234x", "nowhere at all", "e")


def measure(full: bool = False) -> Iterator[dict[str, Any]]:
    """One line for the index, one a word: milliseconds to the first answer as the window asks, and to the end."""
    from engine.corpora import search
    from engine.corpora.corpus import Corpus, CorpusWriter
    from engine.corpora.document import Document
    from engine.corpora.manifest import SourceFigures
    from engine.corpora.samples import SAMPLES
    from engine.work import Work
    from studio.texts.reading import answer_search

    megabytes = 1000 if full else 300
    texts = [sample.path.read_text("utf-8").splitlines() for sample in SAMPLES]
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        writer = CorpusWriter(folder, [SourceFigures("a", "Samples", "pasted")])
        written = number = 0
        while written < megabytes * 1_000_000:
            lines = texts[number % 2]
            start = random.Random(number).randrange(max(1, len(lines) - 60))
            text = "\n".join(lines[start:start + 60])[:3000] + f" number{number}x"
            writer.add(Document(f"document-{number}", text, "a"))
            written += len(text.encode())
            number += 1
        writer.finish()
        corpus = Corpus(folder)
        began, processor = time.perf_counter(), time.process_time()
        search.build(corpus, Work())
        yield {"megabytes": megabytes, "documents": number, "index_seconds": round(time.perf_counter() - began, 1),
               "index_cpu_seconds": round(time.process_time() - processor, 1),
               "index_megabytes": round((folder / search.FILE).stat().st_size / 1e6)}
        for word in ("warm up", *WORDS):
            began = time.perf_counter()
            answer = answer_search(Work(), str(folder), "", word)
            first_ms = (time.perf_counter() - began) * 1000
            found = len(answer["numbers"])
            while answer["next"] is not None and found < 1000:
                answer = answer_search(Work(), str(folder), "", word, answer["next"])
                found += len(answer["numbers"])
            yield {"word": word, "first_answer_ms": round(first_ms), "found": found,
                   "is_all": answer["next"] is None, "to_the_end_ms": round((time.perf_counter() - began) * 1000)}
