"""Keeping documents apart to measure the model with text that it never learned from."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from engine.corpora.blocks import Blocks
from engine.corpora.corpus import Corpus
from engine.corpora.document import Document
from engine.corpora.sameness import text_key
from engine.errors import EngineError
from engine.events import Advised
from engine.randomness import seed_for
from engine.settings import Problem, Spec, setting

SplitName = Literal["train", "validation", "test"]
SPLITS: tuple[SplitName, ...] = ("train", "validation", "test")

LEAST_TEXT = 200
"""Characters of text that are cut into blocks; less gives nothing to learn and nothing to measure with."""

CLUSTERS = "clusters.npy"
"""Beside a corpus in which similar documents were looked for."""

POOLED = 20
"""Sources with fewer documents than this share one draw, since none of them alone has a fair share to give."""


class SplitSpec(Spec):
    """Which share of the text is kept apart."""

    validation_share: float = setting(0.1, "For validation", "Share of the text that shows, while training, whether "
                                      "the model also does well on text it has not seen.", low=0.001, high=0.5)
    test_share: float = setting(0.05, "For the test", "Share of the text that is not looked at until the end.",
                                low=0.0, high=0.5)
    seed: int = setting(42, "Seed", "Another number keeps other documents apart.", low=0, level="advanced")

    def check(self) -> Iterator[Problem]:
        """The model must get most of the text."""
        if self.validation_share + self.test_share > 0.6:
            yield Problem(("validation_share",), "less than 40 % of the text is left for training",
                          "make the shares smaller")


class Splitter:
    """Says for every document of a corpus whether it is for training, validation or the test.

    Shares are of characters, the same in every source. Which documents they are depends on their text and the
    seed alone, so the same texts are split the same way on every machine. Documents with the same letters go
    to the same side, and so do similar ones where cleaning looked for them, unless all are similar. Every side gets a
    document where there are enough; where there are not, documents are cut into blocks, and `corpus` holds these.
    Raises EngineError where there is too little text even so.
    """

    def __init__(self, corpus: Corpus, spec: SplitSpec) -> None:
        self.corpus = _divisible(corpus, 3 if spec.test_share else 2)
        self._documents = len(corpus)
        index = self.corpus.index
        self._keys, first, place = np.unique(index["key"], return_index=True, return_inverse=True)
        clusters = clusters_of(corpus.folder) if self.corpus is corpus else None
        group = _groups(place, len(self._keys), clusters, 3 if spec.test_share else 2)
        count = int(group.max()) + 1
        lengths = np.bincount(group[place], index["characters"]).astype(np.float64)
        key, source = np.full(count, 2**64 - 1, np.uint64), np.full(count, len(index), np.int64)
        np.minimum.at(key, group, self._keys)  # of each group, the smallest
        np.minimum.at(source, group, first)  # the first document, whose source counts for the group
        self._sides = _sides(_order(key, spec.seed), lengths, index["source"][source], spec)[group]
        self._place = place

    def advised(self) -> Iterator[Advised]:
        """What was chosen for the user: to cut documents into blocks, where that was needed."""
        if isinstance(self.corpus, Blocks):
            yield Advised(path="split.blocks", value=len(self.corpus), values={"documents": self._documents},
                          reason="Too few documents with different text ({documents} in all) to keep some apart for "
                                 "measuring: cut into blocks at ends of paragraphs or sentences.")

    def split_of(self, document: Document) -> SplitName:
        """The split of a document of `corpus`."""
        key = np.uint64(text_key(document.text))
        found = int(np.searchsorted(self._keys, key))
        if found == len(self._keys) or self._keys[found] != key:
            raise KeyError(document.name)
        return SPLITS[int(self._sides[found])]

    @property
    def sides(self) -> npt.NDArray[np.int8]:
        """The place in SPLITS of every document of `corpus`, in its order."""
        return np.asarray(self._sides[self._place])


def _order(keys: npt.NDArray[np.uint64], seed: int) -> npt.NDArray[np.uint64]:
    """A number for every text that decides the draw: its key stirred with the seed (splitmix64)."""
    mixed = keys ^ np.uint64(seed_for(seed, "split"))
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
    return np.asarray(mixed ^ (mixed >> np.uint64(31)))


def clusters_of(folder: Path) -> npt.NDArray[np.int64] | None:
    """For each document of a corpus the first one of its group of similar ones; None where nobody looked for them."""
    path = folder / CLUSTERS
    return np.load(path, allow_pickle=False) if path.exists() else None


def _groups(place: npt.NDArray[np.int64], count: int, clusters: npt.NDArray[np.int64] | None,
            needed: int) -> npt.NDArray[np.int64]:
    """A number from 0 for each of `count` different texts, the same for similar ones if that leaves enough groups.

    `place` is that of each document's text among the different ones.
    """
    if clusters is None:
        return np.arange(count)
    first = np.full(count, len(place), np.int64)
    np.minimum.at(first, place, clusters)
    groups = np.unique(first, return_inverse=True)[1].reshape(-1)
    return groups if groups.max() + 1 >= needed else np.arange(count)


def _divisible(corpus: Corpus, needed: int) -> Corpus | Blocks:
    """The corpus, or its documents cut into blocks where fewer than `needed` have different text."""
    if len(np.unique(corpus.index["key"])) >= needed:
        return corpus
    blocks = Blocks(corpus)
    if blocks.different_characters < LEAST_TEXT:
        raise EngineError(f"The text has {blocks.different_characters} characters, too few to learn from.",
                          f"At least {LEAST_TEXT} are needed, or {needed} documents, so that some can be kept apart "
                          "for measuring.", "Add more text.")
    if len(np.unique(blocks.index["key"])) < needed:
        raise EngineError("The text says the same again and again.",
                          f"At least {needed} different parts were expected, so that some can be kept apart for "
                          "measuring.", "Add more text.")
    return blocks


def _sides(order: npt.NDArray[np.uint64], lengths: npt.NDArray[np.float64], sources: npt.NDArray[Any],
           spec: SplitSpec) -> npt.NDArray[np.int8]:
    """0, 1 or 2 for every text. `order` decides the draw; texts too long for a share stay in training."""
    sides = np.zeros(len(order), np.int8)
    counts = np.bincount(sources)
    strata = np.where(counts[sources] >= POOLED, sources.astype(np.int64), -1)
    for stratum in np.unique(strata):
        members = np.flatnonzero(strata == stratum)
        members = members[np.argsort(order[members])]
        total = lengths[members].sum()
        members = members[lengths[members] <= spec.validation_share * total]
        middles = (np.cumsum(lengths[members]) - lengths[members] / 2) / max(total, 1)
        bounds = [spec.validation_share, spec.validation_share + spec.test_share]
        sides[members] = np.array([1, 2, 0], np.int8)[np.searchsorted(bounds, middles, side="right")]
    for side in (1, 2) if spec.test_share else (1,):
        if not (sides == side).any():
            _give_one(sides, side, order, lengths)
    return sides


def _give_one(sides: npt.NDArray[np.int8], side: int, order: npt.NDArray[np.uint64],
              lengths: npt.NDArray[np.float64]) -> None:
    """Move one text to a side that has none: a drawn one of the shorter half, so that training keeps most."""
    shared = [other for other in (0, 1, 2) if (sides == other).sum() > 1]
    candidates = np.flatnonzero(sides == shared[0])
    shorter = candidates[lengths[candidates] <= np.median(lengths[candidates])]
    sides[shorter[np.argmin(order[shorter])]] = side
