"""A fair sample of a corpus: stretches of text from all over it, without reading the rest."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from engine.corpora.corpus import Corpus

STRETCH = 2_000
"""Characters that are taken in one go."""


def stretches_of(corpus: Corpus, size_bytes: int) -> Iterator[str]:
    """Stretches of text at equal distances through a corpus, about `size_bytes` of them, without reading the rest."""
    lengths = corpus.index["characters"].astype(np.int64)
    ends = np.cumsum(lengths)
    total = int(ends[-1]) if len(ends) else 0
    distance = max(STRETCH, int(STRETCH * corpus.manifest.bytes / size_bytes))
    held, text = -1, ""
    for begin in range(0, total, distance):
        end, parts = min(total, begin + STRETCH), []
        for number in range(int(np.searchsorted(ends, begin, side="right")),
                            int(np.searchsorted(ends, end, side="left")) + 1):
            if number != held:
                held, text = number, corpus.document(number).text
            first = int(ends[number]) - len(text)
            parts.append(text[max(0, begin - first):end - first])
        yield "\n".join(part for part in parts if part)
