"""What a corpus is like: lengths, letters, scripts, and the laws of Zipf and Heaps, measured on a bounded sample."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from engine.corpora.corpus import Corpus
from engine.corpora.stretches import stretches_of
from engine.work import Work

SAMPLE_BYTES = 8_000_000
MOST_LETTERS = 24
POINTS = 48

_WORD = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
                   "|[^\\W\\d_\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+")
"""A word in letters; a Chinese character counts as one."""


@dataclass(frozen=True)
class Statistics:
    """Figures of a corpus; all but `lengths` are of a sample, of which `sampled` says how much of the text it is.

    `lengths` counts documents by characters: (from, to before, documents). `letters` are the most frequent characters
    but white space with their shares, `scripts` the shares of the scripts of letters. `zipf` are points (rank, times
    seen) of the words ordered by frequency, `heaps` points (words read, different words among them).
    """

    sampled: float
    lengths: tuple[tuple[int, int, int], ...]
    characters: int
    letters: tuple[tuple[str, float], ...]
    scripts: tuple[tuple[str, float], ...]
    words: int
    different_words: int
    once: int
    zipf: tuple[tuple[int, int], ...]
    heaps: tuple[tuple[int, int], ...]


def describe(corpus: Corpus, work: Work, size_bytes: int = SAMPLE_BYTES) -> Statistics:
    """Look at about 8 MB of a corpus, in a few seconds. Raises Stopped."""
    characters: Counter[str] = Counter()
    words: Counter[str] = Counter()
    heaps: list[tuple[int, int]] = []
    read = seen_bytes = 0
    due = 1.0
    for stretch in stretches_of(corpus, size_bytes):
        work.progress("statistics", seen_bytes, min(size_bytes, corpus.manifest.bytes), "bytes")
        characters.update(stretch)
        found = [word.lower() for word in _WORD.findall(stretch)]
        for begin in range(0, len(found), 64):
            part = found[begin:begin + 64]
            words.update(part)
            read += len(part)
            if read >= due:
                heaps.append((read, len(words)))
                due = read * 1.25
        seen_bytes += len(stretch.encode("utf-8", "replace"))
    if read and heaps[-1][0] != read:
        heaps.append((read, len(words)))
    seen = {sign: times for sign, times in characters.items() if not sign.isspace()}
    total = max(1, sum(seen.values()))
    return Statistics(
        min(1.0, seen_bytes / max(1, corpus.manifest.bytes)), _lengths(corpus), len(seen),
        tuple((sign, times / total) for sign, times in Counter(seen).most_common(MOST_LETTERS)), _scripts(seen),
        read, len(words), sum(times == 1 for times in words.values()), _zipf(sorted(words.values(), reverse=True)),
        tuple(heaps))


def _lengths(corpus: Corpus) -> tuple[tuple[int, int, int], ...]:
    """Documents by length, in classes that double."""
    lengths = corpus.index["characters"].astype(np.int64)
    if not len(lengths):
        return ()
    classes = np.floor(np.log2(np.maximum(lengths, 1))).astype(int)
    counts = np.bincount(classes)
    first = int(classes.min())
    return tuple((2**power, 2 ** (power + 1), int(counts[power])) for power in range(first, len(counts)))


def _zipf(times: Sequence[int]) -> tuple[tuple[int, int], ...]:
    """Points at ranks that grow by equal factors, the first and the last among them."""
    if not times:
        return ()
    ranks = np.unique(np.round(np.geomspace(1, len(times), POINTS)).astype(int))
    return tuple((int(rank), times[int(rank) - 1]) for rank in ranks)


def _scripts(seen: dict[str, int]) -> tuple[tuple[str, float], ...]:
    """Shares of the scripts among letters, by the first word of each letter's Unicode name."""
    scripts: Counter[str] = Counter()
    for sign, times in seen.items():
        if sign.isalpha():
            scripts[script_of(sign)] += times
    total = max(1, scripts.total())
    return tuple((script, times / total) for script, times in scripts.most_common(6))


def script_of(letter: str) -> str:
    """The script of a letter: "Latin", "Han", "Cyrillic" and so on."""
    first = unicodedata.name(letter, "other").partition(" ")[0].capitalize()
    return "Han" if first == "Cjk" else first


def slope(points: Iterable[tuple[int, int]]) -> float | None:
    """The exponent of a power law through points, by least squares of logarithms; None for fewer than three."""
    pairs = [(x, y) for x, y in points if x > 0 and y > 0]
    if len(pairs) < 3:
        return None
    xs, ys = np.log(np.array(pairs, dtype=float)).T
    return float(np.polyfit(xs, ys, 1)[0])
