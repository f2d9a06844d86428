"""Groups of documents that are much alike, so that none of a group is trained on while another measures the model."""

from __future__ import annotations

import shutil
from array import array

import numpy as np
import numpy.typing as npt

from engine import storage
from engine.cleaning.record import Record
from engine.cleaning.similar import KeptDocuments
from engine.cleaning.steps.near_duplicates import NearDuplicates
from engine.corpora.corpus import Corpus
from engine.corpora.document import Document
from engine.corpora.split import CLUSTERS
from engine.work import Work

ALIKE = 0.5
"""Documents with so many of their word sequences in common belong together; cleaning drops only closer ones."""
_AT_ONCE = 1 << 20


def write_clusters(corpus: Corpus, work: Work) -> int:
    """Find the groups in a corpus, write them beside it, and say how many documents are in one.

    Takes 16 bytes a document in memory, and while it works a copy of the text on the disk. Raises Stopped.
    """
    parent = np.arange(len(corpus), dtype=np.int64)
    folder = corpus.folder / "clusters"
    step, record = NearDuplicates(search="32x4"), Record(folder)
    memory = KeptDocuments(record, 32, ALIKE, keeps_similar=True)
    numbers = array("I")  # of the documents that the memory counts
    documents: list[Document] = []
    size = 0
    for number, document in enumerate(corpus.documents(), start=1):
        documents.append(document)
        size += len(document.text)
        if size >= _AT_ONCE or number == len(corpus):
            keys, first = step.prepare(documents), number - len(documents)
            numbers.extend((np.flatnonzero(keys[1]) + first).tolist())
            for row, id, _ in memory.pairs(keys):
                _join(parent, first + row, numbers[id])
            documents, size = [], 0
            work.progress("clusters", number, len(corpus), "documents")
    record.close()
    del memory, numbers  # Windows removes no file that is still mapped
    shutil.rmtree(folder, ignore_errors=True)
    _lift(parent)
    with storage.replacing(corpus.folder / CLUSTERS) as file:
        np.save(file, parent, allow_pickle=False)
    return len(parent) - int((np.bincount(parent, minlength=1) == 1).sum())


def _lift(parent: npt.NDArray[np.int64]) -> None:
    """Put in the place of every number its root, which is never larger."""
    for begin in range(0, len(parent), _AT_ONCE):
        part = parent[begin:begin + _AT_ONCE]
        while (part != (above := parent[part])).any():
            part[:] = above


def _root(parent: npt.NDArray[np.int64], number: int) -> int:
    while parent[number] != number:
        parent[number] = parent[parent[number]]  # halves the way for the next who asks
        number = int(parent[number])
    return number


def _join(parent: npt.NDArray[np.int64], one: int, other: int) -> None:
    first, second = sorted((_root(parent, one), _root(parent, other)))
    parent[second] = first
