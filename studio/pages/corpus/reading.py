"""A corpus as it lies on disk, with what the page needs of it at once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy.typing as npt

from engine.corpora.corpus import Corpus
from engine.corpora.manifest import Manifest
from engine.tasks.fitting import Fitting, fitting_task
from studio.texts.reading import numbers_of


@dataclass(frozen=True)
class Shelf:
    """Manifest and index; texts are asked for by number, in the process that works on texts."""

    corpus: Corpus
    manifest: Manifest
    index: npt.NDArray[Any]
    fitting: Fitting
    """The roles that the documents have, and the task that they are made for."""

    @property
    def folder(self) -> str:
        """Where it lies, as questions about it name it."""
        return str(self.corpus.folder)

    def numbers_of(self, source: str) -> npt.NDArray[Any]:
        """The numbers of a source's documents; of all documents when no source is named."""
        return numbers_of(self.corpus, source)

    def place_of(self, source: str) -> str:
        """The label of a source."""
        return next((each.label for each in self.manifest.sources if each.id == source), "")


def open_shelf(folder: Path) -> Shelf:
    """Read manifest and index; raises EngineError where they are damaged."""
    corpus = Corpus(folder)
    return Shelf(corpus, corpus.manifest, corpus.index, fitting_task(corpus))
