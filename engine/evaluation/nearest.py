"""The trivial answer: that of the training example whose source is the most similar, by BM25 over characters."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

MOST_CHARACTERS = 6_000_000
"""So many characters of sources are looked through at most; takes some 300 MB meanwhile."""
_SOURCE = 1000
"""So many characters of each source are compared."""
_K1, _B = 1.2, 0.75

Grams = npt.NDArray[np.uint64]


class Nearest:
    """Finds the most similar of some texts: `find(text)` gives its number, 0 where nothing is in common.

    Texts are compared by their sequences of three characters, and of two where a letter is not in ASCII.
    Source: BM25 as in Robertson and Zaragoza 2009 (doi:10.1561/1500000019), with k1 1.2 and b 0.75.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        self.count, parts, owners, length = 0, [], [], 0
        for text in texts:
            grams = grams_of(text)
            parts.append(grams)
            owners.append(np.full(len(grams), self.count, np.uint32))
            self.count += 1
            length += min(len(text), _SOURCE)
            if length >= MOST_CHARACTERS:
                break
        grams = np.concatenate(parts) if parts else np.zeros(0, np.uint64)
        texts_of = np.concatenate(owners) if owners else np.zeros(0, np.uint32)
        order = np.lexsort((texts_of, grams))
        grams, texts_of = grams[order], texts_of[order]
        begins = np.flatnonzero(np.concatenate([[True], (grams[1:] != grams[:-1]) | (texts_of[1:] != texts_of[:-1])])
                                ) if len(grams) else np.zeros(0, np.int64)
        times = np.diff(np.append(begins, len(grams))).astype(np.float32)
        grams, self._texts = grams[begins], texts_of[begins]
        self._grams, self._starts = np.unique(grams, return_index=True)
        self._ends = np.append(self._starts[1:], len(grams))
        lengths = np.bincount(texts_of, minlength=self.count).astype(np.float32)
        share = lengths / max(1e-9, float(lengths.mean())) if self.count else lengths
        self._weights = times * (_K1 + 1) / (times + _K1 * (1 - _B + _B * share[self._texts]))

    def find(self, text: str) -> int:
        """The number of the most similar text, the first of equals."""
        return int(np.argmax(self.scores(text))) if self.count else 0

    def scores(self, text: str) -> npt.NDArray[np.float64]:
        """How similar each text is, (count,)."""
        found = np.zeros(self.count, np.float64)
        grams = np.unique(grams_of(text))
        places = np.searchsorted(self._grams, grams)
        for gram, place in zip(grams, places, strict=True):
            if place < len(self._grams) and self._grams[place] == gram:
                part = slice(int(self._starts[place]), int(self._ends[place]))
                count = part.stop - part.start
                found[self._texts[part]] += np.log1p((self.count - count + 0.5) / (count + 0.5)) * self._weights[part]
        return found


def grams_of(text: str) -> Grams:
    """Each sequence of three characters as one number, and of two where one of them is not in ASCII."""
    codes = np.frombuffer(text[:_SOURCE].lower().encode("utf-32-le", "surrogatepass"), "<u4").astype(np.uint64)
    shift = np.uint64(21)
    pairs = codes[:-1] << shift | codes[1:]
    wide = (codes[:-1] > 127) | (codes[1:] > 127)
    triples = (codes[:-2] + np.uint64(1)) << (shift * np.uint64(2)) | pairs[1:] if len(codes) > 2 else pairs[:0]
    return np.concatenate([triples, pairs[wide]]) if len(codes) > 1 else codes
