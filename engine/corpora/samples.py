"""The sample corpora that come with Wenlu, to begin with one click."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from engine.assets import asset
from engine.corpora.source import Source
from engine.corpora.sources.file import FileSource
from engine.errors import EngineError


@dataclass(frozen=True)
class Sample:
    """A text with its licence; `opening` are the first lines, to be seen before the click."""

    id: str
    title: str
    language: str
    file: str
    licence: str
    documents: Literal["whole", "blocks", "lines"]
    opening: str

    @property
    def path(self) -> Path:
        """Where the text lies."""
        return asset(f"corpora/{self.file}")

    @property
    def size_bytes(self) -> int:
        """How large it is."""
        return self.path.stat().st_size

    def sources(self) -> tuple[Source, ...]:
        """The sources of a project made from this sample."""
        return (FileSource(path=str(self.path), documents=self.documents, licence=self.licence),)


SAMPLES: tuple[Sample, ...] = (
    Sample("austen", "Emma, by Jane Austen", "en", "emma.txt", "Public domain", "whole",
           "Emma Woodhouse, handsome, clever, and rich, with a comfortable home and happy disposition, seemed to unite "
           "some of the best blessings of existence; and had lived nearly twenty-one years in the world with very "
           "little to distress or vex her."),
    Sample("poems", "宋词元曲三千八百首", "zh", "poems.txt", "Public domain (collection: MIT)", "blocks",
           "塞草烟光阔。\n渭水波声咽。\n春朝雨霁轻尘歇。\n征鞍发。\n指青青杨柳，又是轻攀折。"),
)


def sample(id: str) -> Sample:
    """A sample by its id; raises EngineError listing those there are."""
    for each in SAMPLES:
        if each.id == id:
            return each
    names = ", ".join(each.id for each in SAMPLES)
    raise EngineError(f"There is no sample called {id}.", f"The samples are {names}.", "Choose one of these.")
