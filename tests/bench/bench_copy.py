"""The copy meter: how long the index of 1, 10 and 100 MB takes (1 GB with --full), and a text of 1 000 characters.

Documents of 3 000 characters of random words over a vocabulary of 20 000, so that nothing repeats by itself but words;
the texts asked for are half of a document and half new words.
"""

from __future__ import annotations

import random
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any


def measure(full: bool = False) -> Iterator[dict[str, Any]]:
    """One line a size: seconds to make the index, its size, milliseconds a text (median and worst of 20)."""
    for megabytes in (1, 10, 100, *((1000,) if full else ())):
        yield _measured(megabytes)


def _measured(megabytes: int) -> dict[str, Any]:
    from engine.corpora.copies import Copies, CopiesBuilder
    from engine.corpora.document import Document
    from engine.tokenizers.copied import copied
    from engine.tokenizers.kinds.word import Word
    from engine.work import Work

    chance = random.Random(megabytes)
    words = ["".join(chance.choices("etaoinshrdlu", k=chance.randrange(2, 9))) for _ in range(20_000)]

    def text_of(number: int) -> str:
        return " ".join(random.Random(number).choices(words, k=550))[:3000]

    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        count = megabytes * 1_000_000 // 3000
        began, processor = time.perf_counter(), time.process_time()
        builder = CopiesBuilder(folder, ((n, Document(f"d{n}", text_of(n))) for n in range(count)))
        while builder.make_part():
            pass
        seconds, processor = time.perf_counter() - began, time.process_time() - processor
        tokenizer = Word(vocab_size=4000).train((text_of(n) for n in range(20)), 60_000, Work())
        copies, times, right = Copies(folder), [], 0
        for number in range(20):
            document = chance.randrange(count)
            fresh = " ".join(random.Random(-1 - number).choices(words, k=100))[:500]
            text = text_of(document)[100:600] + fresh
            began = time.perf_counter()
            found = copied(text, tokenizer, copies)
            times.append((time.perf_counter() - began) * 1000)
            right += bool(found.spans) and found.spans[0].number == document and found.spans[0].end >= 498
        size = sum(path.stat().st_size for path in folder.iterdir())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)
    return {"megabytes": megabytes, "index_seconds": round(seconds, 1), "index_cpu_seconds": round(processor, 1),
            "index_megabytes": round(size / 1e6), "parts": builder.parts, "median_ms": round(sorted(times)[10], 1),
            "worst_ms": round(max(times), 1), "planted_found": f"{right} of 20", "peak_megabytes": round(peak)}
