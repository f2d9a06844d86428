"""What a corpus holds: figures for every source, and what was left out and why."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from engine import storage
from engine.corpora.summed import Summed

SKIPPED_KEPT = 10_000
"""The most skipped files that are listed by name."""
_ROWS = 1 << 16
"""So many documents are counted in one go."""
_DIGESTS = 1 << 64
"""Digests of texts are added up modulo this, so that neither their order nor who counted them makes a difference."""


@dataclass(frozen=True)
class SourceFigures:
    """What came from one source: `languages` counts characters, `encodings`, `formats` and `fields` documents.

    `lost` counts U+FFFD, the mark of letters that could not be decoded; `duplicates` are documents whose text was met
    before, here or in a source above. `digest` is equal for the same texts, whatever their order and names; `mark` is
    a fingerprint of the source's identity when it was read, empty in a corpus of an older version.
    """

    id: str
    label: str
    kind: str
    licence: str = ""
    documents: int = 0
    characters: int = 0
    bytes: int = 0
    skipped: int = 0
    lost: int = 0
    languages: dict[str, int] = field(default_factory=dict)
    encodings: dict[str, int] = field(default_factory=dict)
    formats: dict[str, int] = field(default_factory=dict)
    fields: dict[str, int] = field(default_factory=dict)
    duplicates: int = 0
    digest: str = ""
    mark: str = ""


@dataclass(frozen=True)
class SkippedFile:
    """A file that was not read."""

    source: str
    name: str
    reason: str
    fix: str


@dataclass(frozen=True)
class StepFigures:
    """What one cleaning step did, in the order of the steps; documents and characters are those left after it.

    `noted` counts what the step found in the documents it kept, by kind, such as "email".
    """

    kind: str
    title: str
    documents: int
    characters: int
    changed: int = 0
    dropped: int = 0
    seconds: float = 0.0
    reasons: dict[str, int] = field(default_factory=dict)
    noted: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Manifest:
    """Totals of a corpus. Sizes are characters but for `bytes` (UTF-8); `languages` counts characters."""

    documents: int = 0
    characters: int = 0
    bytes: int = 0
    exact_duplicates: int = 0
    longest: int = 0
    shortest: int = 0
    median: int = 0
    languages: dict[str, int] = field(default_factory=dict)
    sources: tuple[SourceFigures, ...] = ()
    skipped: tuple[SkippedFile, ...] = ()
    skipped_count: int = 0
    steps: tuple[StepFigures, ...] = ()

    def summary(self) -> dict[str, Any]:
        """The totals alone, as plain numbers."""
        plain = dataclasses.asdict(self)
        for name in ("sources", "skipped", "steps"):
            del plain[name]
        return {**plain, "sources": len(self.sources)}

    def with_licences(self, stated: Mapping[str, str]) -> Manifest:
        """The same with other licences, by id of the source; sources that are not named keep theirs."""
        return dataclasses.replace(self, sources=tuple(
            dataclasses.replace(each, licence=stated.get(each.id, each.licence)) for each in self.sources))

    def save(self, folder: Path) -> None:
        """Write `manifest.json`."""
        storage.write_json(folder / "manifest.json", dataclasses.asdict(self))

    @classmethod
    def load(cls, folder: Path) -> Manifest:
        """Read `manifest.json`; raises EngineError where it is missing or damaged."""
        plain = storage.read_json(folder / "manifest.json")
        parts = {"sources": SourceFigures, "skipped": SkippedFile, "steps": StepFigures}
        for name, kind in parts.items():
            plain[name] = tuple(kind(**each) for each in plain[name])
        return cls(**plain)


@dataclass
class Tally(Summed):
    """Figures of a source while it is read."""

    documents: int = 0
    characters: int = 0
    bytes: int = 0
    skipped: int = 0
    lost: int = 0
    digest: int = 0
    languages: Counter[str] = field(default_factory=Counter)
    encodings: Counter[str] = field(default_factory=Counter)
    formats: Counter[str] = field(default_factory=Counter)
    fields: Counter[str] = field(default_factory=Counter)

    def add(self, text: str, size_bytes: int, digest: int, metadata: dict[str, Any]) -> None:
        """Count one document; its digest has 64 bits."""
        characters = len(text)
        self.documents += 1
        self.characters += characters
        self.lost += text.count("\ufffd")
        self.bytes += size_bytes
        self.digest = (self.digest + digest) % _DIGESTS
        self.languages[metadata.get("language", "?")] += characters
        for counter, name in ((self.encodings, "encoding"), (self.formats, "format"), (self.fields, "field")):
            if name in metadata:
                counter[str(metadata[name])] += 1

    def merge(self, other: Summed) -> None:
        """Add what another tally has counted after this one."""
        super().merge(other)
        self.digest %= _DIGESTS

    def figures(self, of: SourceFigures, duplicates: int) -> SourceFigures:
        """The figures so far of a source of which only the names are known."""
        plain: dict[str, Any] = {name: dict(value.most_common()) if isinstance(value, Counter) else value
                                 for name, value in vars(self).items()}
        return dataclasses.replace(of, **{**plain, "duplicates": duplicates, "digest": f"{self.digest:016x}"})


def lengths_of(characters: npt.NDArray[Any]) -> dict[str, int]:
    """Longest, shortest and median length of documents, (documents,) of 32 bits; takes a megabyte for any number."""
    count = len(characters)
    if not count:
        return {"longest": 0, "shortest": 0, "median": 0}
    middle = (_at_rank(characters, (count - 1) // 2) + _at_rank(characters, count // 2)) // 2
    return {"longest": int(characters.max()), "shortest": int(characters.min()), "median": middle}


def _at_rank(values: npt.NDArray[Any], rank: int) -> int:
    """The value that would stand at a place if they were sorted: first its upper 16 bits are found, then the lower."""
    found = 0
    for shift in (16, 0):
        counts = np.zeros(1 << 16, np.int64)
        for begin in range(0, len(values), _ROWS):
            part = values[begin:begin + _ROWS]
            part = part[part >> 16 == found] & 0xFFFF if shift == 0 else part >> 16
            counts += np.bincount(part, minlength=1 << 16)
        below = np.cumsum(counts)
        digit = int(np.searchsorted(below, rank, side="right"))
        rank -= int(below[digit] - counts[digit])
        found = found << 16 | digit
    return found
